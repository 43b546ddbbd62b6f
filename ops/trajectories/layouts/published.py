"""Rows of kd_mix.jsonl as earlier tools published them: {"prompt", "teacher_text", ids, masks}.

The ids are those of another tokenizer, taken out of their place: nothing can be aligned by them, so
they are not used, and the answer is read as any other text. Not here: the rows that have positions,
as ops/shards/export.py writes them (exported.py).
"""

from typing import Any

from ops.prompts.layouts.prompt import BadRow
from ops.prompts.layouts.tools import read_tools
from ops.trajectories.boundary import Boundary
from ops.trajectories.layouts import chat
from ops.trajectories.trajectory import Trajectory

HEADER = "__header__"
_THOUGHTS = ("teacher_reasoning_content", "teacher_reasoning")


def is_row(value: dict[str, Any]) -> bool:
    """Whether an object is a row of this layout, or of exported.py."""
    return "teacher_text" in value and "prompt" in value


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory:
    """The trajectory of a row: one question and one answer. Raises BadRow."""
    prompt, answer = value["prompt"], value["teacher_text"]
    if not isinstance(prompt, str) or not prompt.strip() or not isinstance(answer, str):
        raise BadRow("no_messages", "prompt and teacher_text are not both texts")
    metadata = value.get("metadata")
    tools = read_tools(metadata.get("tools") if isinstance(metadata, dict) else None)
    thought = next((value[name] for name in _THOUGHTS if value.get(name)), None)
    messages = [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": answer, "reasoning_content": thought},
    ]
    found = chat.read({"messages": messages, "tools": tools}, boundary)
    return Trajectory(found.messages, found.tools, found.answers, "kd_mix")
