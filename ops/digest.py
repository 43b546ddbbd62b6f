"""Content hashes: the identity of prompts, requests, files and artifacts.

Canonical JSON is UTF-8 with sorted keys and no spaces, so that equal values have equal bytes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """The one JSON text of `value`.

    >>> canonical_json({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(*parts: Any) -> str:
    """SHA-256 of the parts' canonical JSON, 64 hex digits.

    A lone surrogate, which JSON allows and UTF-8 does not, is hashed as its escape.
    """
    text = canonical_json(list(parts)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
