"""Golden vectors: the probes with PyTorch's and the interpreter's logits, to replay anywhere.

index.json names the files of the probes and what a replay is held to:
    probes                  names of files
    top1_at_least           share of a speaker's positions whose first token is the student's
    tie_nats                a token that trails the student's first by no more counts as the first
    logit_difference_at_most_share_of_largest
                            |Δ logit| of the kept tokens / package_largest, at every position

A probe is a JSON object, T tokens of prompt and greedy continuation, K kept tokens a position:
    functions        the functions of one speaker, which the probe was fed to
    prompt           feed so many tokens at once, the others one by one
    input_ids        [T]
    student_ids      [T][K]  the student's likeliest next tokens, best first, fp32, PyTorch
    student_logits   [T][K]
    student_total    [T]     log of the sum of exp of all its logits
    package_ids      [T][K]  the package's, by the interpreter, fp16
    package_logits   [T][K]
    package_largest          largest magnitude of all the package's logits

Numbers are float32 in the decimal digits that give them back exactly. One that is not finite is
null, which no replay accepts.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from torch import Tensor

from ops.coreml.bounds import BOUNDS
from ops.coreml.config import CoreMLConfig
from ops.coreml.replay import Replay
from ops.errors import ContractError

KEPT = 5  # likeliest tokens a position
LARGEST = torch.finfo(torch.float32).max
AGAIN = "make the package again"

Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Token = Annotated[int, Field(ge=0, lt=2**31)]
Kind = TypeVar("Kind", bound=BaseModel)


class Index(BaseModel):
    """index.json."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    probes: list[Annotated[str, Field(pattern=r"^probe-\d+\.json$")]] = Field(min_length=1)
    top1_at_least: Number
    tie_nats: Number
    logit_difference_at_most_share_of_largest: Number


class Probe(BaseModel):
    """A probe's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    functions: list[str] = Field(min_length=1)
    prompt: int = Field(ge=1)
    input_ids: list[Token]
    student_ids: list[list[Token]]
    student_logits: list[list[Number]]
    student_total: list[Number]
    package_ids: list[list[Token]]
    package_logits: list[list[Number]]
    package_largest: Annotated[Number, Field(gt=0)]

    @model_validator(mode="after")
    def _every_position_has_all_numbers(self) -> Self:
        tables = (self.student_ids, self.student_logits, self.package_ids, self.package_logits)
        counts = {len(self.input_ids), len(self.student_total), *(len(one) for one in tables)}
        if len(counts) > 1 or self.prompt > len(self.input_ids):
            raise ValueError(f"{sorted(counts)} positions, {self.prompt} of them prompt")
        widths = {len(row) for table in tables for row in table}
        if len(widths) != 1 or 0 in widths:
            raise ValueError(f"{sorted(widths)} kept tokens a position")
        return self


@dataclass(frozen=True, slots=True)
class Recorded:
    """One probe as it was recorded; its first `prompt` tokens are fed at once."""

    name: str
    functions: list[str]
    prompt: int
    input_ids: list[int]
    student_ids: Tensor
    student_logits: Tensor
    student_total: Tensor
    package_ids: Tensor
    package_logits: Tensor
    package_largest: float


def write(
    out: Path, spoken: Iterable[tuple[list[str], list[Replay]]], config: CoreMLConfig
) -> None:
    """Fill the folder `out`: index.json, and a file for each replay of the named functions."""
    out.mkdir()
    names: list[str] = []
    for functions, replays in spoken:
        for one in replays:
            names.append(f"probe-{len(names):03d}.json")
            text = json.dumps({"functions": functions, **vectors(one)}, allow_nan=False)
            (out / names[-1]).write_text(text + "\n", encoding="utf-8")
    bounds = BOUNDS[config.precision]
    index = Index(
        probes=names,
        top1_at_least=bounds.top1,
        tie_nats=bounds.tie_nats,
        logit_difference_at_most_share_of_largest=bounds.rounding,
    )
    text = json.dumps(index.model_dump(), indent=1)
    (out / "index.json").write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> list[Recorded]:
    """The probes that `write` left. Raises ContractError if one is not as the format says."""
    index = checked(folder / "index.json", Index)
    return [recorded(folder / name) for name in index.probes]


def recorded(path: Path) -> Recorded:
    """One probe, its numbers as tensors."""
    stored = checked(path, Probe)
    return Recorded(
        name=path.stem,
        functions=stored.functions,
        prompt=stored.prompt,
        input_ids=stored.input_ids,
        student_ids=torch.tensor(stored.student_ids),
        student_logits=torch.tensor(stored.student_logits),
        student_total=torch.tensor(stored.student_total),
        package_ids=torch.tensor(stored.package_ids),
        package_logits=torch.tensor(stored.package_logits),
        package_largest=stored.package_largest,
    )


def checked(path: Path, kind: type[Kind]) -> Kind:
    """A file of the golden vectors. Raises ContractError if it is not of this kind."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        problem = ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
    except OSError as error:
        problem = str(error)
    raise ContractError(f"the golden vectors cannot be read: {path}: {problem}; {AGAIN}")


def require_fit(
    records: list[Recorded], speakers: list[list[str]], context: int, vocabulary: int
) -> None:
    """Raise ContractError unless each speaker has a probe, and each probe fits the package."""
    for one in records:
        ids = max(int(one.student_ids.max()), int(one.package_ids.max()), *one.input_ids)
        if one.functions not in speakers:
            raise ContractError(f"{one.name} was fed to {one.functions}, no speaker of the package")
        if len(one.input_ids) > context or ids >= vocabulary:
            raise ContractError(
                f"{one.name} has {len(one.input_ids)} tokens up to {ids}, the package takes "
                f"{context} below {vocabulary}; {AGAIN}"
            )
    silent = [names for names in speakers if names not in [one.functions for one in records]]
    if silent:
        raise ContractError(f"no probe was recorded of the functions {silent[0]}; {AGAIN}")


def vectors(one: Replay) -> dict[str, Any]:
    """The numbers of one probe."""
    student, package = one.student_TV.topk(KEPT, -1), one.package_TV.topk(KEPT, -1)
    return {
        "prompt": len(one.prompt),
        "input_ids": one.prompt + one.continuation,
        "student_ids": student.indices.tolist(),
        "student_logits": finite(student.values.tolist()),
        "student_total": finite(one.student_TV.logsumexp(-1).tolist()),
        "package_ids": package.indices.tolist(),
        "package_logits": finite(package.values.tolist()),
        "package_largest": finite(float(one.package_TV.abs().max())),
    }


def finite(value: Any) -> Any:
    """`value` with null for each number that JSON cannot hold.

    >>> finite([[0.5, math.inf], [math.nan]])
    [[0.5, None], [None]]
    """
    if isinstance(value, list):
        return [finite(one) for one in value]
    return value if math.isfinite(value) else None
