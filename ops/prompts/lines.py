"""JSON lines of a file that somebody else made: each line an object, or a reason why not.

Plain or gzip, told by the first bytes. No line is held that is longer than the limit.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 1_000_000
"""Bytes."""
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `value` if it could be read, else `reason` and `detail`."""

    number: int
    value: dict[str, Any] | None = None
    reason: str = ""
    detail: str = ""


def read_lines(path: Path) -> Iterator[Line]:
    """All lines but blank ones; a damaged file ends with the reason `unreadable`."""
    number = 0
    try:
        with _open(path) as stream:
            while text := stream.readline(LONGEST_LINE + 1):
                number += 1
                if len(text) > LONGEST_LINE:
                    while text and not text.endswith(b"\n"):
                        text = stream.readline(LONGEST_LINE)
                    detail = f"longer than {LONGEST_LINE:,} bytes"
                    yield Line(number, reason="too_large", detail=detail)
                elif text.strip():
                    yield _read(number, text)
    except (OSError, EOFError, zlib.error) as error:
        yield Line(number + 1 if number else 0, reason="unreadable", detail=str(error)[:300])


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _read(number: int, text: bytes) -> Line:
    try:
        value = json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
        plain = json.dumps(value, ensure_ascii=False)
    except UnicodeDecodeError as error:
        return Line(number, reason="not_utf8", detail=f"byte {error.start}: {error.reason}")
    except (ValueError, RecursionError) as error:
        return Line(number, reason="not_json", detail=str(error)[:300])
    if not isinstance(value, dict):
        return Line(number, reason="not_an_object", detail=f"found {type(value).__name__}")
    if _SURROGATE.search(plain):
        return Line(
            number, reason="surrogate", detail="half of a surrogate pair: no UTF-8 can hold it"
        )
    if _NUL.search(plain):
        return Line(number, reason="nul", detail="the character U+0000")
    return Line(number, value)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
