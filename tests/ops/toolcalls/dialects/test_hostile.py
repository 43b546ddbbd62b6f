"""Texts that mean harm, in every dialect: a reason or no call, in bounded time, never an error."""

import json
import threading
import time
from typing import Any

import pytest

from benchmarks.dialects.write import PYTHONIC, UNMARKED, UNTYPED, WRITERS
from ops.toolcalls.call import Reading
from ops.toolcalls.message import read_message
from ops.toolcalls.parse import check_levels
from ops.toolcalls.read import read_calls
from ops.toolcalls.scan import MAX_TEXT

LONGEST_S = 5
TOOL = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object", "properties": {"q": {}}}},
}
OFFERED = {"add": TOOL}
WHOLE = {dialect: write([("add", {"q": "Rome"})]) for dialect, write in WRITERS.items()}
VALUES = {
    "a_million_lists": "[" * 10**6 + "]" * 10**6,
    "a_million_objects": '{"a":' * 10**6 + "1" + "}" * 10**6,
    "deep_lists": "[" * 50_000 + "]" * 50_000,
    "deep_objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "open_braces": "{" * 10**5,
    "open_lists": "[" * 10**5,
    "closing_braces": "}" * 10**5,
    "open_parentheses": "(" * 10**5,
    "quotes": '"' * 10**5,
    "backslashes": "\\" * 10**5,
}
NUMBERS = {
    "digits": "9" * 10**5,
    "exponent": "1e999999",
    "nan": "NaN",
    "infinity": "-Infinity",
}
CHARACTERS = {"nul": "a\0b", "half_a_character": "a\ud800b", "the_other_half": "\udfff"}


def read(text: str) -> Reading:
    """The reading, within the time; what is read can be written."""
    began = time.process_time()
    reading = read_calls(text, OFFERED)
    assert time.process_time() - began < LONGEST_S
    for call in (*reading.calls, *reading.repaired, *reading.invented):
        json.dumps([call.name, call.arguments], ensure_ascii=False, allow_nan=False).encode()
        assert "\0" not in json.dumps(call.arguments, ensure_ascii=False) + call.name
    return reading


def with_value(dialect: str, value: str) -> str:
    """A call with `value` where the string stood, quotes and all."""
    whole = WHOLE[dialect]
    return whole.replace(next(q for q in ('"Rome"', "'Rome'", "Rome") if q in whole), value)


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_without_measure_is_no_call(dialect: str, value: str) -> None:
    reading = read(with_value(dialect, value))
    if dialect in UNTYPED and len(value) < MAX_TEXT - 1000:
        # Between tags every text is a value.
        assert [call.arguments for call in reading.calls] == [{"q": value}]
    else:
        assert reading.calls == ()
        assert reading.broken is not None


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_without_measure_is_no_number(dialect: str, number: str) -> None:
    reading = read(with_value(dialect, number))
    if dialect in UNTYPED:
        assert [call.arguments for call in reading.calls] == [{"q": number}]
    else:
        assert (reading.calls, reading.broken) == ((), "json")


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("text", CHARACTERS.values(), ids=CHARACTERS)
def test_a_character_that_no_file_holds_makes_no_call(dialect: str, text: str) -> None:
    reading = read(WHOLE[dialect].replace("Rome", text))
    assert (reading.calls, reading.broken) == ((), "json")
    assert read(WHOLE[dialect].replace("add", text)).calls == ()


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("text", CHARACTERS.values(), ids=CHARACTERS)
def test_such_a_character_in_the_words_spoils_no_call(dialect: str, text: str) -> None:
    reading = read(f"{text}\n{WHOLE[dialect]}")
    assert [call.arguments for call in reading.calls] == [{"q": "Rome"}]


@pytest.mark.parametrize("dialect", sorted(WRITERS.keys() - UNTYPED.keys() - PYTHONIC.keys()))
def test_a_fraction_of_a_hundred_thousand_digits_is_the_nearest_double(dialect: str) -> None:
    reading = read(with_value(dialect, "1." + "9" * 10**5))
    assert [call.arguments for call in reading.calls] == [{"q": 2.0}]


@pytest.mark.parametrize("dialect", sorted(WRITERS.keys() - UNTYPED.keys()))
def test_of_equal_keys_the_last_counts(dialect: str) -> None:
    whole = WHOLE[dialect]
    pair = next(p for p in ('"q": "Rome"', "q='Rome'") if p in whole)
    reading = read(whole.replace(pair, f"{pair}, {pair.replace('Rome', 'Oslo')}"))
    assert [call.arguments for call in reading.calls] == [{"q": "Oslo"}]


@pytest.mark.parametrize("dialect", WRITERS)
def test_openings_without_an_end_are_no_call(dialect: str) -> None:
    opening = WHOLE[dialect].partition("Rome")[0]
    for size in (MAX_TEXT, len(opening) * 10**5):
        reading = read((opening * (size // len(opening) + 1))[:size])
        # Of what is untyped nobody knows where a value ends; the rest of it is one.
        assert (reading.calls == () and reading.broken) or dialect in UNTYPED
        assert not any(call.complete for call in reading.calls)


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("character", list("{[\"'<`\\ "))
def test_one_character_behind_every_piece_of_a_call(dialect: str, character: str) -> None:
    whole = WHOLE[dialect]
    for end in (whole.index("add"), whole.index("add") + 3, whole.index("Rome") - 1):
        assert read(whole[:end] + character * 20_000).calls == ()


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_hundred_megabytes_are_not_read_at_all(dialect: str) -> None:
    reading = read(WHOLE[dialect] + "a" * 10**8)
    assert (reading.calls, reading.broken, reading.broken_at) == ((), "truncated", MAX_TEXT)


@pytest.mark.parametrize("value", [*VALUES.values(), *NUMBERS.values()], ids=[*VALUES, *NUMBERS])
def test_the_field_of_the_api_is_read_with_the_same_care(value: str) -> None:
    sent: dict[str, Any] = {"name": "add", "arguments": f'{{"q": {value}}}'}
    began = time.process_time()
    for message in ({"tool_calls": [{"function": sent}]}, {"function_call": sent}):
        reading = read_message(message, OFFERED)
        assert reading.calls == ()
        assert reading.broken in {"json", "truncated"}
    assert time.process_time() - began < LONGEST_S


def test_on_a_thread_with_a_small_stack_a_deep_value_is_no_call() -> None:
    """Half of what a thread of musl has: a library that recursed would end the process."""
    held: list[Any] = []

    def read_all() -> None:
        for levels in (65, 900, 3_000):
            for value in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels):
                held.extend(
                    read(with_value(dialect, value)).calls
                    for dialect in sorted(WRITERS.keys() - UNTYPED.keys())
                )
                held.append(read(f'{{"name": "add", "arguments": {{"q": {value}, }}}}').calls)

    before = threading.stack_size(64 * 1024)
    try:
        thread = threading.Thread(target=read_all)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert len(held) == 6 * (len(WRITERS) - len(UNTYPED) + 1)
    assert set(held) == {()}


def test_hundreds_of_calls_of_each_unmarked_dialect_are_read() -> None:
    for dialect in sorted(UNMARKED):
        assert len(read(f"{WHOLE[dialect]}\n" * 300).calls) == 300


def test_levels_are_counted_in_linear_time_where_a_string_does_not_end() -> None:
    text = "[" * 64 + '{"a": "' + '\\"' * 500_000 + "\\"
    began = time.process_time()
    check_levels("[" + text[64:])
    with pytest.raises(ValueError, match="more than 64 levels"):
        check_levels(text)
    assert time.process_time() - began < 5
