"""Where a student lies: a Hugging Face folder, or a GGUF file, which transformers reads too.

A GGUF file's weights are taken out of their quantisation; what the student is trained from, and
saved as, is an ordinary folder. Not here: what is done with it (model.py, tokenizer.py).
"""

from pathlib import Path
from typing import Any

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
