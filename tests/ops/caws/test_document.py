"""YAML that nobody vouches for: text stays text, and every bound holds."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.caws.document import DEPTH, NODES, Unreadable, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 1\nb: '1'", {"a": "1", "b": "1"}, id="a_number_is_its_text"),
        pytest.param("1: x", {"1": "x"}, id="so_is_a_key"),
        pytest.param("[on, no, 1.10, 2025-12-31, 0x1F, 1:30]",
                     ["on", "no", "1.10", "2025-12-31", "0x1F", "1:30"], id="nothing_is_resolved"),
        pytest.param("a:\nb: ~\nc: null\nd: ''", {"a": None, "b": None, "c": None, "d": ""},
                     id="nothing_is_none"),
        pytest.param("a: !!python/object/apply:os.system [ls]", {"a": ["ls"]},
                     id="tags_do_nothing"),
        pytest.param("a: !!int ''", {"a": ""}, id="nor_does_a_wrong_one"),
        pytest.param("%YAML 1.1\n---\n- é\n...", ["é"], id="directives_and_ends"),
    ],
)  # fmt: skip
def test_a_document_is_text_lists_and_mappings(text: str, value: object) -> None:
    assert read_yaml(text) == value


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(BOMB, "has an alias in line 2, expected none: write the value out",
                     id="alias"),
        pytest.param("a: &a [*a]", "has an alias in line 1, expected none: write the value out",
                     id="loop"),
        pytest.param("", "is empty, expected a mapping", id="empty"),
        pytest.param("a: 1\n---\nb: 2", "holds several YAML documents, expected one", id="two"),
        pytest.param("a: 1\na: 2", "has the key 'a' in line 2 twice", id="key_twice"),
        pytest.param("2: x\n'2': y", "has the key '2' in line 2 twice", id="number_and_text"),
        pytest.param("[a]: 1", "has a key in line 1 that is no text", id="list_as_key"),
        pytest.param("a: `b", "is not YAML: found character '`' that cannot start any token "
                     "in line 1", id="scanner"),
        pytest.param("a: \x00", "is not YAML: ", id="nul"),
        pytest.param('a: "\\UFFFFFFFF"', "is not YAML: ", id="no_such_character"),
        pytest.param("%YAML 1." + "9" * 5000 + "\n---\n", "is not YAML: ", id="huge_version"),
        pytest.param("a: [" * 40, f"is nested more than {DEPTH} levels deep", id="deep"),
        pytest.param("- a\n" * (NODES + 1), f"holds more than {NODES} values", id="long"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(text: str, why: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_yaml(text)
    assert str(caught.value).startswith(why)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("piece", ["[", "- ", "? ", "[[],", "{a: ", "a: |\n", "!a ", '"'])
def test_a_bound_ends_a_long_text_at_once(piece: str) -> None:
    started = time.process_time()
    try:
        read_yaml(piece * (262_144 // len(piece)))
    except Unreadable as error:
        assert str(error).isprintable()
    assert time.process_time() - started < 5


YAMLISH = st.text(
    alphabet=st.sampled_from("ab1:-?[]{},&*!|>'\"%@`#~<= \n\t\\xUu0.\u00e9"), max_size=40
)


@settings(deadline=None, max_examples=400)
@given(st.one_of(YAMLISH, st.text(max_size=40)))
def test_any_text_is_a_value_or_a_reason(text: str) -> None:
    try:
        value = read_yaml(text)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert value is None or isinstance(value, str | list | dict)
