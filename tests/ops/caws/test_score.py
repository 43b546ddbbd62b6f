"""What a good call scores, what each fault costs, and what a weight makes of it."""

from typing import Any

import pytest

from ops.caws.context import Context
from ops.caws.score import compliance, example_weight, in_scope, structure
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.validate import Validator

TOOL = {
    "type": "function",
    "function": {
        "name": "write_file",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            "required": ["path"],
        },
    },
}
GOOD = '<tool_call>\n{"name": "write_file", "arguments": {"path": "src/a.py"}}\n</tool_call>'
SPEC = Context(max_files=2, max_loc=4, scope_in=("src/", "docs/**/*.md"), scope_out=("src/gen",))


def form(text: str) -> float:
    return structure(read_calls(text, {"write_file"}), Validator([TOOL]))


def call(**arguments: Any) -> ToolCall:
    return ToolCall("write_file", arguments, "", "openai")


def test_a_right_call_of_forty_characters_scores_all() -> None:
    """The standard's own score gave it 0.07."""
    assert form(GOOD) == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("There is nothing to do.", 1.0, id="words"),
        pytest.param(GOOD.replace('"path"', '"file"'), 2 / 3, id="missing_argument"),
        pytest.param(GOOD[:40], 0.0, id="truncated"),
        pytest.param(GOOD.replace("write_file", "no_such"), 0.0, id="a_tool_nobody_offered"),
        pytest.param(GOOD + GOOD.replace('"path"', '"file"'), 5 / 6, id="one_of_two"),
        pytest.param(GOOD + GOOD[:40], 0.5, id="then_truncated"),
    ],
)
def test_the_form_of_an_answer(text: str, expected: float) -> None:
    assert form(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("src/a.py", True),
        ("./src/deep/a.py", True),
        ("src", True),
        ("docs/x/y.md", True),
        ("docs/x/y.py", False),
        ("src/gen/a.py", False),
        ("src/generated.py", True),
        ("srcs/a.py", False),
        ("src/../secret", False),
        ("/etc/passwd", False),
    ],
)
def test_which_paths_are_in_scope(path: str, within: bool) -> None:
    assert in_scope(path, SPEC) is within


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([call(path="src/a.py")], 1.0, id="kept"),
        pytest.param([call(path="lib/a.py")], 0.5, id="out_of_scope"),
        pytest.param([call(path="src/a.py"), call(path="lib/b.py")], 0.75, id="one_of_two"),
        pytest.param(
            [call(path="src/a.py", content="1\n2\n3\n4\n5\n6\n7\n8")], 2.5 / 3, id="lines"
        ),
        pytest.param([call(path=f"src/{n}.py") for n in range(8)], (1 + 0.25) / 2, id="files"),
        pytest.param([call(query="what is new")], 1.0, id="no_path"),
        pytest.param([call(url="https://a.b/c")], 1.0, id="a_url_is_no_path"),
        pytest.param(
            [call(edits=[{"file_name": "lib/a"}, {"file_name": "src/b"}])], 0.75, id="deep"
        ),
        pytest.param([ToolCall("write_file", None, "", "openai")], 1.0, id="no_arguments"),
        pytest.param([], 1.0, id="no_call"),
    ],
)
def test_how_far_calls_keep_to_a_spec(calls: list[ToolCall], expected: float) -> None:
    assert compliance(calls, SPEC) == pytest.approx(expected)


def test_a_spec_that_says_nothing_is_kept() -> None:
    assert compliance([call(path="/anywhere", content="1\n" * 999)], Context()) == 1.0


def test_arguments_of_any_depth_are_read() -> None:
    nested: Any = "lib/a.py"
    for _ in range(5000):
        nested = [nested]
    assert compliance([call(path=nested)], SPEC) == 0.5


@pytest.mark.parametrize("strength", [0.0, 0.5, 3.0])
def test_a_weight_is_at_least_one_and_grows_with_the_gap(strength: float) -> None:
    weights = [example_weight(0.8, student, strength) for student in (1.0, 0.8, 0.5, 0.0)]
    assert weights == sorted(weights)
    assert weights[:2] == [1.0, 1.0]
    assert weights[-1] == pytest.approx(1 + 0.8 * strength)
