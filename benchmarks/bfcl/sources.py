"""Source texts of Java and JavaScript, whole and broken, through both readers of values.

The texts are pieces of such sources in random order, by a seed; a text's value is compared as
Python writes it.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from ops.evaluation.bfcl import java, javascript

_JAVA = (
    "new ", "ArrayList<", "String", ">", "()", "(Arrays.asList(", "))", ")", "{{", " }}", "}", "{",
    "add(", 'put("', '", ', ",", '"', "'", "\n", " ", "int[]", "HashMap<String, Object>()", "5",
    "5L", "3.0f", "2e5", "true", "a", ";", "-1", "new int[]{", "new ArrayList<Integer>() {{ ",
    "new HashMap<>() {{ ", 'put("k", ', "new ArrayList<a>(Arrays.asList(", "); }}",
)  # fmt: skip
_JAVASCRIPT = (
    "[", "[[", "],", "]", ", [", "],[", ")", "new Array(", "new Array([", "new ", "{", "{a: ", "}",
    ":", ": ", ",", ", ", '"', "'", "a", "5", "1.5", "true", "5n", "\n", " ", "-1", "],  [", ",:",
    "]]", "])",
)  # fmt: skip
_ENDS = {
    "java": (
        ("new HashMap<>() {{ ", 'new HashMap<a, b>(){put("a", ', "new ArrayList<>(){{ add(",
         "new ArrayList<a>(Arrays.asList(", "new int[]{", ""),
        ("); }}", "}}", "}", "))", ""),
    ),
    "javascript": (
        ("[", "[[", "new Array(", "new Array([", "{", "{a: ", ""), ("]", "]]", ")", "])", "}", ""),
    ),
}  # fmt: skip
"""How a text may begin and end that could be a list or an object."""
_SPOKEN = {
    "java": (_JAVA, java.TYPES, ("Array", "ArrayList")),
    "javascript": (_JAVASCRIPT, javascript.TYPES, ("array",)),
}


def texts(count: int) -> list[dict[str, Any]]:
    """So many texts of each language, half of them of its lists and objects."""
    return [row for spoken in _SPOKEN for row in _texts(spoken, count)]


def _texts(spoken: str, count: int) -> Iterator[dict[str, Any]]:
    pieces, types, lists = _SPOKEN[spoken]
    draw = random.Random(spoken)
    structured = [name for name in types if types[name] in (list, dict)]
    for number in range(count):
        declared = draw.choice(structured if number % 2 else list(types))
        inner = draw.choice([None, *types]) if declared in lists else None
        source = "".join(draw.choice(pieces) for _ in range(draw.randrange(1, 12)))
        if number % 2:
            begins, ends = _ENDS[spoken]
            source = draw.choice(begins) + source + draw.choice(ends)
        yield {"language": spoken, "source": source, "declared": declared, "inner": inner}


def ours(row: dict[str, Any]) -> str:
    """Our value of a text."""
    read = java.read_java if row["language"] == "java" else javascript.read_javascript
    return repr(read(row["source"], row["declared"], row["inner"]))


def differences(rows: Sequence[dict[str, Any]], theirs: Sequence[str]) -> list[str]:
    """The texts that are read otherwise."""
    pairs = zip(rows, theirs, strict=True)
    return [
        f"{row}: ours {ours(row)}, theirs {their}" for row, their in pairs if ours(row) != their
    ]


def told(rows: Sequence[dict[str, Any]], theirs: Sequence[str]) -> str:
    """One line: texts, those that are more than a text or a number, and how many agree."""
    held = sum(their[0] in "[{" for their in theirs)
    agree = len(rows) - len(differences(rows, theirs))
    return f"{len(rows):,} source texts, {held:,} of them lists or objects: {agree:,} read alike"
