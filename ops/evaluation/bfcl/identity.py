"""Who answers, and how: what decides a student's answers, by digests of its files.

No model is loaded for it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops.digest import file_digest
from ops.errors import InputError

NEEDED = ("config.json", "tokenizer.json")
WEIGHTS = (".safetensors", ".bin")
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
            f"expected a Hugging Face folder of a student, such as merged_model/current/student of a lake"
        )
    return {
        "weights": _digests(weights),
        **_digests([folder / name for name in NEEDED]),
        "template": _digests([folder / name for name in TEMPLATES]),
        "decoding": {"method": "greedy", **asdict(decoding)},
    }


def _digests(paths: list[Path]) -> dict[str, str]:
    return {path.name: file_digest(path) for path in paths if path.is_file()}
