"""What holds for every dialect: it reads what its own writer wrote, and nothing else.

The writers are those of benchmarks/dialects; each family's variants are in its own file.
"""

import gc
import json
import random
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.dialects.write import JSON, UNMARKED, UNTYPED, WRITERS, Pair
from ops.toolcalls.call import Reading
from ops.toolcalls.dialects.registry import BY_MARK
from ops.toolcalls.read import read_calls

PROPERTIES = {
    "text": {"type": "string"},
    "count": {"type": "integer"},
    "share": {"type": "number"},
    "on": {"type": "boolean"},
    "none": {"type": "null"},
    "many": {"type": "array"},
    "deep": {"type": "object"},
}
TOOLS = {
    name: {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {"type": "object", "properties": PROPERTIES},
        },
    }
    for name in ("add", "get_weather", "a-b.c")
}
TWO = [("add", {"text": "é } <b> ] ' \" \\ x", "count": 3}), ("get_weather", {"deep": {"a": [{}]}})]


def made(reading: Reading) -> list[Pair]:
    return [(call.name, call.arguments or {}) for call in reading.calls]


def check_spans(text: str, reading: Reading, dialect: str) -> None:
    assert {call.dialect for call in reading.calls} == {dialect.split("_")[0]}
    check_places(text, reading)


def check_places(text: str, reading: Reading) -> None:
    """Every span holds what it says, and the calls follow one another without an overlap."""
    end = 0
    for call in reading.calls:
        assert call.call and call.name_at and call.arguments_at
        assert text[slice(*call.name_at)] == call.name
        assert text[slice(*call.arguments_at)] == call.arguments_text
        for inside in (call.name_at, call.arguments_at):
            assert call.call.start <= inside.start <= inside.end <= call.call.end
        assert end <= call.call.start
        end = call.call.end


def check_json(text: str, reading: Reading) -> None:
    for call in reading.calls:
        assert call.arguments_at
        assert json.loads(text[slice(*call.arguments_at)]) == call.arguments


def escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
CLOSES = [
    "</tool_call>", "</function>", "<|call|>", "<|end|>", "<|tool_call_end|>",
    "<｜tool▁call▁end｜>", "[ARGS]", ")]", "<|python_end|>", "</think>", "\nAction: add",
    "\nObservation:", "```", '"}]', "\\", "\\u", "\n", "'", "\u2028", "🦊", "e\u0301",
]  # fmt: skip
TEXTS = st.text(CHARACTERS, max_size=12) | st.sampled_from([*BY_MARK, *CLOSES])
# What its tags cannot hold apart from the end of a value is not written by an untyped dialect.
ENDS = ("</parameter>", "</arg_value>", "</function>", "</invoke>", "</tool_call>", "<tool_call>")
RAW = TEXTS.filter(lambda text: not any(end in text for end in ENDS))
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def arguments(texts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "text": texts,
            "count": st.integers(-(2**63), 2**63 - 1),
            "share": st.floats(allow_nan=False, allow_infinity=False),
            "on": st.booleans(),
            "none": st.none(),
            "many": st.lists(VALUES, max_size=3),
            "deep": st.dictionaries(TEXTS, VALUES, max_size=3),
        },
    )


def pairs(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Pair]]:
    return st.lists(
        st.tuples(st.sampled_from(list(TOOLS)), arguments(texts)), min_size=1, max_size=3
    )


@pytest.mark.parametrize("dialect", WRITERS)
@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.data())
def test_reads_back_what_is_written(dialect: str, data: st.DataObject) -> None:
    calls = data.draw(pairs(RAW if dialect in UNTYPED else TEXTS))
    text = WRITERS[dialect](calls)
    reading = read_calls(text, TOOLS)
    assert (made(reading), reading.broken, reading.repaired) == (calls, None, ())
    assert all(call.complete and not call.repaired for call in reading.calls)
    check_spans(text, reading, dialect)
    if dialect in JSON:
        check_json(text, reading)


@pytest.mark.parametrize("dialect", JSON)
@settings(deadline=None, max_examples=20, derandomize=True)
@given(st.data())
def test_escapes_are_read_as_what_they_stand_for(dialect: str, data: st.DataObject) -> None:
    """Many models write every character beyond ASCII as an escape, in pairs of surrogates too."""
    calls = data.draw(pairs(TEXTS))
    marks = [mark for mark in re.findall(r"[^\x00-\x7f]++", JSON[dialect]([("add", {})])) if mark]
    text = re.sub(r"[^\x00-\x7f]++", escaped, JSON[dialect](calls))
    for mark in marks:  # DeepSeek's own
        text = text.replace(json.dumps(mark)[1:-1], mark)
    reading = read_calls(text, TOOLS)
    assert made(reading) == calls
    check_json(text, reading)


