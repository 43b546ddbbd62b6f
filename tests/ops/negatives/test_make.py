"""Each kind of negative: what it changes, why it may be absent, and that the scorer rejects it."""

import json
from typing import Any

import pytest

from ops.negatives.change import Change
from ops.negatives.config import KINDS, NegativeKind, NegativesConfig
from ops.negatives.example import Example
from ops.negatives.make import MAKERS, make
from ops.student.render import END
from ops.toolcalls.read import read_calls
from ops.toolcalls.validate import Validator

from .conftest import PLAY, SET_TIMER, TOOLS, Read, tool

TIMER = ("set_timer", {"minutes": 5, "label": "tea"})
NAMES = ["music.play", "set_alarm", "set_timer"]


def only(example: Example | str, kind: NegativeKind) -> Change:
    """The one negative of this kind."""
    assert isinstance(example, Example), example
    made = make(example, NegativesConfig(kinds=(kind,)))
    assert made.absent == {}
    return made.changes[kind]


def absent(example: Example | str, kind: NegativeKind) -> str:
    assert isinstance(example, Example), example
    made = make(example, NegativesConfig(kinds=(kind,)))
    assert made.changes == {}
    return made.absent[kind]


def calls(answer: str) -> list[tuple[str, Any]]:
    return [(call.name, call.arguments) for call in read_calls(answer, NAMES).calls]


def problems(answer: str) -> list[tuple[str, str]]:
    validator = Validator(TOOLS)
    found = [one for call in read_calls(answer, NAMES).calls for one in validator.problems(call)]
    return [(one.kind, one.argument) for one in found]


def test_a_wrong_tool_is_the_nearest_one_and_only_the_name_changes(read: Read) -> None:
    change = only(read([TIMER]), "wrong_tool")
    assert (change.tool, change.other) == ("set_timer", "set_alarm")
    assert calls(change.answer) == [("set_alarm", TIMER[1])]


def test_a_missing_argument_is_a_required_one(read: Read) -> None:
    change = only(read([TIMER]), "missing_argument")
    assert change.argument == "minutes"
    assert calls(change.answer) == [("set_timer", {"label": "tea"})]
    assert problems(change.answer) == [("missing_argument", "minutes")]


def test_an_extra_argument_is_another_offered_tools(read: Read) -> None:
    change = only(read([TIMER]), "extra_argument")
    assert change.argument in {"time", "loud", "song"}
    ((_, arguments),) = calls(change.answer)
    assert list(arguments) == ["minutes", "label", change.argument]
    assert problems(change.answer) == [("unexpected_argument", change.argument)]


def test_a_wrong_type_is_an_arguments(read: Read) -> None:
    kinds = {only(read([TIMER], seed=n), "wrong_type").answer for n in range(20)}
    assert {json.dumps(calls(answer)[0][1]) for answer in kinds} == {
        '{"minutes": "5", "label": "tea"}',
        '{"minutes": 5, "label": ["tea"]}',
    }
    change = only(read([TIMER]), "wrong_type")
    assert problems(change.answer) == [("wrong_type", change.argument)]


def test_an_invented_tool_is_known_to_nobody(read: Read) -> None:
    for seed in range(6):
        example = read([TIMER], seed=seed)
        change = only(example, "invented_tool")
        assert isinstance(example, Example)
        assert change.other not in {*NAMES, "set_play"}
        assert problems(change.answer) == [("unknown_tool", "")]
        assert calls(change.answer) == [(change.other, TIMER[1])]


def test_a_truncated_answer_ends_inside_the_arguments(read: Read) -> None:
    example = read([TIMER], words="I set it.")
    assert isinstance(example, Example)
    cuts = set()
    for seed in range(20):
        change = only(read([TIMER], words="I set it.", seed=seed), "truncated")
        written = change.answer.removesuffix(END)
        assert example.answer.startswith(written)
        assert read_calls(written, NAMES).broken == "truncated"
        assert '"arguments": {' in written
        cuts.add(written)
    assert len(cuts) > 5


def test_a_needless_call_is_valid_but_for_being_one(read: Read) -> None:
    words: dict[str, Any] = {"kind": "no_tool", "expected": "[]"}
    change = only(read([], "I cannot do that.", **words), "needless_call")
    assert (change.tool, change.other) == ("", "set_timer")
    assert calls(change.answer) == [("set_timer", {"minutes": 1})]
    assert problems(change.answer) == []


