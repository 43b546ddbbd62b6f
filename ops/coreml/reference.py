"""What the package is compared with: the student in PyTorch, with its own or the package's numbers.

Two references separate two questions. The student as it is tells what a user loses in all. The same
student holding the package's weights and rotary tables tells whether the program is the right one,
without the loss that storing weights in fewer bits brings.
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ops.coreml.compress import ENTRIES, block_size, storage
from ops.coreml.config import Precision
from ops.coreml.interpreter.arguments import Value
from ops.coreml.palette import palettised
from ops.errors import ContractError

TABLES = ("cos_SD", "sin_SD")
TRANSPOSED = {"cos_SD": "cos_DS", "sin_SD": "sin_DS"}  # as fixed.py keeps them
LOST = 1e9  # beyond every bound
HALF_STEP = 0.55  # of a step: half, and the rounding of scale and quotient to fp16
STEPS: dict[Precision, int] = {"int8": 127, "int4": 7}  # from zero to the largest number


class Rotary(nn.Module):
    """Cosines and sines from tables, in place of the student's own embedding."""

    def __init__(self, cos_SD: Tensor, sin_SD: Tensor) -> None:
        super().__init__()
        self.cos_SD, self.sin_SD = cos_SD, sin_SD

    def forward(self, x: Tensor, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        return self.cos_SD[position_ids], self.sin_SD[position_ids]


@torch.no_grad()
def logits(student: Any, tokens: list[int]) -> Tensor:
    """[T, V] of the student in PyTorch, fp32."""
    output: Tensor = student(torch.tensor([tokens]), use_cache=False).logits[0].float()
    return output


@torch.no_grad()
def continuation(student: Any, prompt: list[int], count: int) -> list[int]:
    """The `count` tokens that the student adds greedily, whatever they are."""
    tokens: list[int] = []
    cache, fed = None, torch.tensor([prompt])
    while len(tokens) < count:
        output = student(fed, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        tokens.append(int(output.logits[0, -1].argmax()))
        fed = torch.tensor([[tokens[-1]]])
    return tokens


def stored(constants: Mapping[str, Value], name: str, like: Tensor) -> Tensor:
    """The package's numbers of the parameter or table `name` of ExportLM.

    Raises:
        ContractError: the package does not hold it in that shape.
    """
    stem = name.replace(".", "_") + "_to_fp16"
    for key in (f"{stem}_quantized", f"{stem}_palettized", stem):
        value = constants.get(key)
        if isinstance(value, Tensor) and value.is_floating_point() and value.shape == like.shape:
            return value
    if name in TABLES and f"{TRANSPOSED[name]}_to_fp16" in constants:
        return stored(constants, TRANSPOSED[name], like.T).T
    if like.ndim < 2 and left_out(constants, like):
        return like.detach()
    raise ContractError(f"the package holds no {name} of shape {list(like.shape)}")


def left_out(constants: Mapping[str, Value], like: Tensor) -> bool:
    """Whether the converter had a reason to keep no constant of this name.

    It leaves out a multiplication by ones and the addition of zeros, and of equal constants it
    keeps one, as the biases of a student from nothing are in all layers.
    """
    rounded = like.detach().half().float()
    return bool((like == 1).all() | (like == 0).all()) or any(
        isinstance(value, Tensor) and value.is_floating_point() and torch.equal(value, rounded)
        for value in constants.values()
    )


def with_stored_numbers(student: Any, export: nn.Module, constants: Mapping[str, Value]) -> Any:
    """A copy of the student that computes with the package's weights and rotary tables."""
    student = copy.deepcopy(student)
    places = dict(student.named_parameters())
    with torch.no_grad():
        for name, parameter in export.named_parameters():
            place = places.get(name, places.get(f"model.{name}"))
            if place is None:
                raise ContractError(f"the student has no parameter {name}")
            place.copy_(stored(constants, name, parameter))
    tables = [stored(constants, name, getattr(export, name)) for name in TABLES]
    student.model.rotary_emb = Rotary(*tables)
    for layer in student.model.layers:
        # 1 / sqrt(head width) stands in the program, and of 32 or 128 it is not an fp16 number.
        layer.self_attn.scaling = float(torch.tensor(layer.self_attn.scaling).half())
    return student


def storage_errors(
    export: nn.Module, constants: Mapping[str, Value], precision: Precision
) -> dict[str, float]:
    """The largest difference of each parameter and table, as a share of what storing explains.

    Above 1, some number is not the student's: swapped, damaged, or stored by another rule.
    """
    named = [*export.named_parameters(), *((name, getattr(export, name)) for name in TABLES)]
    shares = {}
    for name, parameter in named:
        numbers = parameter.detach()
        matrix = numbers.ndim == 2 and name not in TABLES
        kind = storage(name, precision) if matrix else "fp16"
        found = stored(constants, name, numbers)
        shares[name] = finite(((found - numbers).abs() / explained(numbers, kind)).max())
    return shares


def finite(value: Tensor) -> float:
    """A single number that JSON can hold: LOST stands for infinity and for no number at all."""
    return float(value.nan_to_num(nan=LOST, posinf=LOST, neginf=-LOST))


def explained(numbers: Tensor, kind: Precision) -> Tensor:
    """How far storing may move each number: rounding to fp16, and what comes on top.

    For integers half a step of the block that shares a scale, for a palette the distance to the
    entry that the student's own numbers lead to.
    """
    allowed = numbers.abs() * 2.0**-11 + 2.0**-24
    if kind in STEPS:
        columns = numbers.shape[-1]
        block = block_size(columns) if kind == "int4" else columns
        peak = numbers.abs().reshape(-1, block).amax(-1, keepdim=True)
        allowed = allowed + (HALF_STEP / STEPS[kind] * peak).expand(-1, block).reshape_as(numbers)
    elif kind in ENTRIES:
        wanted = torch.from_numpy(palettised(numbers.half().numpy(), ENTRIES[kind])).float()
        allowed = allowed + (wanted - numbers).abs()
    return allowed
