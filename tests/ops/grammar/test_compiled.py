"""One grammar a tool set; it accepts what render_answer writes, and agrees with the validator."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import ContractError
from ops.grammar import compiled
from ops.grammar.compiled import END, Grammars, grammars
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall
from ops.toolcalls.read import read_calls
from ops.toolcalls.render import ordered
from ops.toolcalls.tool import arguments_schema
from ops.toolcalls.validate import Validator

from .conftest import reader

TAGS = ["<tool_call>", "</tool_call>"]


def tool(name: str, parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


WEATHER = tool(
    "get_weather",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 1, "maximum": 9},
            "wind": {"type": "number"},
        },
        "required": ["city"],
    },
)
PING = tool("net.ping", {"type": "object", "properties": {}})
TOOLS = [WEATHER, PING]


def test_a_tool_set_is_compiled_once_and_each_answer_has_its_own_matcher(held: Grammars) -> None:
    one = held.of(TOOLS)
    assert held.of(json.loads(json.dumps(TOOLS))) is one
    first, second = one.matcher(), one.matcher()
    first.consume_token(int(first.compute_bitmask()[0] == 0) or 40)
    assert second.compute_bitmask() == one.matcher().compute_bitmask()


def test_the_order_of_tools_and_of_properties_is_part_of_the_key(held: Grammars) -> None:
    turned = json.loads(json.dumps(WEATHER))
    properties = turned["function"]["parameters"]["properties"]
    turned["function"]["parameters"]["properties"] = dict(reversed(properties.items()))
    text = render_answer("", [ToolCall("get_weather", {"days": 2, "city": "x"}, "", "openai")])
    assert held.of([turned]).accepts(text.removesuffix(END)) is True
    assert held.of([WEATHER]).accepts(text.removesuffix(END)) is False
    assert held.of(TOOLS) is not held.of(TOOLS[::-1])


def test_the_newest_grammars_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "KEPT", 2)
    few = Grammars(reader(TAGS))
    sets = [[tool(name, {})] for name in "abc"]
    first = few.of(sets[0])
    few.of(sets[1])
    assert few.of(sets[0]) is first
    few.of(sets[2])
    assert few.of(sets[0]) is first
    last = few.of(sets[2])
    few.of(sets[1])
    assert few.of(sets[2]) is last
    assert few.of(sets[0]) is not first


def test_a_tokenizer_has_one_set_of_grammars() -> None:
    one = reader(TAGS)
    assert grammars(one) is grammars(one)


def test_a_tokenizer_without_an_end_is_refused() -> None:
    with pytest.raises(ContractError, match=r"has no token <\|im_end\|>"):
        Grammars(reader(TAGS, end="<eos>"))


def block(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


def call(arguments: str, name: str = "get_weather") -> str:
    return block(f'{{"name": "{name}", "arguments": {arguments}}}')


ROME = call('{"city": "Rome"}')
# text, whether the grammar accepts it, whether it reads and is valid
CASES = [
    pytest.param("It is warm.", True, True, id="words"),
    pytest.param(ROME, True, True, id="call"),
    pytest.param("Sure.\n" + ROME, True, True, id="words_then_call"),
    pytest.param(ROME + "\n" + ROME, True, True, id="two_calls"),
    pytest.param(call("{}", "net.ping"), True, True, id="no_arguments"),
    pytest.param(call('{"city": "\\u003ctool_call>"}'), True, True, id="escaped_tag"),
    pytest.param(call('{"city": "Rome", "wind": 1e-07}'), True, True, id="exponent"),
    pytest.param(call("{}"), False, False, id="missing"),
    pytest.param(call('{"city": 3}'), False, False, id="wrong_type"),
    pytest.param(call('{"city": "Rome", "sky": 1}'), False, False, id="unexpected"),
    pytest.param(call('{"city": "Rome", "days": 10}'), False, False, id="over_the_maximum"),
    pytest.param(call("{}", "fly"), False, False, id="unknown_tool"),
    pytest.param(ROME[:-20], False, False, id="truncated"),
    pytest.param("<tool_call>\nRome\n</tool_call>", False, False, id="no_json"),
    pytest.param("", False, False, id="empty"),
    # Where they differ. Reading is broader: it takes what is no canonical text.
    pytest.param(block('{"name":"net.ping","arguments":{}}'), False, True, id="other_spaces"),
    pytest.param(call("{}", "net_ping"), False, True, id="dots_as_on_the_wire"),
    pytest.param(call('{"days": 3, "city": "Rome"}'), False, True, id="other_order"),
    pytest.param(call('{"city": "Rome", "days": 3.0}'), False, True, id="integer_as_a_float"),
    pytest.param("Sure. " + ROME + " Done.", False, True, id="words_around"),
    pytest.param(" It is warm.\n", False, True, id="white_space_around"),
    pytest.param(f"```json\n{ROME[12:-13]}\n```\n.", True, True, id="fenced_call_is_words"),
    # The grammar is broader: what words say is not looked at, nor what a number or a NUL holds.
    pytest.param('{"name": "fly", "arguments": {}}', True, False, id="bare_call_is_words"),
    pytest.param(call('{"city": "Rome", "wind": 1e999}'), True, False, id="infinite"),
    pytest.param(call('{"city": "\\u0000"}'), True, False, id="nul"),
    pytest.param(call('{"city": "\\ud800"}'), False, False, id="lone_surrogate"),
]


@pytest.mark.parametrize(("text", "accepted", "valid"), CASES)
def test_the_grammar_and_the_validator(
    held: Grammars, text: str, accepted: bool, valid: bool
) -> None:
    reading = read_calls(text, [one["function"]["name"] for one in TOOLS])
    validator = Validator(TOOLS)
    calls = reading.calls + reading.invented
    faults = [problem for one in calls for problem in validator.problems(one)]
    assert held.of(TOOLS).accepts(text) is accepted
    assert (not (reading.broken or faults) and bool(calls or reading.prose)) is valid


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_NAMES = st.text(string.ascii_letters + "_é", min_size=1, max_size=6)
_SCALARS: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
    ({"type": "string"}, _TEXT),
    ({"type": "string", "format": "date"}, _TEXT),
    ({"type": "string", "maxLength": 4}, st.text("ab\n\"é日\\", max_size=4)),
    ({"type": "integer"}, st.integers(-(2**63), 2**63 - 1)),
    ({"type": "integer", "minimum": -3, "maximum": 40}, st.integers(-3, 40)),
    ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)),
    ({"type": "boolean"}, st.booleans()),
    ({"type": ["integer", "null"]}, st.integers(-9, 9) | st.none()),
    ({"enum": ["a", 'q"', "b\\ é", 4, None, True]},
     st.sampled_from(["a", 'q"', "b\\ é", 4, None, True])),
    ({"const": {"a": [1, "x"]}}, st.just({"a": [1, "x"]})),
    ({}, _TEXT | st.lists(st.booleans(), max_size=2)),
]  # fmt: skip


def _schemas(depth: int) -> st.SearchStrategy[tuple[dict[str, Any], st.SearchStrategy[Any]]]:
    """A schema and what fits it."""
    scalars = st.sampled_from(_SCALARS)
    if depth == 0:
        return scalars
    inner = _schemas(depth - 1)
    lists = inner.map(
        lambda one: (
            {"type": "array", "items": one[0], "maxItems": 3},
            st.lists(one[1], max_size=3),
        )
    )
    maps = inner.map(
        lambda one: (
            {"type": "object", "additionalProperties": one[0]},
            st.dictionaries(_NAMES, one[1], max_size=2),
        )
    )
    either = st.tuples(inner, inner).map(
        lambda two: ({"anyOf": [two[0][0], two[1][0]]}, two[0][1] | two[1][1])
    )
    return scalars | lists | maps | either | _objects(inner)


def _objects(
    inner: st.SearchStrategy[tuple[dict[str, Any], st.SearchStrategy[Any]]],
) -> st.SearchStrategy[tuple[dict[str, Any], st.SearchStrategy[Any]]]:
    def made(
        fields: dict[str, tuple[dict[str, Any], st.SearchStrategy[Any]]], required: set[str]
    ) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
        needed = [name for name in fields if name in required]
        schema = {
            "type": "object",
            "properties": {name: one[0] for name, one in fields.items()},
            "required": needed,
        }
        values = st.fixed_dictionaries(
            {name: fields[name][1] for name in needed},
            optional={name: one[1] for name, one in fields.items() if name not in needed},
        )
        return schema, values

    fields = st.dictionaries(_NAMES, inner, max_size=4)
    return fields.flatmap(
        lambda found: st.builds(made, st.just(found), st.sets(st.sampled_from([*found, "no_such"])))
    )


_TOKENIZERS = {"special": Grammars(reader(TAGS)), "text": Grammars(reader([]))}
_WORDS = st.text(max_size=30).filter(
    lambda text: not any(tag in text for tag in (*TAGS, END, "<|pad|>"))
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), content=_WORDS, kind=st.sampled_from(sorted(_TOKENIZERS)))
def test_every_answer_that_is_rendered_of_valid_calls_is_accepted(
    data: st.DataObject, content: str, kind: str
) -> None:
    drawn = data.draw(st.lists(_objects(_schemas(1)), min_size=1, max_size=3))
    tools = [tool(f"tool_{i}", schema) for i, (schema, _) in enumerate(drawn)]
    calls = []
    for i in data.draw(st.lists(st.integers(0, len(tools) - 1), max_size=3)):
        arguments = ordered(data.draw(drawn[i][1]), arguments_schema(tools[i]))
        made = ToolCall(f"tool_{i}", arguments, json.dumps(arguments), "openai")
        assert Validator(tools).problems(made) == []
        calls.append(made)
    answer = render_answer(content, calls).removesuffix(END)
    grammar = _TOKENIZERS[kind].of(tools)
    assert grammar.relaxed == ()
    assert grammar.accepts(answer) is bool(answer)
    if calls:
        # And nothing that is cut, or goes on.
        opened = answer.rindex(TAGS[0]) + len(TAGS[0])
        cut = data.draw(st.integers(opened, len(answer) - 1))
        assert not grammar.accepts(answer[:cut])
        more = data.draw(st.sampled_from([" ", "\n", "x", "\n<tool_call>"]))
        assert not grammar.accepts(answer + more)
