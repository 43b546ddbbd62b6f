"""The queries that are shipped, configs/queries/*.sql: their names, what each answers, their text.

The first line of each is a comment that says what it answers.
"""

from pathlib import Path

from ops.errors import InputError
from resources.profile import CONFIGS

FOLDER = CONFIGS / "queries"
MOST_BYTES = 1_000_000


def shipped() -> dict[str, str]:
    """Name → what the query answers."""
    return {
        path.stem: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
        for path in sorted(FOLDER.glob("*.sql"))
    }


def text(file: str) -> str:
    """A shipped query by its name, or what a file holds.

    Raises:
        InputError: it is neither, not UTF-8, or no query by its size.
    """
    named = FOLDER / f"{file}.sql"
    path = named if named.is_file() else Path(file)
    try:
        with path.open("rb") as stream:
            held = stream.read(MOST_BYTES + 1)
        if len(held) > MOST_BYTES:
            raise InputError(f"{path} is longer than {MOST_BYTES:,} bytes: no query")
        return held.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(
            f"query {file!r}: {path} cannot be read ({why}); shipped: {', '.join(shipped())}"
        ) from error
