"""Whether a saved package computes what the student computes: figures, bounds, one verdict.

Everything is read back from the files and run by interpreter/. What a device adds (order of
accumulation, fusion, placement, latency, memory) is not seen here; golden/ is for that.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from ops.coreml import interface, reference
from ops.coreml.bounds import BOUNDS, EXACT, HEADROOM, REPLAYED
from ops.coreml.config import CoreMLConfig
from ops.coreml.decoder import LARGEST
from ops.coreml.export import ExportLM
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import read
from ops.coreml.replay import Replay, Subject, replay

Rule = Literal["at_most", "at_least"]


@dataclass(frozen=True, slots=True)
class Check:
    """One figure against its bound."""

    name: str
    value: float
    rule: Rule
    bound: float
    meaning: str

    @property
    def passed(self) -> bool:
        """Whether the value keeps the rule."""
        return self.value <= self.bound if self.rule == "at_most" else self.value >= self.bound

    def record(self) -> dict[str, Any]:
        """As it stands in verification.json."""
        return {**asdict(self), "passed": self.passed}


@dataclass(frozen=True, slots=True)
class Verification:
    """Every check, the figures behind them, and the replays that golden vectors are made of."""

    checks: list[Check]
    figures: dict[str, Any]
    replays: list[Replay]

    @property
    def passed(self) -> bool:
        """All checks."""
        return all(check.passed for check in self.checks)


def verify(
    package: Path,
    student: Any,
    config: CoreMLConfig,
    probes: list[list[int]],
    step: Callable[[int], None] = lambda done: None,
) -> Verification:
    """Compare the files of `package` with `student` on every probe; `step` is told of each.

    Raises:
        ContractError: the package cannot be read or run.
    """
    program = read(package)
    export = ExportLM(student, config.context).eval()
    exact, declared = Machine(program, "exact"), Machine(program, "declared")
    rebuilt = reference.with_stored_numbers(student, export, exact.constants)
    subject = Subject(exact, declared, student, rebuilt, config.context)
    replays = []
    for done, probe in enumerate(probes, start=1):
        replays.append(replay(subject, probe))
        step(done)
    storage = reference.storage_error(export, exact.constants, config.precision)
    strays = interface.mismatches(program, interface.expected(export))
    figures = {
        "probes": len(replays),
        "positions": sum(len(one.student_TV) for one in replays),
        "interface_mismatches": strays,
        "fp16_ranges": {kind: asdict(seen) for kind, seen in sorted(declared.ranges.items())},
        **agreement(replays, BOUNDS[config.precision].tie_nats),
    }
    checks = [
        Check("interface", len(strays), "at_most", 0, "names, types, lengths a client relies on"),
        Check("weights", storage, "at_most", 1.0, "stored numbers / what rounding explains"),
        *structure_checks(replays, BOUNDS[config.precision].rounding),
        *range_checks(declared),
        *loss_checks(figures, config),
    ]
    return Verification(checks, figures, replays)


def structure_checks(replays: list[Replay], rounding: float) -> list[Check]:
    """Is it the right program, and does its state carry a conversation?"""

    def worst(name: str, bound: float, meaning: str) -> Check:
        return Check(name, max(getattr(one, name) for one in replays), "at_most", bound, meaning)

    return [
        worst("graph", EXACT, "max |Δ logit| / max |logit|, float32, same numbers in PyTorch"),
        worst("rounding", rounding, "the same with every result rounded to fp16"),
        worst("chunked", EXACT, "prompt in pieces against prompt at once"),
        worst("all_zero", REPLAYED, "client with all-zero masks against causal masks"),
        worst("repeated", 0.0, "a fresh state forgets everything"),
    ]


def range_checks(declared: Machine) -> list[Check]:
    """Does fp16 hold every intermediate number?"""
    peak = max(seen.peak for seen in declared.ranges.values()) / LARGEST
    lost = sum(seen.not_finite for seen in declared.ranges.values())
    return [
        Check("not_finite", lost, "at_most", 0, "intermediate numbers that are inf or NaN"),
        Check("headroom", peak, "at_most", HEADROOM, "largest intermediate number / 65504"),
    ]


def loss_checks(figures: dict[str, Any], config: CoreMLConfig) -> list[Check]:
    """How much of the student's behaviour is left?"""
    bounds = BOUNDS[config.precision]
    top1 = "first token is the student's, or a tie of its"
    return [
        Check(
            "kl_nats", figures["kl_nats"], "at_most", bounds.kl_nats, "mean KL(student ‖ package)"
        ),
        Check("top1", figures["top1_with_ties"], "at_least", bounds.top1, top1),
        Check("top3", figures["top3"], "at_least", bounds.top3, "student's first among three"),
        Check("greedy", figures["greedy_with_ties"], "at_least", bounds.top1, f"decoding: {top1}"),
    ]


def agreement(replays: list[Replay], tie_nats: float) -> dict[str, float]:
    """Mean KL and shares of positions, over all probes; `strict` shares forgive no tie."""
    rows = [compare(one.student_TV, one.package_TV, tie_nats) for one in replays]
    everywhere = {name: torch.cat([row[name] for row in rows]) for name in rows[0]}
    decoded = {
        name: torch.cat([row[name][one.decoded] for row, one in zip(rows, replays, strict=True)])
        for name in rows[0]
    }
    return {
        "kl_nats": mean(everywhere["kl"]),
        "max_abs": max(reference.finite(row["gap"].max()) for row in rows),
        "top1_strict": mean(everywhere["same"]),
        "top1_with_ties": mean(everywhere["tied"]),
        "top3": mean(everywhere["among3"]),
        "greedy_strict": mean(decoded["same"]),
        "greedy_with_ties": mean(decoded["tied"]),
    }


def compare(student_TV: Tensor, package_TV: Tensor, tie_nats: float) -> dict[str, Tensor]:
    """[T] each: KL, largest difference, and whether the package's choice is the student's."""
    student, package = F.log_softmax(student_TV, -1), F.log_softmax(package_TV, -1)
    first, chosen = student_TV.argmax(-1), package_TV.argmax(-1)
    lead = student.gather(-1, first[:, None]) - student.gather(-1, chosen[:, None])
    among = package_TV.topk(3, -1).indices == first[:, None]
    return {
        "kl": (student.exp() * (student - package)).sum(-1),
        "gap": (student_TV - package_TV).abs().amax(-1),
        "same": (first == chosen).float(),
        "tied": (lead[:, 0] <= tie_nats).float(),
        "among3": among.any(-1).float(),
    }


def mean(values: Tensor) -> float:
    """Over all positions; LOST if one is not a number."""
    return reference.finite(values.mean())
