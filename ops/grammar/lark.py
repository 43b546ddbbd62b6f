"""The grammar of an answer, for llguidance: words, calls of the offered tools, or words and calls.

The calls are those of render.py to the byte, and the words stand before them as `render_answer`
sets them: one text is trained, decoded and read. Words begin and end with something else than white
space. They hold no special token, and may not spell a tag of a call out either: the opening one
would be read as a call. Syntax: llguidance's variant of Lark, its docs/syntax.md.

A lexer takes the longest word it can. Where a tag is plain text, words would swallow it: there the
words before a call are one lexeme with the tag that ends them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.grammar.schema import arguments_lark
from ops.toolcalls.call import plain_name
from ops.toolcalls.dialects.hermes import CLOSE, OPEN
from ops.toolcalls.tool import arguments_schema, tool_name
from ops.toolcalls.validate import Validator

_WORDS = r"/\S(?s:.*\S)?/"
_BEFORE_CALL = r"\S(?s:.*\S)?\n"


@dataclass(frozen=True, slots=True)
class Grammar:
    """A Lark text, and the tools whose schema it could not hold: their arguments may be more."""

    lark: str
    relaxed: tuple[str, ...]


def lark_grammar(tools: Sequence[Mapping[str, Any]], special: bool = True) -> Grammar:
    """The grammar of an answer where `tools` are offered.

    `special` says whether the tags are special tokens of the tokenizer; else they are plain text.
    Arguments come in the order of the schema's properties (`render.ordered`). Of tools of one name
    the last counts, as in the validator.

    Raises:
        ContractError: a tool is none, or its schema; one with a remote `$ref` is none.
    """
    Validator(tools)
    offered = list({plain_name(tool_name(tool)): tool for tool in tools}.values())
    free = f"& ~{_holding(OPEN)} & ~{_holding(CLOSE)}"
    if not offered:
        return Grammar(f"start: WORDS\nWORDS: {_WORDS} {free}\n", ())
    lines = [f"WORDS: {_WORDS} {free}", *_calls(special, free)]
    lines.append("body: " + " | ".join(f"tool_{i}" for i in range(len(offered))))
    relaxed = []
    for i, tool in enumerate(offered):
        arguments, wider = arguments_lark(arguments_schema(tool))
        if wider:
            relaxed.append(tool_name(tool))
        opening = f'{{"name": {json.dumps(tool_name(tool), ensure_ascii=False)}, "arguments": '
        lines.append(f'tool_{i}: {json.dumps(opening, ensure_ascii=False)} arguments_{i} "}}"')
        lines.append(f"arguments_{i}: {arguments}")
    return Grammar("\n".join(lines) + "\n", tuple(relaxed))


def _calls(special: bool, free: str) -> list[str]:
    if special:
        return [
            "start: WORDS | calls | LEAD calls",
            f"LEAD: /{_BEFORE_CALL}/ {free}",
            'calls: call ("\\n" call)*',
            f'call: {OPEN} "\\n" body "\\n" {CLOSE}',
        ]
    opened, closed = json.dumps(OPEN), json.dumps("\n" + CLOSE)
    once = f"& ~/(?s:.*){_regex(OPEN)}(?s:.+)/ & ~{_holding(CLOSE)}"
    return [
        f"start: WORDS | {opened} calls | LEAD calls",
        f"LEAD: /{_BEFORE_CALL}{_regex(OPEN)}/ {once}",
        f'calls: call ("\\n" {opened} call)*',
        f'call: "\\n" body {closed}',
    ]


def _holding(tag: str) -> str:
    return f"/(?s:.*){_regex(tag)}(?s:.*)/"


def _regex(tag: str) -> str:
    """The tag as a regular expression inside Lark's slashes."""
    return tag.replace("/", "\\/")
