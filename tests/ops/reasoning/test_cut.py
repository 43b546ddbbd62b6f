"""Reasoning is cut out of a text however it is marked, in time linear in the text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.reasoning.cut import TAG, Cut, cut, tagged, without
from ops.reasoning.harmony import without_frames
from ops.toolcalls.read import read_calls

CANARY = "canary-7c1f"
HARMONY = (
    f"<|channel|>analysis<|message|>{CANARY}<|end|>"
    f"<|start|>assistant<|channel|>commentary<|message|>First {CANARY}.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>yes<|return|>"
)
MARKED = [
    pytest.param(f"<think>{CANARY}</think>yes", "yes", id="closed"),
    pytest.param(f"yes<think>{CANARY}", "yes", id="unterminated"),
    pytest.param(f"{CANARY}</think>yes", "yes", id="only_closed"),
    pytest.param(f"a{CANARY}</think>{CANARY}</think>yes", "yes", id="only_closed_twice"),
    pytest.param(f"y<think>a<think>{CANARY}</think>{CANARY}</think>es", "yes", id="nested"),
    pytest.param(f"<think>{CANARY}<think>{CANARY}</think>{CANARY}", "", id="nested_and_open"),
    pytest.param(f"<THINKING>{CANARY}</Thinking>yes", "yes", id="other_case"),
    pytest.param(f"<reasoning>{CANARY}</reasoning>yes", "yes", id="reasoning"),
    pytest.param(f"<thought>{CANARY}</thought>yes", "yes", id="thought"),
    pytest.param(f"<reflection>{CANARY}</reflection>yes", "yes", id="reflection"),
    pytest.param(f"<antThinking>{CANARY}</antThinking>yes", "yes", id="claude"),
    pytest.param(f"<seed:think>{CANARY}</seed:think>yes", "yes", id="seed"),
    pytest.param(f"<longcat_think>{CANARY}</longcat_think>yes", "yes", id="longcat"),
    pytest.param(f"[THINK]{CANARY}[/THINK]yes", "yes", id="mistral"),
    pytest.param(f"◁think▷{CANARY}◁/think▷yes", "yes", id="kimi"),
    pytest.param(f"<|START_THINKING|>{CANARY}<|END_THINKING|>yes", "yes", id="cohere"),
    pytest.param(f"<|begin_of_thought|>{CANARY}<|end_of_thought|>yes", "yes", id="open_thoughts"),
    pytest.param(f"<|inner_prefix|>{CANARY}<|inner_suffix|>yes", "yes", id="apertus"),
    pytest.param(f"<|channel>thought\n{CANARY}<channel|>yes", "yes", id="gemma"),
    pytest.param(f"<think type=\"deep\" a='b'>{CANARY}</think>yes", "yes", id="attributes"),
    pytest.param(f"< think\n>{CANARY}</ think\t>yes", "yes", id="white_space"),
    pytest.param("<think/>yes<think />", "yes", id="closes_itself"),
    pytest.param(f"＜think＞{CANARY}＜/think＞yes", "yes", id="full_width"),
    pytest.param(f"&lt;think&gt;{CANARY}&lt;/think&gt;yes", "yes", id="html"),
    pytest.param(rf"\u003cthink\u003e{CANARY}\u003c/think\u003eyes", "yes", id="json"),
    pytest.param(rf"\\u003cthink\\u003E{CANARY}<\/think>yes", "yes", id="json_twice"),
    pytest.param(HARMONY, "yes", id="harmony"),
    pytest.param(HARMONY.upper().replace("YES", "yes"), "yes", id="harmony_other_case"),
    pytest.param(f"yes<|channel|>analysis<|message|>{CANARY}", "yes", id="harmony_unterminated"),
    pytest.param(f"<|channel|>analysis {CANARY}", "", id="harmony_without_message"),
    pytest.param(f"<|start|>assistant<|message|>{CANARY}<|end|>", "", id="harmony_no_channel"),
    pytest.param(
        f"<|channel|>commentary to=functions.pay <|constrain|>json<|message|>{CANARY}<|call|>",
        "",
        id="harmony_call",
    ),
    pytest.param(
        f"<|channel|>analysis<|message|>a <think> {CANARY}<|end|><|start|>assistant"
        "<|channel|>final<|message|>yes",
        "yes",
        id="a_tag_in_a_channel",
    ),
    pytest.param(f"<think>a <|end|> {CANARY}</think>yes", "yes", id="a_channel_in_a_tag"),
    pytest.param(f"analysisThe {CANARY}assistantfinalyes", "yes", id="bare_harmony"),
    pytest.param(f"analysis{CANARY}assistantcommentary to=pay json{{}}", "", id="bare_call"),
    pytest.param("yes<|end|>", "yes", id="end_of_turn"),
    pytest.param(f"<thi<think>x</think>nk>{CANARY}", "", id="joined_by_the_cut"),
    pytest.param(f"<|chan<think>x</think>nel|>analysis{CANARY}", "", id="joined_to_a_channel"),
]


@pytest.mark.parametrize(("text", "words"), MARKED)
def test_what_was_thought_is_cut_out(text: str, words: str) -> None:
    found = cut(text)
    assert found.words == words
    assert not found.edited
    assert (CANARY.lower() in found.reasoning.lower()) == (CANARY.lower() in text.lower())


@pytest.mark.parametrize(
    "text",
    [
        "I think so.",
        "a < b and c > d, [thinker], <thinker>, <b>thought</b>, think/>",
        '<tool_call>\n{"name": "pay", "arguments": {"reason": "rent"}}\n</tool_call>',
        "<|im_end|> <|tool_call|> <answer>4</answer>",
        "analysis of the final: assistant",
        r"C:\u003d\think",
        "",
    ],
)
def test_what_is_not_marked_stays_as_it_is(text: str) -> None:
    assert cut(text) == Cut(text)
    assert not tagged(text)


THOUGHT = f"<|channel|>analysis<|message|>{CANARY}<|end|>"
HEADER = "<|start|>assistant<|channel|>commentary to=functions.pay <|constrain|>json<|message|>"
PAY = HEADER + '{"reason": "rent"}<|call|>'
ROLE = ' to=functions.pay<|channel|>commentary json<|message|>{"reason": "rent"}<|call|>'
FINAL = "<|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(PAY, PAY, id="alone"),
        pytest.param(ROLE, ROLE, id="recipient_in_the_role_of_the_prompt"),
        pytest.param("<|start|>assistant" + ROLE, "<|start|>assistant" + ROLE, id="in_the_role"),
        pytest.param(THOUGHT + PAY, PAY, id="after_reasoning"),
        pytest.param(f"<think>{CANARY}</think>{PAY}", PAY, id="after_a_block"),
        pytest.param(PAY + PAY, PAY + PAY, id="two"),
        pytest.param(PAY.removesuffix("<|call|>"), PAY.removesuffix("<|call|>"), id="no_stop"),
        pytest.param(HEADER + '{"reason": "re', HEADER + '{"reason": "re', id="cut_off"),
        pytest.param(f"{PAY}{FINAL}Paid.", f"{PAY}Paid.", id="an_answer_behind_it"),
        pytest.param(f"{PAY}<|start|>assistant{THOUGHT}", PAY, id="reasoning_behind_it"),
        pytest.param(f"{HEADER}I {CANARY} {{}}<|call|>", "", id="words_to_a_tool"),
        pytest.param(f"{HEADER}{{<|start|>assistant{THOUGHT}", "", id="never_ended_and_reasoning"),
        pytest.param(
            f'<|channel|>analysis to=python<|message|>{{"{CANARY}": 1}}<|call|>', "", id="analysis"
        ),
        pytest.param(f"<think>{CANARY}{PAY}</think>yes", "yes", id="inside_a_block"),
    ],
)
def test_a_call_in_harmony_is_no_reasoning(text: str, words: str) -> None:
    found = cut(text)
    assert (found.words, found.edited) == (words, False)
    assert (CANARY in found.reasoning) == (CANARY in text)
    assert not tagged(words)
    assert cut(words).words == words


def test_such_a_call_is_read() -> None:
    (call,) = read_calls(cut(THOUGHT + PAY).words, ()).calls
    assert (call.name, call.arguments, call.dialect) == ("pay", {"reason": "rent"}, "harmony")


def test_reasoning_in_the_arguments_of_such_a_call_is_noticed() -> None:
    assert tagged(HEADER + '{"reason": "<think>so</think>"}<|call|>')
    assert tagged(HEADER + '{"reason": "<|channel|>analysis"}<|call|>')
    assert tagged(PAY + "<|channel|>")


def test_blank_blocks_are_no_reasoning() -> None:
    assert cut("<think>\n\n</think>\n\nyes") == Cut("\n\nyes")


def test_pieces_of_reasoning_stand_on_lines_of_their_own() -> None:
    assert cut("<think> a </think>b<think>c</think>").reasoning == "a\nc"


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        pytest.param('{"a": "<think>so</think>3"}', True, id="in_a_string"),
        pytest.param('{"a": <think>so</think> 3}', True, id="between"),
        pytest.param('Fine. {"a": {"b": "x</think>3"}}', True, id="only_closed"),
        pytest.param('{"a": "<think/>3"}', True, id="closes_itself"),
        pytest.param('{"a": "<|constrain|>3"}', True, id="harmony"),
        pytest.param('<think>so {"a": 1</think>{"a": 1}', False, id="before"),
        pytest.param('<think>{"a": 1}</think>{"a": 1}<think>x', False, id="around"),
        pytest.param('{"a": 1}<think>so</think>{"a": 2}', False, id="between_two"),
        pytest.param('{"a": "<think>so', False, id="never_closed"),
    ],
)
def test_a_cut_inside_of_json_is_told(text: str, edited: bool) -> None:
    assert cut(text).edited is edited


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": "\u003c\u0074\u0068ink\u003e"}',
        r'{"a": "<think type=\"deep\">"}',
        r'{"a": "<think\n>"}',
        r'"{\"a\": \"\\u003c\\u0074hink\\u003e\"}"',
        r"\u005cu003c\u005cu0074hink\u003e",
        r"<\/think>",
        "functions.pay<|channel|>commentary",
    ],
)
def test_a_tag_behind_escapes_is_noticed(text: str) -> None:
    assert tagged(text)


PIECES = [
    *("<think>", "</think>", "[THINK]", "<thi", "nk>", "<think", " >", "a", '{"', "}", "\\u003c"),
    *("<|channel|>", "analysis", "final", "<|message|>", "<|end|>", "<|start|>", "assistantfinal"),
    *("commentary to=f", '{"a": 1}', "<|call|>", "assistant"),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_arrangement_of_tags_leaves_a_tag(pieces: list[str]) -> None:
    found = cut("".join(pieces))
    assert not TAG.search(without_frames(found.words))
    assert cut(found.words).words == found.words


@settings(deadline=None)
@given(st.text(alphabet="abc {}\n"), st.text(alphabet="abc {}\n"))
def test_a_block_before_the_answer_is_all_that_goes(thought: str, words: str) -> None:
    assert cut(f"<think>{thought}</think>{words}") == Cut(words, thought.strip())


HOSTILE = {
    "opens": ("<think>", 1_000_000),
    "brackets": ("<", 1_000_000),
    "closes": ("</think>", 1_000_000),
    "pairs": ("<think></think>", 1_000_000),
    "blanks": ("< ", 200_000),
    "prefixes": ("<" + "a" * 23 + ":", 200_000),
    "attributes": ("<think ", 200_000),
    "escaped": ("\\u003cthink ", 200_000),
    "html": ("&lt;think ", 200_000),
    "backslashes": ("\\", 200_000),
    "escapes": ("\\u", 200_000),
    "squares": ("[ ", 200_000),
    "headers": ("<|start|>", 200_000),
    "objects": ("{<think></think>", 200_000),
    "strings": ('{"a":"<think>x</think>"}', 200_000),
    "quotes": ('{"<think/>', 200_000),
    "bare": ("analysis assistantfina", 200_000),
    "calls": (HEADER + "{}<|call|>", 200_000),
    "call_headers": (HEADER + "{", 200_000),
    "call_blanks": (HEADER.replace(" ", " " * 500), 200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_linear_time(name: str) -> None:
    """Quadratic work on the shortest of these would take minutes."""
    piece, size = HOSTILE[name]
    text = piece * (size // len(piece))
    began = time.monotonic()
    assert not TAG.search(without_frames(cut(text).words))
    tagged(text)
    assert time.monotonic() - began < 10


def test_a_megabyte_of_nested_tags() -> None:
    began = time.monotonic()
    assert cut("<think>" * 70_000 + CANARY + "</think>" * 70_000 + "yes").words == "yes"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It is 4 < 5.\n", "It is 4 < 5.\n"),
        ("<think>a</think>b", "b"),
        ("x <THINKING>a</THINKING> y", "x  y"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("a<think>b", "a"),
        ("swallowed opening</think>b", "b"),
        ("<scratch_pad>plan</scratch_pad>\n<tool_call>{}</tool_call>", "<tool_call>{}</tool_call>"),
        ("<think></think>", ""),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert without(text) == left
