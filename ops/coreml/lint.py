"""What is known to keep a program off the Neural Engine, as far as the saved files show it.

Reported by users of the engine; none of it was tried on a device here:
* values of more than five axes;
* a last axis of a state that is not a multiple of 32 (coremltools issue 2631);
* parts of tensors whose place depends on an input (issues 2553 and 2600);
* packages above about 1.4 GB, which run on the GPU without a word.
64-bit integers, which it does not have either, are refused by the reader of the program.
"""

from collections.abc import Iterator
from pathlib import Path

from ops.coreml.interpreter.program import Program

AXES = 5
MULTIPLE = 32
LARGEST_BYTES = 1_400_000_000
PLACES = ("begin", "end")


def findings(program: Program, package: Path) -> list[str]:
    """One line for each thing found in a function of `package`."""
    return [*shapes(program), *states(program), *slices(program), *size(package)]


def shapes(program: Program) -> Iterator[str]:
    """Values of too many axes, and of lengths that are not known."""
    for operation in program.operations:
        for name, kind in operation.outputs:
            if len(kind.shape) > AXES:
                yield f"{operation.kind} → {name} has {len(kind.shape)} axes; at most {AXES}"
            if None in kind.shape:
                yield f"{operation.kind} → {name} has a length that depends on an input"


def states(program: Program) -> Iterator[str]:
    """States whose rows do not fill the engine's."""
    for port in program.states:
        slots, width = (high for _, high in port.bounds[-2:])
        if slots % MULTIPLE or width % MULTIPLE:
            yield (
                f"state {port.name} ends in {slots} × {width}; expected multiples of {MULTIPLE} "
                f"(context and head width)"
            )


def slices(program: Program) -> Iterator[str]:
    """Parts whose place is computed."""
    for operation in program.operations:
        if operation.kind not in ("slice_by_index", "slice_update"):
            continue
        if any(name not in program.constants for at in PLACES for name in operation.inputs[at]):
            yield f"{operation.kind} → {operation.outputs[0][0]} has a place that is computed"


def size(package: Path) -> Iterator[str]:
    """Too many bytes."""
    found = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    if found > LARGEST_BYTES:
        yield f"the package has {found:,} bytes; above {LARGEST_BYTES:,} it runs on the GPU"
