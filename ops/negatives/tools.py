"""Negatives that call the wrong tool: another one, one that nobody has, or one where none is right.

Only the name changes of a call that is there: it is what the student decided wrongly, and its
arguments come after. Each function gives a change, or the reason in ABSENT why there is none.
"""

from ops.negatives.change import Change
from ops.negatives.example import Example
from ops.negatives.names import by_nearness, invented, words_of
from ops.negatives.sample import sample_arguments
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall, plain_name
from ops.toolcalls.tool import tool_name
from ops.toolcalls.validate import Validator


def wrong_tool(example: Example) -> Change | str:
    """The nearest of the offered tools that no call asks for."""
    if not example.calls:
        return "no_call"
    at = example.chosen("wrong_tool")
    call = example.calls[at]
    right = {plain_name(one.name) for one in example.calls}
    right |= {plain_name(str(one["name"])) for one in example.expected}
    others = [name for name in _offered(example) if plain_name(name) not in right]
    if not others:
        return "no_other_tool"
    other = by_nearness(call.name, others, lambda name: example.rank("wrong_tool", name))[0]
    return Change(example.with_call(at, other, call.arguments or {}), call.name, other)


def invented_tool(example: Example) -> Change | str:
    """A tool that no registry and no prompt has."""
    if not example.calls:
        return "no_call"
    at = example.chosen("invented_tool")
    call = example.calls[at]
    other = invented(
        call.name,
        _offered(example),
        example.known,
        lambda name: example.rank("invented_tool", name),
    )
    return Change(example.with_call(at, other, call.arguments or {}), call.name, other)


def needless_call(example: Example) -> Change | str:
    """A valid call of the offered tool that has most words of what was asked."""
    if example.prompt_kind != "no_tool" or example.calls or example.expected:
        return "not_no_tool"
    if not example.tools:
        return "no_tool_offered"
    said = frozenset(example.asked.lower().split())
    name = min(
        _offered(example),
        key=lambda one: (-len(said & words_of(one)), example.rank("needless_call", one)),
    )
    arguments = sample_arguments(example.schema(name), example.asked)
    call = ToolCall(name, arguments, "", "hermes")
    if Validator(example.tools).problems(call):
        return "no_valid_arguments"
    return Change(render_answer("", [call]), "", name)


def _offered(example: Example) -> list[str]:
    return [tool_name(tool) for tool in example.tools]