def test_in_several_calls_one_is_changed(read: Read) -> None:
    several = [TIMER, ("set_timer", {"minutes": 9}), ("music.play", {"song": "Help"})]
    for kind in KINDS[:5]:
        found = calls(only(read(several), kind).answer)
        assert sum(one not in found for one in several) == 1, kind


def test_words_before_the_calls_stay(read: Read) -> None:
    for kind in KINDS[:6]:
        answer = only(read([TIMER], words="I do it."), kind).answer
        assert answer.startswith("I do it.\n<tool_call>\n"), kind


@pytest.mark.parametrize(
    ("kind", "made", "reason"),
    [
        ("wrong_tool", {"calls": [TIMER], "tools": [SET_TIMER]}, "no_other_tool"),
        ("wrong_tool", {"calls": [], "words": "Hello."}, "no_call"),
        ("needless_call", {"calls": [TIMER]}, "not_no_tool"),
        ("needless_call", {"calls": [], "words": "Hello.", "kind": "integration"}, "not_no_tool"),
        ("needless_call", {"calls": [], "words": "H.", "kind": "no_tool", "tools": []},
         "no_tool_offered"),
        ("needless_call", {"calls": [], "words": "H.", "kind": "no_tool",
                           "tools": [tool("a", ["x"], x={"type": "string", "pattern": "^\\d$"})]},
         "no_valid_arguments"),
        ("missing_argument", {"calls": [("a", {})], "tools": [tool("a", [])]},
         "no_required_argument"),
        ("wrong_type", {"calls": [("a", {})], "tools": [tool("a", [])]}, "no_argument"),
        ("wrong_type", {"calls": [("a", {"x": 1})], "tools": [tool("a", [], x={})]}, "any_type"),
        ("truncated", {"calls": [("a", {"x": 1})], "tools": [tool("a", [], x={})]}, ""),
        ("extra_argument", {"calls": [("a", {"x": 1})], "tools": [{
            "type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}]},
         "open_schema"),
    ],
)  # fmt: skip
def test_why_a_kind_is_absent(
    read: Read, kind: NegativeKind, made: dict[str, Any], reason: str
) -> None:
    made = {**made, "tools": json.dumps(made.get("tools", TOOLS))}
    if "kind" in made:
        made["expected"] = "[]"
    example = read(made.pop("calls"), **made)
    if reason:
        assert absent(example, kind) == reason
    else:
        assert only(example, kind).tool == "a"


def test_a_negative_that_is_right_after_all_is_none(read: Read) -> None:
    """The prompt takes the argument as a text too: that is no wrong answer to it."""
    loose = tool("a", ["x"], x={"type": "integer"})
    expected = [{"name": "a", "arguments": {"x": [3, "3"]}}]
    fields = {"tools": json.dumps([loose, PLAY]), "expected": json.dumps(expected)}
    assert isinstance(read([("a", {"x": 3})], **fields), Example)
    assert only(read([("a", {"x": 3})], **fields), "wrong_type").argument == "x"
    two = [{"name": "a", "arguments": {"x": [3]}}, {"name": "music.play", "arguments": {}}]
    fields["expected"] = json.dumps(two)
    assert read([("a", {"x": 3})], **fields) == "positive_not_right"


def test_an_answer_that_is_written_otherwise_gives_none(read: Read) -> None:
    right = read([TIMER])
    assert isinstance(right, Example)
    from ops.negatives.example import read_example

    from .conftest import prompt_of

    compact = right.answer.replace(": ", ":")
    assert read_example(prompt_of(), compact, [], set(), 0) == "not_canonical"
    broken = right.answer.replace("}}", "}")
    assert read_example(prompt_of(), broken, [], set(), 0) == "positive_not_right"


def test_the_kinds_take_turns_and_no_more_are_made_than_asked_for(read: Read) -> None:
    first = set()
    for seed in range(30):
        example = read([TIMER], seed=seed)
        assert isinstance(example, Example)
        made = make(example, NegativesConfig(most=1))
        assert len(made.changes) == 1
        assert made.changes.keys() | made.absent.keys() == set(KINDS)
        assert set(made.absent.values()) <= {"over_most", "not_no_tool"}
        first |= made.changes.keys()
        assert make(example, NegativesConfig(most=1)) == made
    assert first == set(KINDS[:6])


def test_every_kind_has_a_maker() -> None:
    assert tuple(MAKERS) == KINDS
