"""The dialect of Llama 3.1 to 3.3 where it has a mark: JSON behind `<|python_tag|>`, `<function=`.

    <|python_tag|>{"name": "add", "parameters": {"a": 1}}; {"name": ...}
    <|python_tag|>brave_search.call(query="x")
    <function=add>{"a": 1}</function>

Source: Meta, llama-models, models/llama3_1/prompt_format.md (JSON, built-in and custom tools);
vLLM, tests of llama_tool_parser.py, for what stands between two objects. The same JSON without the
tag is bare.py's. Code for the interpreter that is no call is broken here: no tool holds it.
"""

import re

from ops.toolcalls.call import Span
from ops.toolcalls.dialects import pythonic
from ops.toolcalls.found import Found
from ops.toolcalls.frame import Frame, Name, read_frame
from ops.toolcalls.offer import Offer
from ops.toolcalls.scan import Scanner

_TAG, _FUNCTION = "<|python_tag|>", "<function="
MARKERS: tuple[str, ...] = (_TAG, _FUNCTION)

_NAME = re.compile(r"<function=\s*+([^<>\s\0\ud800-\udfff]{1,256}+)\s*+>")
_BUILT_IN = re.compile(r"([A-Za-z_]\w*+)\.call(?=\()")
_BETWEEN = re.compile(r"\s*+[;,]?+\s*+(?=\{)")


def read(scanner: Scanner, at: int, offer: Offer, found: Found) -> int | None:
    """Read the objects behind one tag, a built-in call, or one custom function."""
    if scanner.text.startswith(_FUNCTION, at):
        return _read_custom(scanner, at, found)
    start = scanner.skip(at + len(_TAG))
    if built_in := _BUILT_IN.match(scanner.text, start):
        name = Name(built_in[1], Span(*built_in.span(1)))
        frame = Frame("llama", at, until=_TAG)
        return pythonic.read_one(scanner, built_in.end(), frame, name, found)
    if pythonic.opens(scanner, start):
        return pythonic.read_list(scanner, start, Frame("llama", at, until=_TAG), found)
    return _read_objects(scanner, at, start, found)


def _read_objects(scanner: Scanner, opened: int, start: int, found: Found) -> int:
    """Read one object after another, until one is broken or something else follows."""
    while True:
        calls = len(found.calls)
        at = read_frame(scanner, start, Frame("llama", opened, until=_TAG), found)
        between = _BETWEEN.match(scanner.text, at)
        if between is None or len(found.calls) == calls:
            return at
        found.skip(Span(*between.span()))
        opened = start = between.end()


def _read_custom(scanner: Scanner, at: int, found: Found) -> int | None:
    name = _NAME.match(scanner.text, at)
    if name is None or not scanner.text.startswith("{", scanner.skip(name.end())):
        return None
    frame = Frame("llama", at, ("</function>",))
    return read_frame(scanner, name.end(), frame, found, Name(name[1], Span(*name.span(1))))
