"""Who answers, and how: what decides a student's answers, by digests of its files.

No model is loaded for it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops.digest import file_digest
from ops.errors import InputError

NEEDED = ("config.json", "tokenizer.json")
WEIGHTS = (".safetensors", ".bin")
LONGEST = 512
"""Tokens that an answer may have."""
TEMPLATES = ("chat_template.jinja", "tokenizer_config.json")
"""Where transformers keeps the chat template; what older versions wrote holds it among others."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a student is asked: tokens that an answer may have, and whether under the grammar."""

    max_new_tokens: int
    constrained: bool


def identity(folder: Path, decoding: Decoding) -> dict[str, Any]:
    """Digests of weights, configuration, tokenizer and template, and the decoding.

    Raises:
        InputError: the folder holds no student.
    """
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    weights = sorted(path for path in folder.glob("*") if path.suffix in WEIGHTS)
    if missing or not weights:
        raise InputError(
            f"--model {folder}: no {' and no '.join(missing or ['model.safetensors'])} there; "
            f"expected a student's Hugging Face folder, such as merged_model/current/student"
        )
    return {
        "weights": _digests(weights),
        **_digests([folder / name for name in NEEDED]),
        "template": _digests([folder / name for name in TEMPLATES]),
        "decoding": {"method": "greedy", **asdict(decoding)},
    }


def longest_answer(folder: Path) -> int:
    """Tokens that an answer may have if nobody says: 512, or a quarter of the student's context.

    Of a student that no configuration can be read of, 512; it is refused elsewhere.
    """
    try:
        told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return int(min(LONGEST, told["max_position_embeddings"] // 4))
    except (OSError, ValueError, KeyError, TypeError):
        return LONGEST


def _digests(paths: list[Path]) -> dict[str, str]:
    return {path.name: file_digest(path) for path in paths if path.is_file()}
