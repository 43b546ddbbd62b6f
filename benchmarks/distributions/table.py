"""The lines as Markdown: what of the distributions was kept, and how near each student came."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.distributions.run import Line
from benchmarks.spread import Spread, apart, spread

MEASURES = {
    "divergence": ("divergence, nats a taught token", ".3f"),
    "agreement": ("top-1 agreement", ".3f"),
    "text": ("text, nats a token", ".3f"),
    "byte": ("text, nats a byte", ".4f"),
}
ABOUT = """# What recorded distributions are worth

This page is written by `{command} > RESULTS.md`.

- The right ones of a real teacher's recorded answers are learnt by scratch students, with the
  tail-bucketed forward KL of its 20 likeliest tokens beside the text, and with the text alone. A
  seed decides the first weights and the order of the batches; steps and all else are the same.
- Measured are answers of the split `repair`, which are not learnt. Nothing is chosen on them:
  training measures itself at its start and its end alone, and no setting was tuned.
- *Divergence*: forward KL of the outcomes that the teacher told and one more, at the tokens that
  have a distribution. *Top-1 agreement*: there the student's likeliest token of all is the
  teacher's. *Text*: cross-entropy of what the teacher wrote; by the byte it is comparable between
  tokenizers.
- A distribution is kept where a token of the teacher and one of the student have the same edges
  (ops/shards/teacher.py). Elsewhere a student learns from the text alone."""


def report(lines: Sequence[Line], command: str) -> str:
    """What was kept, the students of each tokenizer, and the differences to the text alone."""
    parts = [ABOUT.format(command=command), _kept(lines)]
    for tokenizer in (one["tokenizer"] for one in lines if one["what"] == "kept"):
        parts += [_students(lines, tokenizer), _differences(lines, tokenizer)]
    notes = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
    written = f"written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."
    return "\n\n".join([*parts, f"## Circumstances\n\n- {notes}{written}"]) + "\n"


def values(
    lines: Sequence[Line], tokenizer: str, weight: float | None, measure: str
) -> list[float | None]:
    """Of the students with this tokenizer and weight, in the order of the seeds."""
    of = [
        one
        for one in lines
        if one["what"] == "student" and (one["tokenizer"], one["weight"]) == (tokenizer, weight)
    ]
    return [one[measure] for one in sorted(of, key=lambda one: int(one["seed"]))]


def weights(lines: Sequence[Line]) -> list[float | None]:
    """Of the divergence; first None, which is no training at all."""
    found = {one["weight"] for one in lines if one["what"] == "student"}
    return sorted(found, key=lambda weight: -1.0 if weight is None else weight)


def _kept(lines: Sequence[Line]) -> str:
    rows = [
        "| student | examples, train + repair | supervised tokens | recorded positions | kept | "
        "of the supervised | outcomes of 20 | their mass |",
        "|---" * 8 + "|",
    ]
    for one in (line for line in lines if line["what"] == "kept"):
        share = one["kept"] / max(one["supervised"], 1)
        rows.append(
            f"| {one['tokenizer']} | {one['train']} + {one['repair']} | {one['supervised']:,} | "
            f"{one['recorded']:,} | {one['kept']:,} | {share:.1%} | {one['outcomes']:.1f} | "
            f"{one['mass']:.3f} |"
        )
    title = "## What of the distributions is kept"
    return f"{title}\n\n" + "\n".join(rows) + f"\n\n{_text_alone(lines)}"


def _text_alone(lines: Sequence[Line]) -> str:
    """How many supervised tokens of each student have no distribution to learn from."""
    return " ".join(
        f"With {one['tokenizer']}, {one['supervised'] - one['kept']:,} of {one['supervised']:,} "
        f"tokens are learnt from the text alone."
        for one in lines
        if one["what"] == "kept"
    )


def _title(weight: float | None) -> str:
    if weight is None:
        return "untrained"
    return f"forward KL with a tail, weight {weight:g}" if weight else "cross-entropy alone"


def _students(lines: Sequence[Line], tokenizer: str) -> str:
    rows = [
        f"| objective | steps | {' | '.join(title for title, _ in MEASURES.values())} |",
        "|---" * 6 + "|",
    ]
    of = [one for one in lines if one["what"] == "student" and one["tokenizer"] == tokenizer]
    for weight in weights(of):
        told = [
            _told(spread(values(lines, tokenizer, weight, name)), form)
            for name, (_, form) in MEASURES.items()
        ]
        steps = max(one["steps"] for one in of if one["weight"] == weight)
        rows.append(f"| {_title(weight)} | {steps} | {' | '.join(told)} |")
    some = of[0]
    entropy = "" if some["entropy"] is None else f"; the teacher's entropy {some['entropy']:.3f}"
    title = f"## A student with {tokenizer}: mean over the seeds (least to most)"
    return (
        f"{title}\n\n" + "\n".join(rows) + f"\n\nMeasured on {some['tokens']:,} tokens that were "
        f"not learnt, {some['taught']:,} of them taught{entropy}."
    )


def _differences(lines: Sequence[Line], tokenizer: str) -> str:
    rows = [
        f"| objective | {' | '.join(title for title, _ in MEASURES.values())} |",
        "|---" * 5 + "|",
    ]
    for weight in weights(lines):
        if weight:
            told = [
                _judged(_apart(lines, tokenizer, weight, name), form)
                for name, (_, form) in MEASURES.items()
            ]
            rows.append(f"| {_title(weight)} | {' | '.join(told)} |")
    return f"Less cross-entropy alone, seed by seed, {tokenizer}:\n\n" + "\n".join(rows)


def _apart(lines: Sequence[Line], tokenizer: str, weight: float, name: str) -> Spread | None:
    alone = values(lines, tokenizer, 0.0, name)
    return apart(values(lines, tokenizer, weight, name), alone) if alone else None


def _told(found: Spread | None, form: str) -> str:
    return found.told(form) if found else "none taught"


def _judged(found: Spread | None, form: str) -> str:
    return _told(found, f"+{form}") + (" noise" if found and found.is_noise else "")
