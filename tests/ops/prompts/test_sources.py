"""Prompts from files of others: every row of every file, as a prompt or as a reason."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ops.errors import InputError
from ops.prompts.config import MixConfig
from ops.prompts.files.folder import files
from ops.prompts.row import prompt_id
from ops.prompts.sources import Found, Place, read_source

CONFIG = MixConfig(long_characters=200)
SHARED = Path(__file__).parents[4] / "shared" / "data"
ASK = {"role": "user", "content": "go"}


def write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return path


def read(path: Path, config: MixConfig = CONFIG) -> list[Found]:
    return list(read_source(path, path.name, config))


def prompts(path: Path) -> list[dict[str, Any]]:
    return [found.prompt for found in read(path) if found.prompt]


def test_a_prompt_is_a_row_with_its_place(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path / "a.jsonl", b"", {"id": 3, "messages": [ASK]}))
    assert found.place == Place("a.jsonl", "a.jsonl", 2)
    assert found.prompt is not None
    assert found.prompt["prompt_id"] == prompt_id([ASK], [])
    assert json.loads(found.prompt["messages"]) == [ASK]
    assert {key: found.prompt[key] for key in ("kind", "source", "external_id")} == {
        "kind": "no_tool",
        "source": "a.jsonl:chat",
        "external_id": "3",
    }
    assert found.prompt["split"] in ("train", "repair", "heldout")


def test_the_kind_is_told_with_the_length_that_is_set(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "go " * 70}]}
    assert prompts(write(tmp_path / "a.jsonl", row))[0]["kind"] == "long_context"


def test_a_bad_row_has_a_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = [{"messages": [ASK]}, b"{", {"messages": []}, {"prompt": "go"}, {"messages": [ASK]}]
    found = read(write(tmp_path / "a.jsonl", *rows))
    assert [one.rejected and one.rejected["reason"] for one in found] == [
        None,
        "not_json",
        "no_messages",
        "unknown_layout",
        None,
    ]
    assert found[2].rejected == {
        "file": "a.jsonl",
        "line": 3,
        "reason": "no_messages",
        "detail": "messages is not a list of at least one message",
    }


def test_every_layout_in_every_form_of_file(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = [
        {"messages": [ASK]},
        {"conversations": [{"from": "human", "value": "go there"}]},
        {"query": "go away", "tools": "[]", "answers": "[]"},
        {"id": "irrelevance_1", "question": [[{"role": "user", "content": "no"}]], "function": []},
    ]
    folder = tmp_path / "all"
    folder.mkdir()
    write(folder / "a.jsonl", *rows)
    (folder / "b.json").write_text(json.dumps(rows, indent=2), encoding="utf-8")
    (folder / "c.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    pq.write_table(pa.Table.from_pylist(rows[:1]), folder / "d.parquet")
    pq.write_table(pa.Table.from_pylist(rows[1:2]), folder / "e.parquet")
    pq.write_table(pa.Table.from_pylist(rows[2:3]), folder / "f.parquet")
    (folder / "notes.txt").write_text("not read", encoding="utf-8")
    texts = ["go", "go there", "go away", "no"] * 3 + ["go", "go there", "go away"]
    assert [json.loads(row["messages"])[0]["content"] for row in prompts(folder)] == texts
    assert {found.place.file for found in read(folder)} == {
        f"all/{file.name}" for file in files(folder)
    }
    assert [row["source"].split(":")[1] for row in prompts(folder)][:4] == [
        "chat",
        "sharegpt",
        "xlam",
        "irrelevance",
    ]


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b"{", *[{"messages": [ASK]}] * 3)
    wanted = {Place("a.jsonl", "a.jsonl", line) for line in (1, 3)}
    found = list(read_source(path, "a.jsonl", CONFIG, wanted))
    assert [one.place.line for one in found] == [1, 3]


def test_the_answers_of_the_benchmark_lie_beside_it(tmp_path: Path) -> None:
    function = {"name": "a.b", "parameters": {"type": "dict", "properties": {}}}
    write(tmp_path / "x.json", {"id": "simple_7", "question": [[ASK]], "function": [function]})
    (tmp_path / "possible_answer").mkdir()
    truth = [{"a.b": {"n": [1, ""]}}]
    write(tmp_path / "possible_answer" / "x.json", {"id": "simple_7", "ground_truth": truth})
    (row,) = prompts(tmp_path)
    assert json.loads(row["expected"]) == [{"name": "a_b", "arguments": {"n": [1, ""]}}]
    assert (row["external_id"], row["source"]) == ("simple_7", "x.json:simple")


@pytest.mark.parametrize("kind", ["missing", "empty_folder"])
def test_a_source_that_is_not_there_is_an_error_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.jsonl"
    if kind == "empty_folder":
        path.mkdir()
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_split_of_a_prompt_does_not_depend_on_its_company(tmp_path: Path) -> None:
    lines = [{"messages": [{"role": "user", "content": str(i)}]} for i in range(1_000)]
    whole = {row["prompt_id"]: row["split"] for row in prompts(write(tmp_path / "a.jsonl", *lines))}
    part = prompts(write(tmp_path / "b.jsonl", *lines[::-7]))
    assert all(whole[row["prompt_id"]] == row["split"] for row in part)


@pytest.mark.skipif(not (SHARED / "bfcl").is_dir(), reason="the benchmark is not in ../shared/data")
class TestBenchmark:
    """The files as they lie."""

    def test_every_single_turn_row_is_read_and_every_multi_turn_row_is_rejected(self) -> None:
        found = read(SHARED / "bfcl", MixConfig())
        rows = [one.prompt for one in found if one.prompt]
        rejected = [one.rejected for one in found if one.rejected]
        assert len(rows) == 1_240
        assert [row["reason"] for row in rejected] == ["multi_turn"] * 200
        kinds = {"irrelevance": "no_tool", "multiple": "choice", "simple_python": "single"}
        for row in rows:
            layout = row["source"].split(":")[1]
            assert row["kind"] == kinds.get(layout, "parallel")
            assert (row["expected"] == "[]") == (layout == "irrelevance")

    def test_messages_and_tools_are_those_that_went_over_the_wire(self) -> None:
        rows = {row["external_id"]: row for row in prompts(SHARED / "bfcl")}
        seen = 0
        with gzip.open(SHARED / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                recorded = json.loads(line)
                row = rows[recorded["bfcl_id"]]
                assert json.loads(row["messages"]) == recorded["request"]["messages"]
                # As text, so that the order of keys is the same as well.
                assert json.dumps(json.loads(row["tools"])) == json.dumps(
                    recorded["request"]["tools"]
                )
                seen += 1
        assert seen == 480
