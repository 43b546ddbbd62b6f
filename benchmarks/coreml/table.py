"""The packages as Markdown: what is left of the student in each, and what verifying takes."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.coreml.pace import ANSWER
from benchmarks.coreml.run import Found, Options
from ops.coreml.replay import CONTINUED

ABOUT = """# A pretrained student as CoreML packages, verified without a Mac

This page is written by `{command} > RESULTS.md`.

- The student is `{base}`, made into a Hugging Face folder by the asset `student_base`; the probes
  are {probes} held-out prompts of the profile `smollm2` with their tools, {shortest} to {longest}
  tokens, and the student's own greedy answer to each, up to {continued} tokens.
- A package is converted, saved, read back and run by the interpreter in `ops/coreml`, with every
  result rounded as the program declares it; the student runs in PyTorch in 32 bits.
- *First token*: share of all positions where the likeliest token of both is the same. *Decoding*:
  the same over the positions of the answers. In brackets: positions where the student has no
  opinion forgiven (`ops/coreml/bounds.py`). KL and the largest difference of a logit are over all
  positions."""
HEAD = (
    "precision", "MB", "first token", "decoding", "among three", "KL, nats",
    "largest difference", "checks", "converted and verified",
)  # fmt: skip
PACE = ("precision", "by", "prompt", "answer", "load", "memory", "same answer")


def report(found: Sequence[Found], options: Options, command: str) -> str:
    """Two tables, the checks that failed, and the circumstances."""
    asked = found[0].asked
    lengths = sorted(map(len, asked))
    about = ABOUT.format(
        command=command, base=options.base.name, probes=len(asked), shortest=lengths[0],
        longest=lengths[-1], continued=CONTINUED,
    )  # fmt: skip
    parts = [about, _table(HEAD, map(_left, found)), *_failed(found)]
    told = f"Answering one prompt of {len(asked[0])} tokens with {ANSWER} more, greedily:"
    parts += [told, _table(PACE, (row for one in found for row in _paces(one)))]
    return "\n\n".join([*parts, _circumstances(found)]) + "\n"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _left(one: Found) -> Sequence[str]:
    told, figures = one.built.figures, one.built.figures["figures"]
    passed = sum(check["passed"] for check in told["checks"])
    return (
        one.precision,
        f"{told['package_bytes'] / 1e6:.1f}",
        _share(figures, "top1"),
        _share(figures, "greedy"),
        f"{100 * figures['top3']:.1f} %",
        f"{figures['kl_nats']:.1e}",
        f"{figures['max_abs']:.2g}",
        f"{passed} of {len(told['checks'])}",
        f"{one.built.seconds / 60:.1f} min",
    )


def _share(figures: dict[str, Any], name: str) -> str:
    strict, forgiven = figures[f"{name}_strict"], figures[f"{name}_with_ties"]
    return f"{100 * strict:.1f} % ({100 * forgiven:.1f} %)"


def _failed(found: Sequence[Found]) -> Iterator[str]:
    lines = [
        f"- {one.precision}: {check['name']} is {check['value']:.3g}, wanted "
        f"{check['rule'].replace('_', ' ')} {check['bound']:g}. {check['where']}".rstrip()
        for one in found
        for check in one.built.figures["checks"]
        if not check["passed"]
    ]
    if lines:
        yield "Checks that failed:\n\n" + "\n".join(lines)


def _paces(one: Found) -> Iterator[Sequence[str]]:
    pace = one.pace
    load, memory = f"{pace['load_s']:.1f} s", f"{pace['memory_mb']:.0f} MB"
    yield one.precision, "interpreter", *_speed(pace["interpreter"]), load, memory, _yes(pace)
    yield "", "transformers, fp32", *_speed(pace["transformers"]), "", "", ""


def _speed(pace: dict[str, Any]) -> Sequence[str]:
    return f"{pace['prompt_s']:.2f} s", f"{pace['tokens_s']:.1f} tokens/s"


def _yes(pace: dict[str, Any]) -> str:
    return "yes" if pace["same"] else "no"


def _circumstances(found: Sequence[Found]) -> str:
    positions = found[0].built.figures["figures"]["positions"]
    threads = found[0].pace["threads"]
    return (
        f"{positions} positions a package; on {threads} of {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}; written "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Nothing here ran on Apple hardware."
    )
