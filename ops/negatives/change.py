"""What one change makes of an example."""

from typing import NamedTuple


class Change(NamedTuple):
    """The wrong answer with its end token, and what is wrong in it.

    `tool` is the right call's, `other` the one called in its place (the same, where the tool is
    right), `argument` the wrong argument, if it is one.
    """

    answer: str
    tool: str
    other: str
    argument: str = ""
