"""What the repair changed as Markdown: seed by seed with intervals, then over the seeds."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from benchmarks.spread import ERRORS, Spread, spread
from benchmarks.uplift.run import Repaired, Row
from ops.evaluation.contract import MODES

MEASURES = {
    "exact_match": "exact",
    "json_validity": "JSON validity",
    "tool_selection": "tool selection",
    "argument_accuracy": "argument accuracy",
    "integration_f1": "integration F1",
}
ABOUT = """# What the repair changes on held-out prompts

This page is written by `{command} > RESULTS.md`.

- The whole DAG is walked once a seed; the prompts and the teacher's answers are the same, the seed
  decides the first weights, the order of the batches and the adapter's first weights.
- Before is `process_evaluation`, after is `merged_evaluation`; corrections are of the repair split,
  and no held-out prompt is in them.
- In brackets: 95 %, bootstrap over the prompts, paired for the difference. Gained and lost are
  prompts; p is McNemar's exact test (a sign test for shares), after Holm's adjustment."""


def report(found: Sequence[Repaired], command: str) -> str:
    """The page; `found` has at least one seed."""
    parts = [ABOUT.format(command=command)]
    parts += [_seeds(found, mode) for mode in MODES]
    parts += [_over(found), _outcome(found), _circumstances(found)]
    return "\n\n".join(parts) + "\n"


def _seeds(found: Sequence[Repaired], mode: str) -> str:
    rows = [
        "| measure | seed | prompts | before | after | difference | gained, lost | p | verdict |",
        "|---" * 9 + "|",
    ]
    for measure, title in MEASURES.items():
        for one in found:
            row = one.row(measure, mode)
            if row is not None:
                rows.append(f"| {title} | {one.seed} | {_cells(row)} |")
    return f"## {mode.capitalize()} decoding, per cent\n\n" + "\n".join(rows)


def _cells(row: Row) -> str:
    before, after, difference, low, high = (
        100 * row[name] for name in ("before", "after", "difference", "low", "high")
    )
    p = "too few changes" if row["p_adjusted"] is None else f"{row['p_adjusted']:.2g}"
    return " | ".join(
        (
            str(row["n"]),
            f"{before:.1f}",
            f"{after:.1f}",
            f"{difference:+.1f} ({low:+.1f} to {high:+.1f})",
            f"{row['gained']}, {row['lost']}",
            p,
            row["verdict"],
        )
    )


def over(found: Sequence[Repaired], measure: str, mode: str) -> Spread | None:
    """The differences of a measure in points, a value a seed; None where it was never counted."""
    rows = [one.row(measure, mode) for one in found]
    return spread([100 * row["difference"] if row else None for row in rows])


def _over(found: Sequence[Repaired]) -> str:
    rows = [f"| measure | {' | '.join(MODES)} |", "|---" * (1 + len(MODES)) + "|"]
    for measure, title in MEASURES.items():
        told = [_told(over(found, measure, mode)) for mode in MODES]
        rows.append(f"| {title} | {' | '.join(told)} |")
    return "## Over the seeds: points, mean (least to most)\n\n" + "\n".join(rows)


def _told(difference: Spread | None) -> str:
    if difference is None:
        return "not counted"
    return difference.told("+.1f") + (" noise" if difference.is_noise else "")


def _outcome(found: Sequence[Repaired]) -> str:
    lines = [
        f"- Seed {one.seed}: {one.corrections} corrections; of {one.forgotten['passed']} prompts "
        f"right before, {one.forgotten['lost']} were wrong after; {one.gate}."
        for one in found
    ]
    return "## Seed by seed\n\n" + "\n".join([*lines, *_sentences(found)])


def _sentences(found: Sequence[Repaired]) -> Iterator[str]:
    clear = {
        title: difference.mean
        for measure, title in MEASURES.items()
        if (difference := over(found, measure, "free")) and not difference.is_noise
    }
    told = ", ".join(f"{title} ({mean:+.1f} points)" for title, mean in clear.items())
    yield f"- Over the seeds, free decoding, more than noise: {told or 'nothing'}."


def _circumstances(found: Sequence[Repaired]) -> str:
    seconds = sum(one.seconds for one in found)
    notes = [
        f"Noise over the seeds: one points the other way, or the mean is within {ERRORS:g} of its "
        f"standard errors; {len(found)} seeds agree in sign by chance once in "
        f"{2 ** (len(found) - 1)}.",
        f"{seconds / 60:.0f} minutes for {len(found)} walks; {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}; written "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
    ]
    return "## Circumstances\n\n" + "\n".join(f"- {note}" for note in notes)
