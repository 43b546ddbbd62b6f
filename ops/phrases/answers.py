"""From a tool's result to the sentence that carries it, by the answers of the phrase book."""

import json
import re
from typing import Any

from ops.digest import digest
from ops.phrases.book import ToolPhrases
from ops.phrases.pools import listed

_SLOT = re.compile(r"\{([\w.]+)\}")


def spoken(value: Any) -> str:
    """A value of a result as a sentence says it."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return listed(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def answer(tool: ToolPhrases, result: dict[str, Any], arguments: dict[str, Any]) -> str | None:
    """The sentence for a result; None when the result has not the fields that the book expects."""
    known = {**arguments, **result}
    fitting = [one for one in tool.answers if all(slot in known for slot in _SLOT.findall(one))]
    if not fitting or not set(tool.result) <= set(result):
        return None
    template = fitting[int(digest(result, arguments)[:8], 16) % len(fitting)]
    return _SLOT.sub(lambda slot: spoken(known[slot[1]]), template)


def carried(result: dict[str, Any]) -> list[str]:
    """The texts of a result that its answer must hold."""
    texts: list[str] = []
    for value in result.values():
        texts += value if isinstance(value, list) else [spoken(value)]
    return texts
