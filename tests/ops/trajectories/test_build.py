"""Files of recorded conversations as tables: every row a text or a reason."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.errors import InputError
from ops.prompts.contract import PROMPTS
from ops.prompts.row import prompt_id, row
from ops.spans.check import problems
from ops.spans.contract import SKIPPED, SPANS, TEXTS
from ops.spans.supervision import Supervised, Supervision
from ops.trajectories.boundary import Boundary
from ops.trajectories.build import Rules, Source, build
from ops.trajectories.heldout import Mixes

from .layouts.rows import ASKED, CALL, RESULT, ROWS, SAID, THOUGHT, TOOL

Make = Callable[..., Supervision]
ASK = [{"role": "user", "content": ASKED}]


@pytest.fixture
def make(tokenizer: Any, tmp_path: Path, forbids: Boundary) -> Make:
    """The tables of one file with these rows, or lines of text."""

    def made(
        *rows: dict[str, Any] | str,
        boundary: Boundary = forbids,
        mixes: tuple[Path, ...] = (),
        context: int = 512,
        split_of: Callable[[str], str] = lambda prompt_id: "train",
    ) -> Supervision:
        file = tmp_path / "runs.jsonl"
        lines = [one if isinstance(one, str) else json.dumps(one) for one in rows]
        file.write_text("\n".join(lines), encoding="utf-8")
        rules = Rules(boundary, Mixes(mixes), split_of, 4000)
        supervised = Supervised(tokenizer, "tokenizer-1", context)
        return build([Source(file, "runs.jsonl", "MIT")], rules, tokenizer, supervised)

    return made


def contents(made: Supervision, kind: str) -> list[str]:
    return [span["content"] for span in tables.rows(made.spans) if span["kind"] == kind]


def skipped(made: Supervision) -> list[tuple[str, int, str]]:
    return [(row["source"], row["line"], row["reason"]) for row in tables.rows(made.skipped)]


@pytest.mark.parametrize("name", ROWS)
def test_each_layout_gives_the_same_text_and_spans(
    name: str, make: Make, keeps: Boundary, tokenizer: Any
) -> None:
    made = make(ROWS[name], boundary=keeps)
    (text,) = tables.rows(made.texts)
    assert (text["source"], text["licence"], text["split"]) == ("runs.jsonl", "MIT", "train")
    assert (text["prompt_kind"], text["request_key"]) == ("integration", "")
    assert len(text["cuts"]) == 4
    assert contents(made, "reasoning") == [f"<think>\n{THOUGHT}\n</think>"]
    assert contents(made, "tool_name") == [CALL["name"]]
    assert contents(made, "json_value") == ["Oslo"]
    assert contents(made, "observation") == [RESULT]
    assert (contents(made, "prose"), contents(made, "integration")) == ([SAID], ["12"])
    assert problems(made.texts, made.spans, tokenizer) == []


def test_the_tables_are_those_of_process_spans(make: Make) -> None:
    made = make(ROWS["chat"], "{")
    assert made.texts.schema.equals(TEXTS)
    assert made.spans.schema.equals(SPANS)
    assert made.skipped.schema.equals(SKIPPED)


def test_what_is_forbidden_is_in_no_table(make: Make) -> None:
    made = make(*ROWS.values(), {"messages": THOUGHT + "</think>"})
    told = str([tables.rows(table) for table in (made.texts, made.spans)])
    assert THOUGHT not in told
    assert "reasoning" not in made.figures["spans_by_kind"]


def test_every_row_without_a_text_is_a_row_with_a_reason(make: Make, rejects: Boundary) -> None:
    long = copy.deepcopy(ROWS["chat"])
    long["messages"][0]["content"] = "word " * 600
    header = {"__header__": {"dataset_sha256": "x"}}
    made = make(header, ROWS["chat"], ROWS["chat"], {"foo": 1}, "{", "[]", long)
    assert skipped(made) == [
        ("runs.jsonl", 3, "duplicate"),
        ("runs.jsonl", 4, "unknown_layout"),
        ("runs.jsonl", 5, "not_json"),
        ("runs.jsonl", 6, "not_an_object"),
        ("runs.jsonl", 7, "too_long"),
    ]
    assert (made.figures["rows"], made.figures["by_layout"]) == (6, {"chat": 1})
    assert skipped(make(ROWS["react"], boundary=rejects)) == [("runs.jsonl", 1, "reasoning")]


def test_a_long_conversation_is_not_rendered_turn_by_turn(make: Make) -> None:
    """Four thousand answers that have no room take the time of one rendering."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}] * 4000
    assert skipped(make({"messages": turns})) == [("runs.jsonl", 1, "too_long")]