@pytest.mark.parametrize("dialect", WRITERS)
def test_values_may_be_as_deep_as_json_is_read(dialect: str) -> None:
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep, {"}": "]"}]
    calls = [("add", {"many": deep}), ("get_weather", {"deep": {"a": deep}})]
    reading = read_calls(WRITERS[dialect](calls), TOOLS)
    assert (made(reading), reading.broken) == (calls, None)


@pytest.mark.parametrize("dialect", WRITERS)
def test_words_before_and_after_are_words(dialect: str) -> None:
    text = f"Well, 2 < 3.\n{WRITERS[dialect](TWO)}\nDone {{so far}} [1]."
    reading = read_calls(text, TOOLS)
    assert made(reading) == TWO
    assert reading.prose.startswith("Well, 2 < 3.")
    assert reading.prose.endswith("Done {so far} [1].")
    check_spans(text, reading, dialect)


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_text_that_is_cut_anywhere_makes_no_call_that_was_not_there(dialect: str) -> None:
    text = "Words.\n" + WRITERS[dialect](TWO)
    ends = [call.call.end for call in read_calls(text, TOOLS).calls if call.call]
    for cut in range(len(text)):
        reading = read_calls(text[:cut], TOOLS)
        assert made(reading) == TWO[: len(reading.calls)]
        assert reading.repaired == ()
        for call, end in zip(reading.calls, ends, strict=False):
            assert end <= cut or not call.complete
        # `<tool_call>ad` may be GLM's name, but is read as Hermes without JSON.
        assert reading.broken in {None, "truncated"} or dialect == "glm"


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_mark_in_a_string_is_no_mark(dialect: str) -> None:
    marks = " | ".join(BY_MARK)
    calls = [("add", {"text": f"x {marks} ``` </think> [add(count=1)] y"}), ("add", {"count": 1})]
    assert made(read_calls(WRITERS[dialect](calls), TOOLS)) == calls


@pytest.mark.parametrize("dialect", sorted(WRITERS.keys() - UNMARKED))
def test_a_mark_makes_a_call_even_of_a_tool_that_was_not_offered(dialect: str) -> None:
    assert [call.name for call in read_calls(WRITERS[dialect](TWO), {"other"}).calls] == [
        "add",
        "get_weather",
    ]


@pytest.mark.parametrize("dialect", sorted(UNMARKED))
def test_without_a_mark_only_an_offered_tool_makes_a_call(dialect: str) -> None:
    assert read_calls(WRITERS[dialect](TWO), {"other"}).calls == ()


@pytest.mark.parametrize("dialect", WRITERS)
def test_time_is_linear_in_the_number_of_calls(dialect: str) -> None:
    one = "\n" + WRITERS[dialect](TWO)
    copies = 2_000 // len(one)
    few = min(spent(one * copies, 2 * copies) for _ in range(3))
    most = 40 * few + 0.1
    # What interrupts a measurement makes it longer only: one that is short enough will do.
    assert any(spent(one * 10 * copies, 20 * copies) < most for _ in range(3))


def spent(text: str, calls: int) -> float:
    """Seconds of processor time to read a text with so many calls."""
    gc.disable()  # or the garbage of other tests is collected meanwhile
    try:
        began = time.process_time()
        reading = read_calls(text, TOOLS)
        took = time.process_time() - began
    finally:
        gc.enable()
    assert len(reading.calls) == calls
    return took


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_damaged_text_is_read_without_harm(dialect: str) -> None:
    chance = random.Random(11)
    whole_text = "Words.\n" + WRITERS[dialect](TWO) + "\nMore."
    for _ in range(150):
        at, size = chance.randrange(len(whole_text)), chance.randrange(1, 9)
        text = whole_text[:at] + chance.choice(["", "'", "}", "<"]) + whole_text[at + size :]
        reading = read_calls(text, TOOLS)
        check_places(text, reading)
        for call in reading.repaired:
            assert call.repaired and call.edit and call.call
            assert call.edit.before in text[slice(*call.call)]
            assert json.loads(call.edit.after) is not None
            assert reading.broken is not None


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(CHARACTERS, max_size=200) | st.text("{}[]()<>|\"'=:,\\ \nadd1", max_size=200))
def test_random_text_is_words(text: str) -> None:
    reading = read_calls(text, {"other"})
    assert (reading.calls, reading.broken, reading.repaired) == ((), None, ())
