"""The lines of the cells as Markdown: rates with their spread, and what each term is worth."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.ablation.run import Line
from benchmarks.ablation.variants import TERMS, VARIANTS, Term
from benchmarks.spread import ERRORS, Spread, apart, spread
from ops.evaluation.contract import MODES

MEASURES = {
    "json_validity": "JSON validity",
    "tool_selection": "tool selection",
    "argument_accuracy": "argument accuracy",
    "exact_match": "exact",
}
ABOUT = """# What each term of the objective is worth

This page is written by `{command} > RESULTS.md`.

- Prompts, answers of the embedded teacher, spans and shards are made once by the pipeline; every
  variant trains on them with every seed, which decides the first weights and the order of the
  batches, and answers the same held-out prompts greedily.
- What two variants do alike is done once: their students are the same up to there.
- The divergence is judged after kd alone, as the second stage has one of its own. Process
  supervision is judged beside as many steps of kd in one schedule, and beside the same second
  stage with all its weight on distillation.
- JSON validity is of the answers with a call; the other rates are of the prompts or of their
  arguments (ops/evaluation/summary.py). A student that never calls is right where no call is."""


def report(lines: Sequence[Line], about: dict[str, Any], command: str) -> str:
    """Tables of the rates in per cent, and of the differences in points with a sentence a term."""
    parts = [ABOUT.format(command=command), *(_rates(lines, mode) for mode in MODES)]
    said = list(_sentences(lines))
    if said:
        parts += [_terms(lines, mode) for mode in MODES]
        parts.append("## What came out, free decoding\n\n" + "\n".join(said))
    parts.append(_circumstances(lines, about))
    return "\n\n".join(parts) + "\n"


def values(lines: Sequence[Line], variant: str, mode: str, measure: str) -> list[float | None]:
    """Of a variant, in the order of the seeds, in per cent; None where nothing could be counted."""
    of = sorted((one for one in lines if one["variant"] == variant), key=lambda one: one["seed"])
    rates = [one[mode][measure] for one in of]
    return [None if rate is None else 100 * rate for rate in rates]


def worth(lines: Sequence[Line], term: Term, mode: str, measure: str) -> Spread | None:
    """What the term adds, in points, seed by seed; None if one of its variants was not run."""
    having, lacking = (
        values(lines, variant, mode, measure) for variant in (term.having, term.lacking)
    )
    return apart(having, lacking) if having and lacking else None


def _rates(lines: Sequence[Line], mode: str) -> str:
    rows = [f"| variant | steps | {' | '.join(MEASURES.values())} |", "|---" * 6 + "|"]
    for name, variant in VARIANTS.items():
        steps = [one["steps"] for one in lines if one["variant"] == name]
        if steps:
            told = [_told(spread(values(lines, name, mode, one)), ".1f") for one in MEASURES]
            rows.append(f"| {variant.title} | {max(steps)} | {' | '.join(told)} |")
    title = f"## Rates, {mode} decoding: per cent, mean over the seeds (least to most)"
    return f"{title}\n\n" + "\n".join(rows)


def _terms(lines: Sequence[Line], mode: str) -> str:
    rows = [f"| term | {' | '.join(MEASURES.values())} |", "|---" * 5 + "|"]
    for term in TERMS:
        found = [worth(lines, term, mode, measure) for measure in MEASURES]
        if any(found):
            told = [
                _told(one, "+.1f") + (" noise" if one and one.is_noise else "") for one in found
            ]
            rows.append(f"| {term.title} | {' | '.join(told)} |")
    title = f"## Differences seed by seed, {mode} decoding: points, mean (least to most)"
    return f"{title}\n\n" + "\n".join(rows)


def _told(found: Spread | None, form: str) -> str:
    return found.told(form) if found else "not counted"


def _sentences(lines: Sequence[Line]) -> Iterator[str]:
    for term in TERMS:
        found = {title: worth(lines, term, "free", name) for name, title in MEASURES.items()}
        known = {title: one for title, one in found.items() if one is not None}
        if known:
            yield f"- {term.title}: {sentence(known)}."


def sentence(found: dict[str, Spread]) -> str:
    """What a term did, in words; what it did not is said too."""
    helped = [f"{name} ({one.mean:+.1f} points)" for name, one in _clear(found) if one.mean > 0]
    harmed = [f"{name} ({one.mean:+.1f} points)" for name, one in _clear(found) if one.mean < 0]
    noise = [name for name, one in found.items() if one.is_noise]
    said = [("helps", helped), ("harms", harmed), ("within noise on", noise)]
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in said if names)


def _clear(found: dict[str, Spread]) -> list[tuple[str, Spread]]:
    return [(name, one) for name, one in found.items() if not one.is_noise]


def _circumstances(lines: Sequence[Line], about: dict[str, Any]) -> str:
    seeds = sorted({one["seed"] for one in lines})
    judged = sorted({one["free"]["n"] for one in lines})
    notes = [
        f"Seeds {', '.join(map(str, seeds))}; {', '.join(map(str, judged))} held-out prompts, the "
        f"same for all; "
        + ", ".join(f"{name} {value}" for name, value in about.items()) + ".",
        f"Noise: a seed points the other way, or the mean is within {ERRORS:g} of its standard "
        f"errors. {len(seeds)} seeds agree in sign by chance once in {2 ** (len(seeds) - 1)}, "
        f"and the spread of the seeds does not hold that of other prompts.",
        f"{sum(one['seconds'] for one in lines) / 60:.0f} minutes of training and judging, where "
        f"what two variants share is counted twice; {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
    ]  # fmt: skip
    return "## Circumstances\n\n" + "\n".join(f"- {note}" for note in notes)
