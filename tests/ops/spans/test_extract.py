"""Which characters of a training text are worth supervising on."""

import json
from typing import Any

import pytest

from ops.spans.example import Answer, Example, example
from ops.spans.extract import extract
from ops.toolcalls.call import ToolCall

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("ping", "météo")]
END = "<|im_end|>"


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments, "", "openai")


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def tool(content: str) -> dict[str, Any]:
    return {"role": "tool", "content": content}


def conversation(tokenizer: Any, *turns: dict[str, Any] | Answer) -> Example:
    """Every answer among the turns is taught."""
    answers = {at: turn for at, turn in enumerate(turns) if isinstance(turn, Answer)}
    messages = [
        {"role": "assistant", "content": turn.words} if isinstance(turn, Answer) else turn
        for turn in turns
    ]
    return example(tokenizer, messages, TOOLS, answers)


def texts(made: Example, kind: str) -> list[str]:
    return [made.text[span.start : span.end] for span in extract(made) if span.kind == kind]


def test_one_call(tokenizer: Any) -> None:
    made = conversation(tokenizer, user("What now?"), Answer("", (call("ping", host="a"),)))
    (cut, whole) = made.cuts
    assert texts(made, "prompt") == [made.text[:cut]]
    assert texts(made, "action") == [made.text[cut:whole].removesuffix(END)]
    assert texts(made, "tool_name") == ["ping"]
    assert texts(made, "json_arguments") == ['{"host": "a"}']
    assert texts(made, "json_value") == ["a"]
    assert [span.path for span in extract(made) if span.path] == ["/host"]


def test_words_before_parallel_calls_in_several_scripts(tokenizer: Any) -> None:
    calls = (call("météo", city="東京 🌦️"), call("ping", note='a "name": "ping" b'))
    made = conversation(tokenizer, user("?"), Answer("Je vérifie 👩‍🚀.", calls))
    assert texts(made, "prose") == ["Je vérifie 👩‍🚀."]
    assert texts(made, "tool_name") == ["météo", "ping"]
    arguments = texts(made, "json_arguments")
    assert [json.loads(text) for text in arguments] == [one.arguments for one in calls]
    assert texts(made, "json_value") == ["東京 🌦️", r"a \"name\": \"ping\" b"]
    found = extract(made)
    assert [span.start for span in found] == sorted(span.start for span in found)


def test_parallel_calls_of_one_name_have_their_own_values(tokenizer: Any) -> None:
    calls = (call("ping", host="a", n=1), call("ping", host="a", n=2))
    made = conversation(tokenizer, user("?"), Answer("", calls))
    assert texts(made, "json_value") == ["a", "1", "a", "2"]
    inside = [span for span in extract(made) if span.kind == "json_arguments"]
    found = [span for span in extract(made) if span.kind == "json_value"]
    for arguments, pair in zip(inside, (found[:2], found[2:]), strict=True):
        assert all(arguments.start < one.start < one.end < arguments.end for one in pair)
        assert [one.path for one in pair] == ["/host", "/n"]


def test_a_name_is_found_in_its_call_and_not_in_the_words(tokenizer: Any) -> None:
    made = conversation(tokenizer, user("?"), Answer("ping, ping!", (call("ping", ping="ping"),)))
    (span,) = [one for one in extract(made) if one.kind == "tool_name"]
    assert made.text[: span.start].endswith('{"name": "')


def test_words_that_look_like_a_call_are_words_where_no_call_was_made(tokenizer: Any) -> None:
    words = 'Write {"name": "ping", "arguments": {"host": "a"}} to ping.'
    made = conversation(tokenizer, user("How?"), Answer(words))
    assert (texts(made, "tool_name"), texts(made, "prose")) == ([], [words])


def test_words_beside_a_call_may_carry_a_result_and_its_arguments_do_not(tokenizer: Any) -> None:
    said = Answer("12 it is.", (call("ping", host="12"),))
    made = conversation(tokenizer, user("?"), tool('{"n": 12}'), said)
    (span,) = [one for one in extract(made) if one.kind == "integration"]
    assert made.text[span.start :].startswith("12 it is.")


def test_a_phrase_is_no_integration(tokenizer: Any) -> None:
    words = "According to the tool, based on the result, the tool returned what I found."
    made = conversation(tokenizer, user("?"), tool('{"degrees": 12}'), Answer(words))
    assert {span.kind for span in extract(made)} == {"prompt", "observation", "prose"}


def test_observations_are_the_turns_of_the_tools(tokenizer: Any) -> None:
    """Not the words of the user that read the same."""
    turns = [user("12"), tool("12"), user("Is 12 right?"), tool("12"), tool("naïve 東京")]
    made = conversation(tokenizer, *turns, Answer("Yes."))
    found = [span for span in extract(made) if span.kind == "observation"]
    assert texts(made, "observation") == ["12", "12", "naïve 東京"]
    assert all(made.text[: span.start].endswith("<|im_start|>tool\n") for span in found)


