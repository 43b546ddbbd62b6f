"""Which trajectories a prompt mix keeps from training: those that say what it holds back.

A mix judges the student by its held-out prompts and repairs what fails among others. A trajectory
in which such a prompt is answered, at any of its turns, is in that prompt's split; whatever a
system message or the tools' definitions say: what was asked must not be learnt in other clothes.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ops import tables
from ops.digest import digest
from ops.prompts.contract import PROMPTS, SPLITS

Message = dict[str, Any]


class Mixes:
    """The prompts of several days that are not in the split train."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """`paths` are files prompts.parquet. Raises ContractError."""
        self._splits: dict[str, str] = {}
        for path in paths:
            for row in tables.rows(tables.read(path, PROMPTS)):
                if row["split"] != SPLITS[0]:
                    keys = (row["prompt_id"], conversation_keys(json.loads(row["messages"]))[-1])
                    for key in keys:
                        held = self._splits.get(key, SPLITS[0])
                        self._splits[key] = max(held, row["split"], key=SPLITS.index)

    def strictest(self, split: str, prompt_id: str, keys: Iterable[str] = ()) -> str:
        """The split of a trajectory that would be in `split` by itself; `keys` are its prompts'."""
        found = (self._splits.get(key, split) for key in (prompt_id, *keys))
        return max((split, *found), key=SPLITS.index)


def conversation_keys(messages: Sequence[Message]) -> list[str]:
    """For each number of messages, from none to all, what they say, as a digest.

    That is what was said, called and answered: no system message, no ids of calls.

    >>> conversation_keys([{"role": "system", "content": "x"}, {"role": "user", "content": "hi"}])[
    ...     -1
    ... ] == conversation_keys([{"role": "user", "content": " hi"}])[-1]
    True
    """
    found = [digest("conversation")]
    for one in messages:
        if one["role"] in ("system", "developer"):
            found.append(found[-1])
        else:
            said = [one["role"], (one.get("content") or "").strip(), _calls(one)]
            found.append(digest(found[-1], said))
    return found


def _calls(message: Message) -> list[Any]:
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    return [[function["name"], _value(function["arguments"])] for function in functions]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
