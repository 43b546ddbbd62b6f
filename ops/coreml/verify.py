"""Whether a saved package computes what the student computes: figures, bounds, one verdict.

Everything is read back from the files and run by interpreter/. What a device adds (order of
accumulation, fusion, placement, latency, memory) is not seen here; golden/ is for that.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from ops.coreml import functions, interface, lint, points, reference
from ops.coreml.bounds import BOUNDS, EXACT, HEADROOM, REPLAYED
from ops.coreml.clients import Masks
from ops.coreml.config import CoreMLConfig
from ops.coreml.decoder import LARGEST
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import read
from ops.coreml.replay import Replay, Subject, chunks, replay, stepwise

Rule = Literal["at_most", "at_least"]
APART = 0.1  # of the largest hidden number, beyond what storing in fewer bits does to it
PLACES: dict[str, Callable[[Replay], float]] = {
    "graph": lambda one: one.graph,
    "rounding": lambda one: one.rounding,
    "chunked": lambda one: one.chunked,
    "all_zero": lambda one: one.all_zero or 0.0,
    "kl_nats": lambda one: reference.finite(
        compare(one.student_TV, one.package_TV, 0)["kl"].mean()
    ),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One figure against its bound."""

    name: str
    value: float
    rule: Rule
    bound: float
    meaning: str
    where: str = ""  # what is at fault, of a check that failed; "" = nothing in particular

    @property
    def passed(self) -> bool:
        """Whether the value keeps the rule."""
        return self.value <= self.bound if self.rule == "at_most" else self.value >= self.bound

    def record(self) -> dict[str, Any]:
        """As it stands in verification.json."""
        where = "" if self.passed else self.where
        return {**asdict(self), "where": where, "passed": self.passed}


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
    """Compare the functions of `package` in which `student` answers with it on every probe.

    These are all of `config.functions` (see functions.spoken). `step` is told of each probe.

    Raises:
        ContractError: the package cannot be read or run.
    """
    modules = functions.modules({None: student}, config)
    programs = {name: read(package, name) for name in modules}
    exact = [Machine(program, "exact") for program in programs.values()]
    declared = [Machine(program, "declared") for program in programs.values()]
    export = next(iter(modules.values()))
    rebuilt = reference.with_stored_numbers(student, export, exact[0].constants)
    subject = Subject(exact, declared, student, rebuilt, config.context)
    replays = []
    for done, probe in enumerate(probes, start=1):
        replays.append(replay(subject, probe))
        step(done)
    strays = [
        stray
        for name, module in modules.items()
        for stray in interface.mismatches(programs[name], interface.expected(module))
    ]
    seen = ranges(declared)
    figures = {
        "probes": len(replays),
        "positions": sum(len(one.student_TV) for one in replays),
        "interface_mismatches": strays,
        "fp16_ranges": seen,
        **agreement(replays, BOUNDS[config.precision].tie_nats),
    }
    checks = [
        interface_check(strays),
        weights_check(export, exact, config),
        *structure_checks(replays, BOUNDS[config.precision].rounding),
        *range_checks(seen),
        *loss_checks(figures, config),
    ]
    if config.shapes == "fixed":
        found = [line for program in programs.values() for line in lint.findings(program, package)]
        figures["neural_engine"] = found
        meaning = "what is known to keep a program off the Neural Engine"
        told = "; ".join(found[:3])
        checks.append(Check("neural_engine", len(found), "at_most", 0, meaning, told))
    return Verification([placed(one, subject, replays) for one in checks], figures, replays)


def interface_check(strays: list[str]) -> Check:
    """Is it what clients drive?"""
    meaning = "names, types, lengths a client relies on"
    return Check("interface", len(strays), "at_most", 0, meaning, "; ".join(strays[:3]))


def weights_check(export: Any, machines: list[Machine], config: CoreMLConfig) -> Check:
    """Are the stored numbers the student's, in every function?"""
    found: dict[str, float] = {}
    for machine in machines:
        shares = reference.storage_errors(export, machine.constants, config.precision)
        found |= {name: max(share, found.get(name, 0.0)) for name, share in shares.items()}
    worst = max(found, key=lambda name: found[name])
    meaning = "stored numbers / what rounding explains"
    return Check("weights", found[worst], "at_most", 1.0, meaning, worst)