def test_answers_that_cannot_be_learnt_are_counted(make: Make) -> None:
    row = copy.deepcopy(ROWS["chat"])
    row["messages"][1]["tool_calls"][0]["function"]["arguments"] = '{"town": "Oslo"}'
    made = make(row)
    assert (made.figures["answers"], made.figures["answers_as_context"]) == (1, 1)
    assert contents(made, "tool_name") == []


def test_the_key_is_that_of_the_same_prompt_in_a_mix(make: Make) -> None:
    (text,) = tables.rows(make(ROWS["chat"]).texts)
    asked = ROWS["chat"]["messages"][:3]
    asked = [{k: v for k, v in one.items() if k != "reasoning_content"} for one in asked]
    assert text["prompt_id"] == prompt_id(asked, [TOOL])


def test_a_split_by_hash_is_asked_for_by_the_key(make: Make) -> None:
    asked: list[str] = []

    def split_of(key: str) -> str:
        asked.append(key)
        return "repair"

    (text,) = tables.rows(make(ROWS["chat"], split_of=split_of).texts)
    assert (text["split"], asked) == ("repair", [text["prompt_id"]])


def mix(folder: Path, messages: list[dict[str, Any]], split: str) -> Path:
    made = row(messages, [], None, split=split, kind="single", source="x")
    tables.write(tables.from_rows([made], PROMPTS), folder / f"{split}.parquet")
    return folder / f"{split}.parquet"


SYSTEM = {"role": "system", "content": "T2 fix"}
CALLED = {"id": "z", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
TOLD = [
    *ASK,
    {"role": "assistant", "content": "", "tool_calls": [CALLED]},
    {"role": "tool", "tool_call_id": "z", "content": RESULT},
]


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(
    ("messages", "split", "expected"),
    [
        pytest.param(ASK, "heldout", "heldout", id="its_first_prompt"),
        pytest.param([SYSTEM, *ASK], "heldout", "heldout", id="under_a_system_message"),
        pytest.param(TOLD, "heldout", "heldout", id="its_last_prompt_with_other_ids"),
        pytest.param(ASK, "repair", "repair", id="of_repair"),
        pytest.param(ASK, "train", "train", id="of_train"),
        pytest.param([{"role": "user", "content": "Rome?"}], "heldout", "train", id="another"),
    ],
)
def test_what_a_mix_holds_back_is_held_back(
    name: str, messages: Any, split: str, expected: str, make: Make, tmp_path: Path
) -> None:
    made = make(ROWS[name], mixes=(mix(tmp_path, messages, split),))
    assert made.texts["split"].to_pylist() == [expected]


def test_the_strictest_of_several_mixes_counts(make: Make, tmp_path: Path) -> None:
    both = (mix(tmp_path, ASK, "heldout"), mix(tmp_path, TOLD, "repair"))
    for mixes in (both, both[::-1]):
        assert make(ROWS["chat"], mixes=mixes).texts["split"].to_pylist() == ["heldout"]


def test_the_order_of_sources_changes_nothing(
    tokenizer: Any, tmp_path: Path, forbids: Boundary
) -> None:
    sources = []
    for number, name in enumerate(("steps", "chat", "react")):
        folder = tmp_path / f"source{number}"
        folder.mkdir()
        (folder / "a.jsonl").write_text(json.dumps(ROWS[name]), encoding="utf-8")
        sources.append(Source(folder, folder.name, ""))

    def made(listed: list[Source]) -> Supervision:
        rules = Rules(forbids, Mixes([]), lambda prompt_id: "train", 4000)
        return build(listed, rules, tokenizer, Supervised(tokenizer, "t", 512))

    one, other = made(sources), made(sources[::-1])
    assert one == other
    assert one.texts["source"].to_pylist() == ["source0/a.jsonl"]
    assert [row[2] for row in skipped(one)] == ["duplicate", "duplicate"]


def test_a_source_that_is_not_there_is_named(
    tokenizer: Any, tmp_path: Path, forbids: Boundary
) -> None:
    rules = Rules(forbids, Mixes([]), lambda prompt_id: "train", 4000)
    with pytest.raises(InputError, match=r"trajectory source .*gone.* does not exist"):
        source = Source(tmp_path / "gone", "gone", "")
        build([source], rules, tokenizer, Supervised(tokenizer, "t", 512))
