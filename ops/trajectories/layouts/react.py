"""Plain ReAct text: {"prompt" | "question": ..., "text" | "trajectory": ...} a row.

    Thought: I look it up.
    Action: search
    Action Input: {"q": "x"}
    Observation: y
    Final Answer: y it is.

Here alone words say what a step is: a label at the beginning of a line; the steps then are read as
those of steps.py. Source: Yao et al. 2023, ReAct (https://arxiv.org/abs/2210.03629).
"""

import re
from itertools import pairwise
from typing import Any

from ops.prompts.layouts.conversation import Turn
from ops.prompts.layouts.prompt import BadRow
from ops.prompts.layouts.tools import read_tools
from ops.trajectories.boundary import Boundary
from ops.trajectories.layouts.steps import asked_in, turns_of
from ops.trajectories.trajectory import Trajectory, of_turns

_TEXTS = ("text", "trajectory")
_LABEL = re.compile(
    r"^[ \t]*+(?:\*\*)?+(Thought|Action Input|Action|Act|Observation|Obs|Final Answer|Answer)"
    r"(?: \d{1,3})?+:(?:\*\*)?+[ \t]*+",
    re.MULTILINE | re.IGNORECASE,
)
_KIND = {
    "thought": "thought", "action": "action", "act": "action", "observation": "observation",
    "obs": "observation", "final answer": "answer", "answer": "answer",
}  # fmt: skip


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout."""
    asked = any(isinstance(value.get(name), str) for name in ("prompt", "question"))
    return asked and any(isinstance(value.get(name), str) for name in _TEXTS)


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory:
    """The trajectory of a row. Raises BadRow."""
    text = next(value[name] for name in _TEXTS if isinstance(value.get(name), str))
    heard = boundary.words(text)
    tools = read_tools(value.get("tools"))
    turns = [
        Turn("user", asked_in(value)),
        Turn("assistant", thought=heard.reasoning),
        *turns_of(steps(heard.content), tools, boundary),
    ]
    return of_turns(turns, tools, "react")


def steps(text: str) -> list[dict[str, str]]:
    """The steps that the labels of a text begin. Raises BadRow where there is none.

    >>> steps("Thought: Hm.\\nAction: ping[a]")
    [{'type': 'thought', 'content': 'Hm.'}, {'type': 'action', 'content': 'Action: ping[a]'}]
    """
    labels = list(_LABEL.finditer(text))
    if not labels:
        raise BadRow("unknown_layout", "no line begins with Thought, Action or Final Answer")
    edges = [*(label.start() for label in labels), len(text)]
    found = list[dict[str, str]]()
    for label, (_, end) in zip(labels, pairwise(edges), strict=True):
        word, content = label[1].lower(), text[label.end() : end].strip()
        if word == "action input" and found and found[-1]["type"] == "action":
            found[-1]["content"] += f"\nAction Input: {content}"
        elif word in _KIND:
            prefix = "Action: " if _KIND[word] == "action" else ""
            found.append({"type": _KIND[word], "content": prefix + content})
        else:
            raise BadRow("bad_calls", "an action's input stands behind no action")
    return found
