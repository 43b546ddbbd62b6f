"""Where a package leaves its student: what goes into and comes out of every matrix, compared.

Both compute the same numbers at these points, whatever lies between them is fused or folded into.
The first point that differs tells the layer; what is between it and the point before is at fault.
Not here: whether it differs too much as a whole (verify.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ops.coreml.clients import Masks, session
from ops.coreml.contract import OUTPUT
from ops.coreml.interpreter.arguments import Value
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import Operation

INTO, FROM = "what goes into", "what comes out of"
STORED = ("_quantized", "_palettized", "_to_fp16", "_weight")
Point = tuple[str, str]  # side, path of the module


def first_apart(
    machines: Sequence[Machine],
    student: Any,
    pieces: list[list[int]],
    bound: float,
    masks: Masks = "causal",
) -> str:
    """The first point where the package, fed with `pieces`, is off by over `bound` of the largest.

    A sentence; empty if no point could be compared.
    """
    tokens = [token for piece in pieces for token in piece]
    wanted = of_student(student, tokens)
    found = of_package(machines, set(wanted), pieces, masks)
    before = ""
    for (side, path), got in found.items():
        expected = wanted[side, path]
        share = float((got - expected).abs().max() / expected.abs().max())
        if not share <= bound:
            right = f"{before} is still right" if before else "nothing before it was compared"
            return f"{side} {path} is the first that differs, by {share:.2g}; {right}"
        before = f"{side} {path}"
    return f"all {len(found)} points agree; the last is {before}" if before else ""


@torch.no_grad()
def of_student(student: Any, tokens: list[int]) -> dict[Point, Tensor]:
    """[T, C] at each point, in PyTorch."""
    seen: dict[Point, Tensor] = {}
    hooks = []

    def record(path: str) -> Any:
        def hook(module: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
            seen[INTO, path] = rows(given[0])
            seen[FROM, path] = rows(result)

        return hook

    for name, module in student.named_modules():
        if isinstance(module, nn.Linear):
            hooks.append(module.register_forward_hook(record(name.removeprefix("model."))))
    try:
        student(torch.tensor([tokens]), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def of_package(
    machines: Sequence[Machine], known: set[Point], pieces: list[list[int]], masks: Masks
) -> dict[Point, Tensor]:
    """[T, C] at each point that is known, in the order of the program."""
    paths = {path.replace(".", "_"): path for _, path in known}
    seen: dict[Point, list[Tensor]] = defaultdict(list)
    talk = session(machines, masks)

    def watch(step: Operation, values: Mapping[str, Value]) -> None:
        path = matrix(step, paths)
        if path is None:
            return
        for side, name in ((INTO, step.inputs["x"][0]), (FROM, step.outputs[0][0])):
            value = values[name]
            if isinstance(value, Tensor):
                seen[side, path].append(rows(value)[talk.new])

    with watching(machines, watch):
        talk.feed_each(pieces)
    return {point: torch.cat(values) for point, values in seen.items()}


def matrix(step: Operation, paths: Mapping[str, str]) -> str | None:
    """The path of the matrix that a step multiplies with, if it is known."""
    if step.kind != "linear":
        return None
    if step.outputs[0][0] == OUTPUT:
        return "lm_head"  # its numbers may be those of the embedding
    name = step.inputs["weight"][0]
    for ending in STORED:
        name = name.removesuffix(ending)
    return paths.get(name)


@contextmanager
def watching(machines: Sequence[Machine], watch: Any) -> Iterator[None]:
    """Each machine tells `watch` of its steps."""
    for machine in machines:
        machine.watch = watch
    try:
        yield
    finally:
        for machine in machines:
            machine.watch = None


def rows(value: Tensor) -> Tensor:
    """[T, C] of [..., T, C], as 32-bit numbers of its own."""
    return value.detach().reshape(-1, value.shape[-1]).float().clone()
