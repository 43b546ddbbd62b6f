"""What the grammar lets a real tokenizer's tokens write, token by token."""

import json
from typing import Any

import llguidance
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from ops.errors import ContractError
from ops.grammar.lark import lark_grammar
from ops.student.render import END, render_answer
from ops.toolcalls.call import ToolCall
from ops.toolcalls.render import ordered, render_calls
from ops.toolcalls.tool import arguments_schema

PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
        "at": {"type": "array", "items": {"type": "number"}},
    },
    "required": ["city"],
}


def tool(name: str, parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [tool("get_weather", PARAMETERS), tool("ping", {"type": "object", "properties": {}})]


def tokenizer(special: list[str]) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<eos>", *special],
        show_progress=False,
    )
    corpus = ['{"name": "get_weather", "arguments": {"city": "Paris", "unit": "C"}}', "It is warm."]
    made.train_from_iterator(corpus * 5, trainer)
    return made


class Writer:
    """Writes texts under a grammar with one tokenizer."""

    def __init__(self, special: bool) -> None:
        self.special = special
        self.tokens = tokenizer(["<tool_call>", "</tool_call>"] if special else [])
        self.end = self.tokens.token_to_id("<eos>")
        self.guide = llguidance.LLTokenizer(self.tokens.to_str(), eos_token=self.end)

    def matcher(self, tools: list[Any]) -> llguidance.LLMatcher:
        lark = lark_grammar(tools, special=self.special).lark
        grammar = llguidance.LLMatcher.grammar_from_lark(lark)
        assert llguidance.LLMatcher.validate_grammar(grammar, self.guide) == ""
        return llguidance.LLMatcher(self.guide, grammar, log_level=0)

    def write(self, text: str, tools: list[Any]) -> tuple[bool, bool]:
        """Whether every token of the text is allowed, and whether the answer may end there.

        Asserts on the way that the end is allowed where the text is whole, and nowhere before
        unless the words may end anywhere.
        """
        matcher, ids = self.matcher(tools), self.tokens.encode(text).ids
        for token in ids:
            mask = matcher.compute_bitmask()
            if not mask[token // 8] >> token % 8 & 1:
                return False, False
            assert matcher.consume_token(token)
        mask = matcher.compute_bitmask()
        return True, bool(mask[self.end // 8] >> self.end % 8 & 1)


@pytest.fixture(scope="module", params=[True, False], ids=["special_tags", "tags_as_text"])
def writer(request: pytest.FixtureRequest) -> Writer:
    return Writer(request.param)


def block(body: str) -> str:
    return f"<tool_call>\n{body}\n</tool_call>"


def rendered(arguments: dict[str, Any]) -> str:
    return render_calls([ToolCall("get_weather", arguments, "", "openai")])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("It is warm.", id="words"),
        pytest.param("a < b, {x} and <tool", id="words_with_brackets"),
        pytest.param(rendered({"city": "Paris"}), id="required_alone"),
        pytest.param(rendered({"city": "Paris", "unit": "F", "days": 14}), id="all"),
        pytest.param(rendered({"city": '日本 é\n\t"\\/ \x07 \u2028'}), id="unicode_and_escapes"),
        pytest.param(rendered({"city": "a <tool_call> b </tool_call>"}), id="tags_in_a_string"),
        pytest.param(rendered({"city": "x", "at": [1e-07, -0.0, 1.5e300, 3]}), id="numbers"),
        pytest.param(block('{"name": "ping", "arguments": {}}'), id="no_arguments"),
        pytest.param(rendered({"city": "x"}) + "\n" + rendered({"city": "y"}), id="parallel"),
        pytest.param("Well.\n" + rendered({"city": "x"}), id="words_before"),
        pytest.param("a\n\nb <tool\n" + rendered({"city": "x"}), id="lines_before"),
        pytest.param("W\n" + "\n".join([rendered({"city": "x"})] * 3), id="words_and_parallel"),
    ],
)
def test_allows(writer: Writer, text: str) -> None:
    assert writer.write(text, TOOLS) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(block('{"name": "fly", "arguments": {}}'), id="wrong_name"),
        pytest.param(block('{"name": "get_weather", "arguments": {}}'), id="missing_required"),
        pytest.param(rendered({"city": "x", "unit": "K"}), id="wrong_enum"),
        pytest.param(rendered({"city": 1}), id="wrong_type"),
        pytest.param(rendered({"city": "x", "days": 15}), id="over_the_maximum"),
        pytest.param(rendered({"city": "x", "town": "y"}), id="unexpected_argument"),
        pytest.param(rendered({"unit": "C", "city": "x"}), id="other_order"),
        pytest.param(block('{"name":"ping","arguments":{}}'), id="compact"),
        pytest.param(block('{"name": "ping",  "arguments": {}}'), id="two_spaces"),
        pytest.param("Well. " + rendered({"city": "x"}), id="no_newline_after_words"),
        pytest.param("Well.\n\n" + rendered({"city": "x"}), id="empty_line_after_words"),
        pytest.param("\n" + rendered({"city": "x"}), id="newline_before"),
        pytest.param(" It is warm.", id="space_before_words"),
        pytest.param("It is </tool_call> warm.", id="closing_tag_in_words"),
        pytest.param("It is <tool_call> warm.", id="opening_tag_in_words"),
        pytest.param("Well.\n" + block('{"name": "fly", "arguments": {}}'), id="words_wrong_name"),
        pytest.param(rendered({"city": "x"}) + " Done.", id="words_after"),
        pytest.param(rendered({"city": "x"}) + "\nDone.", id="words_after_newline"),
        pytest.param(rendered({"city": "x"}) + rendered({"city": "y"}), id="no_newline_between"),
    ],
)
def test_refuses(writer: Writer, text: str) -> None:
    assert writer.write(text, TOOLS)[0] is False


