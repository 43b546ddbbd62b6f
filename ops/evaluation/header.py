"""What an evaluation was made of, as fingerprints; and whether two may be compared.

Two students may differ in weights, tokenizer and template. Asked other prompts, offered other tools
or decoded otherwise, the difference between their numbers would be of that, and is not told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ops.digest import canonical_json, digest, file_digest
from ops.errors import ContractError
from ops.evaluation.config import EvaluationConfig
from ops.evaluation.contract import MODES

FILE = "header.json"
SAME = ("data", "tools", "decoding")
_ASKED = ("prompt_id", "split", "kind", "messages", "tools", "expected", "carries", "right")
_WEIGHTS = (".safetensors", ".bin")

Header = dict[str, Any]


def header(
    student: Path, tokenizer: Any, asked: Sequence[Mapping[str, Any]], config: EvaluationConfig
) -> Header:
    """The header of an evaluation of a student's folder; `asked` as run.choose gives them.

    data       the prompts that are asked, what is right, and the teacher's answers
    tools      every tool that is offered
    tokenizer, template, weights
               of the student: by content, and not by name or path
    decoding   the settings that change an answer
    """
    rows = sorted(asked, key=lambda row: row["prompt_id"])
    files = sorted(path for path in student.iterdir() if path.suffix in _WEIGHTS)
    return {
        "data": digest([[row[name] for name in _ASKED] for row in rows]),
        "tools": digest(offered(asked)),
        "tokenizer": digest(tokenizer.backend_tokenizer.to_str()),
        "template": digest(tokenizer.chat_template),
        "weights": digest([(path.name, file_digest(path)) for path in files]),
        "decoding": {
            "search": "greedy",
            "modes": list(MODES),
            "max_new_tokens": config.max_new_tokens,
        },
    }


def offered(asked: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every tool that is offered to some prompt, once, as canonical JSON, sorted."""
    return sorted({canonical_json(tool) for row in asked for tool in json.loads(row["tools"])})


def read(path: Path) -> Header:
    """The header of an evaluation that is there. Raises ContractError if it has none."""
    try:
        held: Header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(
            f"{path} is no header of an evaluation ({error}); materialize process_evaluation again"
        ) from error
    return held


def require_comparable(before: Header, after: Header) -> None:
    """Raise ContractError, and say what differs, if the two were not asked the same way."""
    unlike = [name for name in SAME if before.get(name) != after[name]]
    if unlike:
        told = "; ".join(
            f"{name} {_short(before.get(name))} before, {_short(after[name])} after"
            for name in unlike
        )
        raise ContractError(
            f"these two evaluations cannot be compared: {told}; materialize process_evaluation, "
            f"then merged_evaluation, with the same prompts and settings"
        )


def _short(value: Any) -> str:
    return value[:12] if isinstance(value, str) else canonical_json(value)
