"""Where a student lies: a Hugging Face folder, or a GGUF file, which transformers reads too.

A GGUF file's weights are taken out of their quantisation; what the student is trained from, and
saved as, is an ordinary folder. Not here: what is done with it (model.py, tokenizer.py).
"""

import json
from pathlib import Path
from typing import Any

from ops.errors import InputError

SUFFIX = ".gguf"


def arguments(path: Path) -> tuple[str, dict[str, Any]]:
    """What from_pretrained takes: the folder, and the name of the GGUF file where it is one.

    >>> arguments(Path("models/smol"))
    ('models/smol', {'local_files_only': True})
    >>> arguments(Path("models/qwen-q8.gguf"))
    ('models', {'local_files_only': True, 'gguf_file': 'qwen-q8.gguf'})
    """
    if is_gguf(path):
        return str(path.parent), {"local_files_only": True, "gguf_file": path.name}
    return str(path), {"local_files_only": True}


def files(path: Path) -> list[Path]:
    """What a model is made of: the GGUF file, or the weights and settings of its folder; by name.

    Empty where there is nothing.

    >>> files(Path("models/nothing")), files(Path("models/nothing.gguf"))
    ([], [])
    """
    if is_gguf(path):
        return [path] if path.is_file() else []
    kinds = ("*.safetensors", "*.bin", "*.json")
    return sorted(one for kind in kinds for one in path.glob(kind))


def is_gguf(path: Path) -> bool:
    """Is it a GGUF file by its name?"""
    return path.suffix.lower() == SUFFIX


def room(folder: Path, tokenizer: Any) -> int:
    """Tokens that the student of a folder can read at once, its answer among them."""
    most = _settings(folder).get("max_position_embeddings")
    return min(tokenizer.model_max_length, most) if most else int(tokenizer.model_max_length)


def dtype_name(folder: Path) -> str:
    """The dtype that the weights of a folder are in, by its settings; float32 if they do not say.

    Older files name it torch_dtype.
    """
    settings = _settings(folder)
    return str(settings.get("dtype") or settings.get("torch_dtype") or "float32")


def _settings(folder: Path) -> dict[str, Any]:
    """config.json of a folder that holds a student. Raises InputError where there is none."""
    try:
        found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is not a student: it has no config.json that can be read; expected a "
            f"Hugging Face folder (config.json, model.safetensors, tokenizer.json)"
        ) from error
    return found