def test_the_end_is_allowed_only_where_the_answer_is_whole(writer: Writer) -> None:
    text = rendered({"city": "Paris", "days": 3}) + "\n" + rendered({"city": "Rome"})
    matcher = writer.matcher(TOOLS)
    written, ends = [], []
    for token in writer.tokens.encode(text).ids:
        mask = matcher.compute_bitmask()
        if mask[writer.end // 8] >> writer.end % 8 & 1:
            ends.append(writer.tokens.decode(written, skip_special_tokens=False))
        assert matcher.consume_token(token)
        written.append(token)
    whole = rendered({"city": "Paris", "days": 3})
    # As plain text, the opening tag's first letters could still be words.
    assert [end for end in ends if "tool_call>" in end] == [whole]
    assert matcher.is_accepting()


@pytest.mark.parametrize("text", ["Well. ", "Well.\n", "Well.\n<tool_call>\n"])
def test_words_do_not_end_in_white_space_nor_in_a_call(writer: Writer, text: str) -> None:
    assert writer.write(text, TOOLS) == (True, False)


def test_what_render_answer_writes_is_allowed(writer: Writer) -> None:
    calls = [ToolCall("get_weather", {"city": "Rome", "at": [1, 2.5]}, "", "openai")] * 2
    for content in ("", "  I look it up:\n\n- Rome\n ", '{"a": 1} </tool'):
        for made in ([], calls[:1], calls):
            answer = render_answer(content, made).removesuffix(END)
            assert writer.write(answer, TOOLS) == (True, bool(answer))


def test_an_answer_may_not_be_empty(writer: Writer) -> None:
    assert writer.write("", TOOLS) == (True, False)


def test_without_tools_there_are_only_words(writer: Writer) -> None:
    assert writer.write("It is warm.", []) == (True, True)
    assert writer.write(rendered({"city": "x"}), [])[0] is False


def test_ordered_arguments_can_be_written(writer: Writer) -> None:
    arguments = {"days": 2, "unit": "C", "city": "x"}
    assert writer.write(rendered(arguments), TOOLS)[0] is False
    right = ordered(arguments, arguments_schema(TOOLS[0]))
    assert writer.write(rendered(right), TOOLS) == (True, True)


def test_a_remote_reference_is_refused() -> None:
    far = tool("far", {"properties": {"a": {"$ref": "https://example.com/schema.json"}}})
    with pytest.raises(ContractError, match=r"'far'.*is remote"):
        lark_grammar([*TOOLS, far])


def test_of_two_tools_of_one_name_the_last_counts(writer: Writer) -> None:
    first = tool("math.add", {"properties": {"a": {"type": "integer"}}})
    last = tool("math_add", {"properties": {"b": {"type": "integer"}}})
    both = [first, last]
    assert writer.write(block('{"name": "math_add", "arguments": {"b": 1}}'), both) == (True, True)
    assert writer.write(block('{"name": "math_add", "arguments": {"a": 1}}'), both)[0] is False
    assert writer.write(block('{"name": "math.add", "arguments": {"a": 1}}'), both)[0] is False


def test_a_schema_that_cannot_be_held_is_relaxed_and_named(writer: Writer) -> None:
    odd = tool("odd", {"type": "object", "not": {"required": ["x"]}})
    assert lark_grammar([*TOOLS, odd]).relaxed == ("odd",)
    text = block(json.dumps({"name": "odd", "arguments": {"any": [1]}}))
    assert writer.write(text, [*TOOLS, odd]) == (True, True)


def test_a_name_is_quoted_as_json_and_as_lark() -> None:
    odd = tool('a"\\b', {})
    grammar = llguidance.LLMatcher.grammar_from_lark(lark_grammar([odd], special=False).lark)
    assert llguidance.LLMatcher.validate_grammar(grammar) == ""
