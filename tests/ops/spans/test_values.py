"""The values of a call's arguments, apart from their structure."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.spans.values import Value, values

CASES = [
    pytest.param('{"city": "Oslo"}', {"/city": "Oslo"}, id="string"),
    pytest.param('{"n": -1.5e3, "t": true}', {"/n": "-1.5e3", "/t": "true"}, id="plain"),
    pytest.param('{"z": null}', {"/z": "null"}, id="null"),
    pytest.param('{"a": "", "b": [], "c": {}}', {}, id="nothing_has_no_place"),
    pytest.param('{ "a" : [ 1 , { "b" : "c" } ] }', {"/a/0": "1", "/a/1/b": "c"}, id="nested"),
    pytest.param(r'{"q": "a \"b\" \\ \u00e9 }"}', {"/q": r"a \"b\" \\ \u00e9 }"}, id="escapes"),
    pytest.param('{"ville": "東京 🌦️"}', {"/ville": "東京 🌦️"}, id="unicode"),
    pytest.param('{"a/b": 1, "m~n": 2}', {"/a~1b": "1", "/m~0n": "2"}, id="pointer_escapes"),
    pytest.param('{"": 3}', {"/": "3"}, id="empty_name"),
    pytest.param('{"a": 1, "b": 2, "a": 3}', {"/a": "3", "/b": "2"}, id="of_equal_keys_the_last"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_leaf_has_its_pointer_and_its_characters(text: str, expected: dict[str, str]) -> None:
    assert {one.path: text[one.start : one.end] for one in values(text)} == expected


@pytest.mark.parametrize(
    "text", ["", "3", '"{}"', "[1]", "{'a': 1}", '{"a": NaN}', "[" * 10_000, 'city="Oslo"']
)
def test_what_is_no_json_object_has_none(text: str) -> None:
    assert values(text) == []


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS, max_size=8) | st.sampled_from(['"', "\\", "}", "]", ",", "é", "👩‍🚀"])
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
LEAVES |= st.floats(allow_nan=False, allow_infinity=False)
OBJECTS = st.dictionaries(
    TEXTS,
    st.recursive(
        LEAVES, lambda one: st.lists(one, max_size=4) | st.dictionaries(TEXTS, one, max_size=4)
    ),
    max_size=5,
)


def leaves(value: Any) -> list[Any]:
    """Those that have a place, in order."""
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value == "" else [value]


def at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1]))
def test_the_places_in_order_are_the_leaves_in_order(
    arguments: dict[str, Any], escaped: bool, indent: int | None
) -> None:
    text = json.dumps(arguments, ensure_ascii=escaped, indent=indent)

    def read(one: Value) -> Any:
        quoted = text[one.start - 1] == '"' and text[one.end : one.end + 1] == '"'
        return json.loads(text[one.start - quoted : one.end + quoted])

    found = values(text)
    assert [read(one) for one in found] == leaves(json.loads(text))
    assert [at(arguments, one.path) for one in found] == leaves(arguments)
    assert [one.start for one in found] == sorted(one.start for one in found)