TRIP = [
    user("Weather in Oslo?"),
    Answer("", (call("météo", city="Oslo"),)),
    tool('{"degrees": 12}'),
    Answer("It is 12 degrees in Oslo."),
    user("And ping 7?"),
    Answer("Not 12 but 7:", (call("ping", host="7"),)),
    tool("pong 7"),
    Answer("pong 7, it said, at 12."),
]


def test_each_turn_carries_the_results_before_it(tokenizer: Any) -> None:
    made = conversation(tokenizer, *TRIP)
    answers = [made.text[a:b] for a, b in zip(made.cuts[::2], made.cuts[1::2], strict=True)]
    assert [text.removesuffix(END) for text in answers[1::2]] == [
        "It is 12 degrees in Oslo.",
        "pong 7, it said, at 12.",
    ]
    carried: list[list[str]] = [[] for _ in answers]
    for span in extract(made):
        if span.kind == "integration":
            number = sum(cut <= span.start for cut in made.cuts) // 2
            carried[number].append(made.text[span.start : span.end])
    # "Oslo" is in the user's words and in no result; 7 is in none before the second call.
    assert carried == [[], ["12"], ["12"], ["pong 7", "12"]]


def test_context_and_answers_share_the_text_out(tokenizer: Any) -> None:
    made = conversation(tokenizer, *TRIP)
    learnt = set[int]()
    for span in extract(made):
        if span.kind not in ("prompt", "observation"):
            learnt |= set(range(span.start, span.end))
    for number, (a, b) in enumerate(zip([0, *made.cuts], made.cuts, strict=False)):
        piece = set(range(a, b))
        assert (learnt & piece == set()) == (number % 2 == 0)
    contexts = list(texts(made, "prompt"))
    assert contexts[0].endswith("<|im_start|>assistant\n")
    assert len(contexts) == 4


def test_a_thought_is_reasoning_and_a_call_in_it_is_none(tokenizer: Any) -> None:
    inside = '<tool_call>\n{"name": "ping", "arguments": {"host": "12"}}\n</tool_call>'
    said = Answer("It is 12.", (call("météo", city="x"),), f"Perhaps {inside}")
    made = conversation(tokenizer, user("?"), tool("12"), said)
    assert texts(made, "reasoning") == [f"<think>\nPerhaps {inside}\n</think>"]
    assert texts(made, "tool_name") == ["météo"]
    assert texts(made, "integration") == ["12"]
    assert texts(made, "prose") == ["It is 12."]


def test_a_thought_alone_is_an_answer_without_words(tokenizer: Any) -> None:
    made = conversation(tokenizer, user("?"), Answer("", (), "Hm."))
    assert {span.kind for span in extract(made)} == {"prompt", "reasoning"}


DROPS = (
    "{%- for m in messages -%}"
    "{%- if m.role == 'assistant' and not loop.last -%}"
    "[a]{{ (m.content or '').split('</think>')[-1].strip() }}<|im_end|>"
    "{%- elif m.role == 'assistant' -%}[a]{{ m.content or '' }}<|im_end|>"
    "{%- else -%}[{{ m.role }}]{{ m.content | trim }}{%- endif -%}"
    "{%- endfor -%}{%- if add_generation_prompt -%}[a]{%- endif -%}"
)


class Templated:
    """The tokenizer with a template that forgets thoughts of earlier turns, and strips contents."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def apply_chat_template(self, messages: Any, **how: Any) -> str:
        text: str = self._tokenizer.apply_chat_template(messages, chat_template=DROPS, **how)
        return text


def test_an_answer_that_the_template_rewrites_is_context(tokenizer: Any) -> None:
    turns = [
        *(user("one"), Answer("1", (), "uno")),
        *(user("two"), Answer("2"), tool(" 2 "), Answer("3", (), "x")),
    ]
    made = conversation(Templated(tokenizer), *turns)
    answers = [made.text[a:b] for a, b in zip(made.cuts[::2], made.cuts[1::2], strict=True)]
    assert answers == [f"2{END}", f"<think>\nx\n</think>\n3{END}"]
    assert made.text.startswith(f"[user]one[a]1{END}[user]two[a]")
    assert texts(made, "observation") == ["2"]


@pytest.mark.parametrize("result", ["\ue0f00\ue0f1", "", "<|im_end|>", "{{ x }}", "12\n12"])
def test_a_result_of_any_characters(tokenizer: Any, result: str) -> None:
    made = conversation(tokenizer, user("12"), tool(result), tool("34"), Answer("34"))
    strange = "\ue0f0" in result
    assert texts(made, "observation") == ([] if strange else [r for r in (result, "34") if r])
    assert texts(made, "integration") == ["34"]
