"""Where the name and the arguments of each call stand in a text that write.py wrote.

Found from the writing alone, so that the reader's spans have something independent to be held to.
"""

from collections.abc import Sequence

from benchmarks.dialects.write import PYTHONIC, UNTYPED, WRITERS, Pair, dump
from ops.toolcalls.call import Span

_TAGS = {
    "qwen": ("<parameter=", "</parameter>"),
    "glm": ("<arg_key>", "</arg_value>"),
    "minimax": ("<parameter name=", "</parameter>"),
}
_QUOTED = {"hermes", "llama", "mistral_v3", "granite", "fenced", "bare"}


def places(dialect: str, text: str, calls: Sequence[Pair]) -> list[tuple[Span, Span | None]]:
    """The spans of the name and of the arguments; None for untyped arguments that are empty."""
    found, at = list[tuple[Span, Span | None]](), 0
    for name, arguments in calls:
        quoted = f'"name": "{name}"' if dialect in _QUOTED else name
        start = text.index(quoted, at) + quoted.index(name)
        at = start + len(name)
        inside = _inside(dialect, (name, arguments))
        begin = text.index(inside, at)
        at = begin + len(inside)
        found.append((Span(start, start + len(name)), Span(begin, at) if inside else None))
    return found


def _inside(dialect: str, call: Pair) -> str:
    """The text of a call's arguments."""
    name, arguments = call
    if dialect in UNTYPED:
        begins, closes = _TAGS[dialect]
        whole = WRITERS[dialect]([call])
        return whole[whole.index(begins) : whole.rindex(closes) + len(closes)] if arguments else ""
    if dialect in PYTHONIC:
        return WRITERS["pythonic"]([call]).removeprefix(f"[{name}(").removesuffix(")]")
    return dump(arguments)
