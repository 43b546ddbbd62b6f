"""Which layout a row has, told by its content, and the trajectory that it holds."""

from collections.abc import Callable
from typing import Any

from ops.prompts.files.row import unfit
from ops.prompts.layouts import chat as chat_rows
from ops.prompts.layouts import sharegpt as sharegpt_rows
from ops.prompts.layouts.prompt import BadRow
from ops.trajectories.boundary import Boundary
from ops.trajectories.layouts import chat, exported, published, react, sharegpt, steps
from ops.trajectories.layouts.exported import Exported
from ops.trajectories.trajectory import Trajectory

_Is = Callable[[dict[str, Any]], bool]
_Read = Callable[[dict[str, Any], Boundary], Trajectory | Exported]
_LAYOUTS: tuple[tuple[_Is, _Read], ...] = (
    (exported.is_row, exported.read),
    (published.is_row, published.read),
    (chat_rows.is_row, chat.read),
    (sharegpt_rows.is_row, sharegpt.read),
    (steps.is_row, steps.read),
    (react.is_row, react.read),
)


def read(value: dict[str, Any], boundary: Boundary) -> Trajectory | Exported:
    """The trajectory of a row of any layout.

    Raises:
        BadRow: the row is none, with the reason.
    """
    try:
        for is_row, read_row in _LAYOUTS:
            if is_row(value):
                return _fit(read_row(value, boundary))
    except RecursionError:
        raise BadRow("not_json", "nested too deeply") from None
    keys = ", ".join(map(str, list(value)[:8]))
    raise BadRow("unknown_layout", f"no layout that is known has the keys {keys}")


def _fit(read_row: Trajectory | Exported) -> Trajectory | Exported:
    """Texts that were decoded once more may hold what no file can."""
    if isinstance(read_row, Trajectory):
        said = [
            (answer.words, answer.thought, [(call.name, call.arguments) for call in answer.calls])
            for answer in read_row.answers.values()
        ]
        found = unfit([read_row.messages, read_row.tools, said])
        if found:
            raise BadRow(*found)
    return read_row
