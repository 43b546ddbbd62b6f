"""ShareGPT's and Hermes' conversations, whole: {"conversations": [{"from", "value"}], "tools"}."""

from dataclasses import replace
from typing import Any

from ops.prompts.layouts import sharegpt
from ops.prompts.layouts.conversation import Turn
from ops.trajectories.boundary import Boundary
from ops.trajectories.trajectory import Trajectory, of_turns


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory:
    """The trajectory of a row. Raises BadRow."""
    said = sharegpt.said_in(value)
    turns = [_turn(role, text, said.names, boundary) for role, text in said.turns]
    return of_turns(turns, said.tools, said.layout)


def _turn(role: str, text: str, names: set[str], boundary: Boundary) -> Turn:
    if role not in ("assistant", "call"):
        return sharegpt.turn_of(role, text, names)
    heard = boundary.words(text)
    return replace(sharegpt.turn_of(role, heard.content, names), thought=heard.reasoning)
