"""The exact text of a conversation, in the four forms of the tool list."""

import json
from typing import Any

import pytest

from ops.student import tokenizer as tokenizers
from ops.student.encode import encode
from ops.student.render import render_answer, render_prompt
from ops.toolcalls.call import ToolCall

BOOK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "book",
        "description": "Book a table, café or <terrace>.",
        "parameters": {
            "type": "object",
            "properties": {
                "guests": {"type": "integer"},
                "where": {
                    "type": "object",
                    "properties": {
                        "city": {"type": "string"},
                        "area": {"type": "string", "enum": ["inside", "terrace"]},
                    },
                    "required": ["city"],
                },
                "times": {"type": "array", "items": {"type": "string"}},
                "notes": {"type": ["string", "null"]},
                "anything": {},
                "list": {"type": "array"},
            },
            "required": ["guests", "where"],
        },
    },
}
PING = {"type": "function", "function": {"name": "ping", "description": "Ping."}}
TOOLS = [BOOK, PING]
ASKED = [{"role": "user", "content": "A table for two?"}]
COMPACT = (
    "book(guests: integer, where: {city: string, area?: inside|terrace}, times?: [string], "
    "notes?: string|null, anything?: any, list?: [any])\nping()"
)
FULL = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in TOOLS)


@pytest.fixture(scope="module")
def plain() -> Any:
    return tokenizers.train(["a table for two"], 300)


def shown(plain: Any, form: Any) -> Any:
    return tokenizers.wrap(plain, 512, form)


@pytest.mark.parametrize(
    ("form", "system"),
    [
        pytest.param("none", "", id="none"),
        pytest.param("names", "<|im_start|>system\ntools: book, ping<|im_end|>\n", id="names"),
        pytest.param("compact", f"<|im_start|>system\ntools:\n{COMPACT}<|im_end|>\n", id="compact"),
        pytest.param("full", f"<|im_start|>system\ntools:\n{FULL}<|im_end|>\n", id="full"),
    ],
)
def test_the_tool_list_has_four_forms(plain: Any, form: str, system: str) -> None:
    expected = system + "<|im_start|>user\nA table for two?<|im_end|>\n<|im_start|>assistant\n"
    assert render_prompt(shown(plain, form), ASKED, TOOLS) == expected


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        pytest.param(TOOLS, "Be brief.\ntools: book, ping", id="with_tools"),
        pytest.param([], "Be brief.", id="without"),
    ],
)
def test_tools_stand_under_the_system_message(plain: Any, tools: Any, expected: str) -> None:
    messages = [{"role": "system", "content": "Be brief."}, *ASKED]
    text = render_prompt(shown(plain, "names"), messages, tools)
    assert text.startswith(f"<|im_start|>system\n{expected}<|im_end|>\n<|im_start|>user\n")
    assert text.count("system") == 1


CALLS = [
    {"name": "book", "arguments": {"guests": 2, "where": {"city": 'Malmö "C"'}, "notes": None}},
    {"name": "ping", "arguments": {}},
]


@pytest.mark.parametrize("arguments", ["objects", "texts"])
@pytest.mark.parametrize(
    ("content", "calls"),
    [
        pytest.param("It is booked.", [], id="words"),
        pytest.param("", CALLS[:1], id="call"),
        pytest.param("", CALLS, id="parallel"),
        pytest.param("One moment.", CALLS, id="words_and_calls"),
    ],
)
def test_prompt_and_answer_are_the_whole_conversation(
    plain: Any, content: str, calls: list[dict[str, Any]], arguments: str
) -> None:
    """What is trained is what the template itself would say, and what it says of past turns."""
    tokenizer = shown(plain, "names")
    answer = render_answer(
        content, [ToolCall(call["name"], call["arguments"], "", "openai") for call in calls]
    )
    listed = [
        {"function": {**call, "arguments": json.dumps(call["arguments"], ensure_ascii=False)}}
        if arguments == "texts"
        else {"function": call}
        for call in calls
    ]
    said = {"role": "assistant", "content": content or None, "tool_calls": listed}
    whole = tokenizer.apply_chat_template([*ASKED, said], tools=TOOLS, tokenize=False)
    assert render_prompt(tokenizer, ASKED, TOOLS) + answer + "\n" == whole


def test_a_tool_result_is_a_turn_of_its_own(plain: Any) -> None:
    called = {"role": "assistant", "content": None, "tool_calls": [{"function": CALLS[1]}]}
    told = {"role": "tool", "tool_call_id": "call_1", "content": '{"ms": 12}'}
    text = render_prompt(shown(plain, "none"), [*ASKED, called, told], TOOLS)
    assert text.endswith(
        '<|im_start|>assistant\n<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>'
        '<|im_end|>\n<|im_start|>tool\n{"ms": 12}<|im_end|>\n<|im_start|>assistant\n'
    )


def test_training_ids_begin_with_the_ids_of_inference(
    tokenizer: Any, prompt_rows: list[dict[str, Any]]
) -> None:
    for row in prompt_rows[:30]:
        messages, tools = json.loads(row["messages"]), json.loads(row["tools"])
        alone = tokenizer.apply_chat_template(
            messages, tools=tools, add_generation_prompt=True, return_dict=False
        )
        text = render_prompt(tokenizer, messages, tools)
        encoded = encode(tokenizer, text + "Fine.", [len(text), len(text) + 5])
        assert encoded.ids[: encoded.cuts[0]] == alone
