"""Calls written in every dialect that ops.toolcalls reads, after the families' chat templates.

The benchmark's texts and those of the tests are made here. Not here: what models leave out or do
otherwise, which is in the tests of each dialect; and the student's own format, which is
ops/toolcalls/render.py.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

Pair = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""
Writer = Callable[[Sequence[Pair]], str]


def dump(value: Any) -> str:
    """JSON with its own characters."""
    return json.dumps(value, ensure_ascii=False)


def raw(value: Any) -> str:
    """A value as an untyped dialect writes it: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else dump(value)


def _whole(name: str, arguments: dict[str, Any], key: str = "arguments") -> str:
    return dump({"name": name, key: arguments})


def _each(template: Callable[[str, dict[str, Any]], str], between: str = "") -> Writer:
    return lambda calls: between.join(template(*call) for call in calls)


def _listed(before: str) -> Writer:
    return lambda calls: before + "[" + ", ".join(_whole(*call) for call in calls) + "]"


def _within(before: str, inside: Writer, after: str) -> Writer:
    return lambda calls: before + inside(calls) + after


def _qwen(name: str, arguments: dict[str, Any]) -> str:
    inside = "".join(f"<parameter={k}>\n{raw(v)}\n</parameter>\n" for k, v in arguments.items())
    return f"<tool_call>\n<function={name}>\n{inside}</function>\n</tool_call>"


def _glm(name: str, arguments: dict[str, Any]) -> str:
    inside = "".join(
        f"<arg_key>{k}</arg_key>\n<arg_value>{raw(v)}</arg_value>\n" for k, v in arguments.items()
    )
    return f"<tool_call>{name}\n{inside}</tool_call>"


def _minimax(name: str, arguments: dict[str, Any]) -> str:
    inside = "".join(f'<parameter name="{k}">{raw(v)}</parameter>\n' for k, v in arguments.items())
    return f'<invoke name="{name}">\n{inside}</invoke>\n'


def _pythonic(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _deepseek_v3(name: str, arguments: dict[str, Any]) -> str:
    inside = f"function<｜tool▁sep｜>{name}\n```json\n{dump(arguments)}\n```"
    return f"<｜tool▁call▁begin｜>{inside}<｜tool▁call▁end｜>"


def _deepseek_v31(name: str, arguments: dict[str, Any]) -> str:
    return f"<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{dump(arguments)}<｜tool▁call▁end｜>"


def _harmony(name: str, arguments: dict[str, Any]) -> str:
    header = f"<|start|>assistant<|channel|>commentary to=functions.{name} <|constrain|>json"
    return f"{header}<|message|>{dump(arguments)}<|call|>"


def _kimi(calls: Sequence[Pair]) -> str:
    arguments = "<|tool_call_argument_begin|>"
    return "".join(
        f"<|tool_call_begin|>functions.{name}:{i}{arguments}{dump(value)}<|tool_call_end|>"
        for i, (name, value) in enumerate(calls)
    )


_LISTED_CALLS = _within("[", _each(_pythonic, ", "), "]")
_DEEPSEEK = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")

UNTYPED: dict[str, Writer] = {
    "qwen": _each(_qwen, "\n"),
    "glm": _each(_glm, "\n"),
    "minimax": _within("<minimax:tool_call>\n", _each(_minimax), "</minimax:tool_call>"),
}
"""Those that write a value as text between tags: its type is the schema's."""
JSON: dict[str, Writer] = {
    "hermes": _each(lambda n, a: f"<tool_call>\n{_whole(n, a)}\n</tool_call>", "\n"),
    "llama": lambda calls: (
        "<|python_tag|>" + "; ".join(_whole(*call, key="parameters") for call in calls)
    ),
    "mistral_v3": _listed("[TOOL_CALLS] "),
    "mistral_v11": _each(lambda n, a: f"[TOOL_CALLS]{n}[CALL_ID]abcdef123[ARGS]{dump(a)}"),
    "mistral_v13": _each(lambda n, a: f"[TOOL_CALLS]{n}[ARGS]{dump(a)}"),
    "deepseek_v3": _within(_DEEPSEEK[0], _each(_deepseek_v3), _DEEPSEEK[1]),
    "deepseek_v31": _within(_DEEPSEEK[0], _each(_deepseek_v31), _DEEPSEEK[1]),
    "kimi": _within("<|tool_calls_section_begin|>", _kimi, "<|tool_calls_section_end|>"),
    "harmony": _each(_harmony),
    "granite": _listed("<|tool_call|>"),
    "fenced": _each(lambda n, a: f"```json\n{_whole(n, a)}\n```", "\n"),
    "react": _each(lambda n, a: f"Action: {n}\nAction Input: {dump(a)}\nObservation: ok", "\n"),
    "bare": _each(_whole, "\n"),
}
"""Those whose arguments are a JSON object in the text."""
PYTHONIC: dict[str, Writer] = {
    "pythonic": _LISTED_CALLS,
    "pythonic_llama4": _within("<|python_start|>", _LISTED_CALLS, "<|python_end|>"),
}
"""Those whose arguments are Python's keyword arguments."""
WRITERS = UNTYPED | JSON | PYTHONIC
UNMARKED = {"fenced", "react", "bare", "pythonic"}
"""Those without a mark, in which only an offered tool's name makes a call."""
