"""JSON from a model, read once and strictly: what passes can be stored, hashed and validated.

Refused beside what is no JSON: NaN and infinities (1e400 too), integers beyond 64 bits, more than
64 levels, NUL, and lone surrogates, which no UTF-8 file can hold. Of equal keys the last counts.
"""

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 64
_INT64 = 2**63
# A string that nothing closes reaches to the end, so no character is looked at twice.
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.?+)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def parse_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError as json.loads does, and never RecursionError.

    >>> parse_json('{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    check_levels(text)
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_int64)
    except RecursionError:
        raise ValueError(f"more than {MAX_DEPTH} levels") from None
    return check_value(value)


def check_levels(text: str) -> None:
    """Raise ValueError if brackets stand in brackets, outside strings, more than MAX_DEPTH deep.

    Before a library reads the text: those recurse in C, where the levels that Python allows are
    more than the stack of a small thread holds, and the process ends.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for found in _BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"more than {MAX_DEPTH} levels")
        elif found[0] in "]}":
            depth -= 1


def check_value(value: Any) -> Any:
    """`value` itself. Raises ValueError where parse_json would have refused its text."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} levels")
        if isinstance(item, dict):
            for key, member in item.items():
                _check_string(key)
                waiting.append((member, depth + 1))
        elif isinstance(item, list):
            waiting.extend((member, depth + 1) for member in item)
        else:
            _check_scalar(item)
    return value


def _check_scalar(item: Any) -> None:
    if isinstance(item, str):
        _check_string(item)
    elif isinstance(item, float):
        _finite(item)
    elif isinstance(item, int) and not -_INT64 <= item < _INT64:
        raise ValueError("an integer beyond 64 bits")


def _check_string(text: str) -> None:
    if "\0" in text:
        raise ValueError("a NUL character")
    text.encode()  # UnicodeEncodeError is a ValueError: a lone surrogate


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str | float) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond the range of a double")
    return number


def _int64(text: str) -> int:
    # The length first: Python refuses over 4,300 digits, and takes quadratic time below that.
    if len(text) > 20 or not -_INT64 <= int(text) < _INT64:
        raise ValueError("an integer beyond 64 bits")
    return int(text)
