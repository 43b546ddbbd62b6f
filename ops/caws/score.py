"""How well an answer keeps to its form, and to the working spec of the repository it works in.

Scores from 0 to 1, and the weight of an example that follows from two of them. A score has no
gradient: it reaches the student as the weight of an example whose text is learnt, where the
teacher does better than the student. Not here: whether a call is the right one (ops/scoring);
whether the mode of a spec is kept, which no call says.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from posixpath import normpath
from typing import Any

from ops.caws.context import Context
from ops.toolcalls.call import Reading, ToolCall
from ops.toolcalls.validate import Validator

_PATH_KEYS = ("path", "file", "filename", "filepath", "dir", "directory", "folder")
MAX_PATH = 512
"""Characters; a longer text in an argument is no path."""


def structure(reading: Reading, validator: Validator) -> float:
    """Form of the calls: the mean over them of what each has of a whole, typed and valid call.

    A call that cannot be read, or of a tool that is not offered, has nothing. An answer in words
    alone has no form to keep: 1.
    """
    lost = len(reading.invented) + (reading.broken is not None)
    made = len(reading.calls) + lost
    if not made:
        return 1.0
    return sum(_form(call, validator) for call in reading.calls) / made


def _form(call: ToolCall, validator: Validator) -> float:
    problems = validator.problems(call)
    if any(problem.kind == "unknown_tool" for problem in problems):
        return 0.0
    return (call.complete + (call.arguments is not None) + (not problems)) / 3


def compliance(calls: Sequence[ToolCall], context: Context) -> float:
    """How far calls keep to a spec: the mean of what it speaks of, 1 where it speaks of nothing.

    Scope: share of the paths in arguments that are in scope and not out of it. Budget: the files
    that are named and the lines that are written, as a share that shrinks once there are too many.
    """
    texts = [pair for call in calls for pair in _texts(call.arguments or {}, "")]
    paths = sorted({normpath(text) for key, text in texts if _is_path(key, text)})
    lines = sum(text.count("\n") + 1 for _, text in texts if "\n" in text)
    checks = []
    if paths and (context.scope_in is not None or context.scope_out is not None):
        checks.append(sum(in_scope(path, context) for path in paths) / len(paths))
    for spent, most in ((len(paths), context.max_files), (lines, context.max_loc)):
        if spent and most is not None:
            checks.append(min(1.0, most / spent))
    return sum(checks) / len(checks) if checks else 1.0


def in_scope(path: str, context: Context) -> bool:
    """Whether a path is one that the spec lets be touched; what is out of scope wins.

    >>> spec = Context(scope_in=("src/",), scope_out=("src/vendor",))
    >>> [in_scope(path, spec) for path in ("src/a.py", "src/vendor/b.py", "srcs/c.py")]
    [True, False, False]
    """
    path = normpath(path)
    if any(_covers(one, path) for one in context.scope_out or ()):
        return False
    return context.scope_in is None or any(_covers(one, path) for one in context.scope_in)


def _covers(entry: str, path: str) -> bool:
    """A file, a folder with all that is in it, or a pattern, whose `*` crosses folders."""
    if any(letter in entry for letter in "*?["):
        return fnmatchcase(path, normpath(entry))
    entry = normpath(entry)
    return path == entry or entry == "." or path.startswith(entry + "/")


def _is_path(key: str, text: str) -> bool:
    if not text or len(text) > MAX_PATH or "://" in text or not text.isprintable():
        return False
    named = key.lower().replace("_", "").endswith(_PATH_KEYS)
    return named or ("/" in text and " " not in text)


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """Every text in the arguments with the key that it is under; nothing is nested too deep."""
    left = [(key, value)]
    while left:
        key, value = left.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += [(key, item) for item in value]


def example_weight(teacher: float, student: float, strength: float) -> float:
    """1 + strength · max(0, teacher's score - student's score).

    >>> example_weight(1.0, 0.25, 2.0), example_weight(0.5, 1.0, 2.0)
    (2.5, 1.0)
    """
    return 1.0 + strength * max(0.0, teacher - student)