def placed(check: Check, subject: Subject, replays: list[Replay]) -> Check:
    """The check as it is if it passed, or else with the first layer that differs.

    Hidden values are compared on the probe that is furthest off.
    """
    if check.passed or check.name not in PLACES:
        return check
    one = max(replays, key=lambda one: PLACES[check.name](one))
    whole = [one.prompt + one.continuation]
    same = subject.with_stored_numbers
    calls: dict[str, tuple[Any, Any, list[list[int]], float, Masks]] = {
        "graph": (subject.exact, same, whole, EXACT, "causal"),
        "rounding": (subject.declared, same, stepwise(one), check.bound, "causal"),
        "chunked": (subject.exact, same, chunks(whole[0]), EXACT, "causal"),
        "all_zero": (subject.exact, same, fitting(whole[0], subject.context), REPLAYED, "zeros"),
        "kl_nats": (subject.declared, subject.student, stepwise(one), APART, "causal"),
    }
    return replace(check, where=points.first_apart(*calls[check.name]))


def fitting(tokens: list[int], context: int) -> list[list[int]]:
    """What a client that leaves the first slot empty can send."""
    return [tokens[: context - 1]]


def ranges(machines: list[Machine]) -> dict[str, dict[str, Any]]:
    """What each kind of operation produced as fp16, over all functions."""
    kinds = sorted({kind for machine in machines for kind in machine.ranges})
    seen = {kind: [m.ranges[kind] for m in machines if kind in m.ranges] for kind in kinds}
    return {
        kind: {
            "peak": max(one.peak for one in those),
            "not_finite": sum(one.not_finite for one in those),
        }
        for kind, those in seen.items()
    }


def structure_checks(replays: list[Replay], rounding: float) -> list[Check]:
    """Is it the right program, and does its state carry a conversation?"""

    def worst(name: str, bound: float, meaning: str) -> Check:
        return Check(name, max(getattr(one, name) for one in replays), "at_most", bound, meaning)

    meaning = "as swift-transformers sends it (masks of zeros, longest shape) against full masks"
    driven = all(one.all_zero is not None for one in replays)
    return [
        worst("graph", EXACT, "max |Δ logit| / max |logit|, float32, same numbers in PyTorch"),
        worst("rounding", rounding, "the same with every result rounded to fp16"),
        worst("chunked", EXACT, "prompt in pieces against prompt at once"),
        *([worst("all_zero", REPLAYED, meaning)] if driven else []),
        worst("repeated", 0.0, "a fresh state forgets everything"),
    ]


def range_checks(seen: dict[str, dict[str, Any]]) -> list[Check]:
    """Does fp16 hold every intermediate number?"""
    highest = max(seen, key=lambda kind: seen[kind]["peak"])
    peak = seen[highest]["peak"] / LARGEST
    lost = {kind: one["not_finite"] for kind, one in seen.items() if one["not_finite"]}
    kinds, largest = ", ".join(lost), "largest intermediate number / 65504"
    return [
        Check(
            "not_finite",
            sum(lost.values()),
            "at_most",
            0,
            "intermediate numbers that are inf or NaN",
            f"operations of kind {kinds}",
        ),
        Check("headroom", peak, "at_most", HEADROOM, largest, f"an operation of kind {highest}"),
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
    return rates(rows, [one.decoded for one in replays])


def rates(rows: list[dict[str, Tensor]], decoded: list[slice]) -> dict[str, float]:
    """The means of what `compare` told of each probe; greedy over the `decoded` positions."""
    everywhere = {name: torch.cat([row[name] for row in rows]) for name in rows[0]}
    chosen = {
        name: torch.cat([row[name][part] for row, part in zip(rows, decoded, strict=True)])
        for name in rows[0]
    }
    return {
        "kl_nats": mean(everywhere["kl"]),
        "max_abs": max(reference.finite(row["gap"].max()) for row in rows),
        "top1_strict": mean(everywhere["same"]),
        "top1_with_ties": mean(everywhere["tied"]),
        "top3": mean(everywhere["among3"]),
        "greedy_strict": mean(chosen["same"]),
        "greedy_with_ties": mean(chosen["tied"]),
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
