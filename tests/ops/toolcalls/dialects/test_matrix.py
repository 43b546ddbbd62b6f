"""What can go right and wrong with a call, in every dialect: one worked text for each pair.

matrix/DIALECT.yaml holds a cell for each tag: a text in which «» stand around a call, ‹› around its
name and ⟨⟩ around its arguments, and what must be read. Where it does not say otherwise there are
no words outside, nothing is broken or repaired, and every call is complete. Or `absent`: why the
tag cannot occur. The tools are the two of TOOLS.
"""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from benchmarks.dialects.write import WRITERS
from ops.toolcalls.call import Dialect, Reading, Span
from ops.toolcalls.message import read_message
from ops.toolcalls.read import read_calls

TAGS = (
    "parallel", "text-before-call", "text-after-call", "empty-args", "unicode", "nested-json",
    "marker-in-string", "truncated-in-json", "think-no-open-tag", "call-inside-think",
    "missing-close-param", "python-literals", "schema-coercion", "whitespace-significant-string",
    "parameters-key", "python-tag-prefix", "json-in-content-not-a-call", "v11-call-id",
    "trailing-text-after-args", "param-named-name", "fullwidth-chars", "code-fence-args",
    "no-separator-chain", "id-encodes-name", "recipient-in-role", "recipient-in-channel",
    "preamble-commentary", "stop-token-stripped", "skip-special-tokens", "stop-at-open-marker",
)  # fmt: skip
KEYS = {"arguments", "words", "complete", "broken", "repaired", "dialect"}
MATRIX: dict[str, dict[str, dict[str, Any]]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "matrix").glob("*.yaml"))
}
PROPERTIES = {
    "q": "string", "n": "integer", "on": "boolean", "none": "null", "name": "string",
    "tags": "array", "options": "object",
}  # fmt: skip
PARAMETERS = {
    "type": "object",
    "properties": {name: {"type": kind} for name, kind in PROPERTIES.items()},
}
TOOLS = {
    name: {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}
    for name in ("search", "ping")
}
WORKED = [
    pytest.param(dialect, tag, id=f"{dialect}-{tag}")
    for dialect, cells in MATRIX.items()
    for tag, cell in cells.items()
    if "absent" not in cell
]
MARKS = re.compile("[«»‹›⟨⟩]")


def unmarked(text: str) -> tuple[str, dict[str, list[Span]]]:
    """The text without its marks, and the spans between them by the opening mark."""
    spans: dict[str, list[Span]] = {"«": [], "‹": [], "⟨": []}
    opened, length = dict[str, int](), 0
    for piece in re.split(f"({MARKS.pattern})", text):
        if piece in spans:
            opened[piece] = length
        elif MARKS.fullmatch(piece):
            mark = "«‹⟨"["»›⟩".index(piece)]
            spans[mark].append(Span(opened.pop(mark), length))
        else:
            length += len(piece)
    assert not opened, text
    return MARKS.sub("", text), spans


def check(reading: Reading, cell: dict[str, Any], dialect: str) -> None:
    wanted = cell.get("arguments", [])
    assert [call.arguments for call in reading.calls] == wanted
    assert [call.complete for call in reading.calls] == cell.get("complete", [True] * len(wanted))
    assert {call.dialect for call in reading.calls} <= {cell.get("dialect", dialect.split("_")[0])}
    assert not any(call.repaired for call in reading.calls)
    assert reading.prose == cell.get("words", "")
    assert (reading.broken, reading.broken_at) == tuple(cell.get("broken", (None, None)))
    assert [[call.name, call.arguments] for call in reading.repaired] == cell.get("repaired", [])
    assert all(call.repaired for call in reading.repaired)
    assert reading.invented == ()


def test_no_cell_is_missing() -> None:
    assert MATRIX.keys() == WRITERS.keys() | {"openai", "openai_function_call"}
    assert {dialect.split("_")[0] for dialect in MATRIX} == set(get_args(Dialect))
    missing = {dialect: set(TAGS) ^ cells.keys() for dialect, cells in MATRIX.items()}
    assert missing == {dialect: set() for dialect in MATRIX}


def test_every_tag_occurs_and_every_absent_one_has_its_reason() -> None:
    assert {tag for cells in MATRIX.values() for tag in cells if "absent" not in cells[tag]} == set(
        TAGS
    )
    for dialect, cells in MATRIX.items():
        for tag, cell in cells.items():
            if "absent" in cell:
                assert cell.keys() == {"absent"} and len(cell["absent"]) > 10, (dialect, tag)
            else:
                assert cell.keys() - KEYS in ({"text"}, {"message"}), (dialect, tag)


@pytest.mark.parametrize(("dialect", "tag"), WORKED)
def test_reads_as_the_table_says(dialect: str, tag: str) -> None:
    cell = MATRIX[dialect][tag]
    if "message" in cell:
        message = cell["message"]
        listed = message.get("tool_calls") or [{"function": message["function_call"]}]
        reading = read_message(message, TOOLS)
        check(reading, cell, dialect)
        for call, sent in zip(reading.calls, listed, strict=not reading.broken):
            assert call.name == sent["function"]["name"]
            assert call.arguments_text in (sent["function"]["arguments"], "{}")
        assert {(one.call, one.name_at, one.arguments_at) for one in reading.calls} <= {(None,) * 3}
        return
    text, spans = unmarked(cell["text"])
    reading = read_calls(text, TOOLS)
    check(reading, cell, dialect)
    assert [call.call for call in reading.calls] == spans["«"]
    assert [call.name_at for call in reading.calls] == spans["‹"]
    assert [call.arguments_at for call in reading.calls] == spans["⟨"]
    assert [call.name for call in reading.calls] == [text[slice(*span)] for span in spans["‹"]]
    assert [call.arguments_text for call in reading.calls] == [
        text[slice(*span)] for span in spans["⟨"]
    ]


@pytest.mark.parametrize("dialect", WRITERS)
def test_the_plain_cells_are_what_the_writer_writes(dialect: str) -> None:
    calls = [("search", {"q": "x", "n": 3}), ("search", {"q": "y"})]
    for tag, written in (("parallel", calls), ("empty-args", [("ping", {})])):
        assert unmarked(MATRIX[dialect][tag]["text"])[0] == WRITERS[dialect](written)
