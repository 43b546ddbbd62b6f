"""The files of a source: itself, or those that lie directly in a folder."""

from pathlib import Path

from ops.errors import InputError
from ops.prompts.files.read import SUFFIXES


def files(path: Path, what: str = "prompt source") -> list[Path]:
    """The files of a source, by name. Raises InputError where there are none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{what} {path} does not exist; name a file or a folder")
    found = sorted(one for one in path.iterdir() if one.is_file() and one.name.endswith(SUFFIXES))
    if not found:
        raise InputError(f"{what} {path} is a folder without {', '.join(SUFFIXES)}")
    return found
