"""Names of tools that are near one another, and names that no tool has.

Two tools are of a family if their names share a word or a namespace: set_timer and set_alarm,
math.add and math.mean. Where a tool has no family, any other offered tool is near enough.
"""

import re
from collections.abc import Callable, Collection, Sequence
from itertools import count

from ops.toolcalls.call import plain_name

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")
_EDGE = re.compile(r"[._/-]")
_SUFFIXES = ("_details", "_all", "_by_id")


def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case.

    >>> sorted(words_of("weather.getForecast_daily"))
    ['daily', 'forecast', 'get', 'weather']
    """
    return frozenset(word for word in _BETWEEN.split(_HUMP.sub("_", name).lower()) if word)


def by_nearness(name: str, others: Collection[str], rank: Callable[[str], int]) -> list[str]:
    """The others, most shared words first; `rank` decides between equals."""
    own = words_of(name)
    return sorted(others, key=lambda other: (-len(own & words_of(other)), rank(other), other))


def invented(
    name: str, offered: Sequence[str], known: Collection[str], rank: Callable[[str], int]
) -> str:
    """A name that could be a tool's and is none's: pieces of offered names, put together anew.

    `known` are plain names (`plain_name`), those of the offered tools among them.
    """
    made = {new for other in offered for new in (_crossed(name, other), _crossed(other, name))}
    for names in (made, {name + suffix for suffix in _SUFFIXES}):
        free = [new for new in names if new and plain_name(new) not in known]
        if free:
            return min(free, key=lambda new: (rank(new), new))
    numbered = (f"{name}_{number}" for number in count(2))
    return next(new for new in numbered if plain_name(new) not in known)


def _crossed(name: str, other: str) -> str:
    """All but the last word of one name with the last word of the other; "" if there is but one."""
    edges = [edge.end() for edge in _EDGE.finditer(name)]
    return name[: edges[-1]] + _EDGE.split(other)[-1] if edges else ""
