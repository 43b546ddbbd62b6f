"""A package against the golden vectors that were recorded of it: where the student is not there.

The package has to answer as it did, and as the student did. Of the student the likeliest tokens are
recorded and the sum of all: KL is told over these tokens and one more, any other, and so never
above what it is over all. Whether the program is the student's graph was seen when it was made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ops.coreml.bounds import BOUNDS, EXACT, REPLAYED
from ops.coreml.clients import session
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import OUTPUT
from ops.coreml.golden import Recorded
from ops.coreml.interface import mismatches
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Port, read
from ops.coreml.replay import again, chunks, difference, swift
from ops.coreml.verify import (
    Check,
    Verification,
    interface_check,
    loss_checks,
    range_checks,
    ranges,
    rates,
)

SURE = 1e-30  # a probability whose logarithm is still a number


@dataclass(frozen=True, slots=True)
class Found:
    """What one recorded probe comes to; differences as shares of the largest logit."""

    rows: dict[str, Tensor]
    decoded: slice
    recorded: float
    rounding: float
    chunked: float
    all_zero: float | None
    repeated: float


def verify(
    package: Path,
    config: CoreMLConfig,
    records: list[Recorded],
    step: Callable[[int], None] = lambda done: None,
) -> Verification:
    """Replay what was recorded of one speaker, whose functions each of `records` names.

    `step` is told of each probe.

    Raises:
        ContractError: the package cannot be read or run.
    """
    names = records[0].functions
    programs = [read(package, name) for name in names]
    exact = [Machine(program, "exact") for program in programs]
    declared = [Machine(program, "declared") for program in programs]
    bounds = BOUNDS[config.precision]
    found = []
    for done, one in enumerate(records, start=1):
        found.append(replay(exact, declared, one, config))
        step(done)
    seen = ranges(declared)
    figures: dict[str, Any] = {
        "probes": len(found),
        "positions": sum(len(one.input_ids) for one in records),
        "fp16_ranges": seen,
        **rates([one.rows for one in found], [one.decoded for one in found]),
    }

    def worst(name: str, bound: float, meaning: str) -> Check:
        values = [getattr(one, name) for one in found]
        probe = values.index(max(values))
        return Check(name, values[probe], "at_most", bound, meaning, records[probe].name)

    driven = all(one.all_zero is not None for one in found)
    strays = [
        stray
        for program in programs
        for stray in mismatches(program, {"outputs": [Port(OUTPUT, "fp16", [])]})
    ]
    checks = [
        interface_check(strays),
        worst("recorded", REPLAYED, "max |Δ logit| / max |logit|, against what it answered before"),
        worst("rounding", bounds.rounding, "the same, float32 against every result as fp16"),
        worst("chunked", EXACT, "prompt in pieces against prompt at once"),
        *([worst("all_zero", REPLAYED, "a client that masks nothing")] if driven else []),
        worst("repeated", 0.0, "a fresh state forgets everything"),
        *range_checks(seen),
        *loss_checks(figures, config),
    ]
    return Verification(checks, figures, [])


def replay(
    exact: list[Machine], declared: list[Machine], one: Recorded, config: CoreMLConfig
) -> Found:
    """Send one probe in every way a client may."""
    tokens, first = one.input_ids, one.prompt
    pieces = [tokens[:first], *([token] for token in tokens[first:])]
    package = session(declared).feed_each(pieces)
    whole = session(exact).feed(tokens)
    scale = float(whole.abs().max())
    before = package.gather(-1, one.package_ids.long())
    all_zero = None
    if config.shapes != "fixed":
        fits = tokens[: config.context - 1]
        all_zero = difference(swift(exact, fits, first), whole[: len(fits)]) / scale
    return Found(
        rows=compare(one, package, BOUNDS[config.precision].tie_nats),
        decoded=slice(first - 1, first - 1 + max(1, len(tokens) - first)),
        recorded=difference(before, one.package_logits) / one.package_largest,
        rounding=difference(package, whole) / scale,
        chunked=difference(session(exact).feed_each(chunks(tokens)), whole) / scale,
        all_zero=all_zero,
        repeated=difference(again(declared, tokens), again(declared, tokens)),
    )


def compare(one: Recorded, package_TV: Tensor, tie_nats: float) -> dict[str, Tensor]:
    """[T] each, as verify.compare tells them, of the tokens that were recorded.

    A choice that is not among them trails the student's first by the last one's lead at least.
    """
    ids = one.student_ids.long()
    told = (one.student_logits - one.student_total[:, None]).exp()
    given = package_TV.softmax(-1).gather(-1, ids)
    student, package = with_rest(told), with_rest(given)
    first, chosen = ids[:, 0], package_TV.argmax(-1)
    leads = one.student_logits[:, :1] - one.student_logits
    among = ids == chosen[:, None]
    lead = torch.where(among.any(-1), (leads * among).sum(-1), leads[:, -1] + tie_nats + 1)
    return {
        "kl": (student * (student.log() - package.log())).sum(-1),
        "gap": (package_TV.gather(-1, ids) - one.student_logits).abs().amax(-1),
        "same": (first == chosen).float(),
        "tied": (lead <= tie_nats).float(),
        "among3": (package_TV.topk(3, -1).indices == first[:, None]).any(-1).float(),
    }


def with_rest(shares: Tensor) -> Tensor:
    """Probabilities of the kept tokens and of any other, [T, K + 1], none of them zero."""
    rest = (1 - shares.sum(-1, keepdim=True)).clamp(min=0)
    return torch.cat([shares, rest], -1).clamp(min=SURE)
