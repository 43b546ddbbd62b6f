"""kd_mix.jsonl comes back as it was exported: the same tokens, the same decisions."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.shards.build import kinds
from ops.shards.config import ShardsConfig
from ops.shards.contract import FIELDS, SHARD
from ops.shards.store import store
from ops.spans.check import problems
from ops.spans.contract import DECISIONS, KINDS
from ops.spans.supervision import Supervised, Supervision
from ops.student.encode import encode
from ops.trajectories.boundary import Boundary
from ops.trajectories.build import Rules, Source, build
from ops.trajectories.heldout import Mixes

from .rows import ROWS


def brought_in(path: Path, boundary: Boundary, tokenizer: Any, context: int = 512) -> Supervision:
    rules = Rules(boundary, Mixes([]), lambda prompt_id: "train", 4000)
    supervised = Supervised(tokenizer, "tokenizer-1", context)
    return build([Source(path, path.name, "")], rules, tokenizer, supervised)


def stored(made: Supervision, tokenizer: Any, folder: Path) -> list[dict[str, Any]]:
    """The examples of token_shards, made of these tables alone."""
    folder.mkdir()
    tables.write(made.texts, folder / "texts.parquet")
    tables.write(made.spans, folder / "spans.parquet")
    out = folder / "shards"
    out.mkdir()
    store([], tokenizer, ShardsConfig(batch_tokens=4096), out, [folder])
    return tables.rows(tables.read(out / "shard-00000.parquet", SHARD))


def decisions(row: dict[str, Any]) -> list[str]:
    """Of each token, the decision that it belongs to; context, or anything else that is learnt."""
    of = {kind: decision for decision, listed in DECISIONS.items() for kind in listed}
    of |= {"prompt": "context", "observation": "context"}
    return [of.get(KINDS[kind], "other") for kind in row["span_kind"]]


def test_what_was_exported_comes_back(
    shards_folder: Path, tokenizer: Any, forbids: Boundary, tmp_path: Path
) -> None:
    made = brought_in(shards_folder / "kd_mix.jsonl", forbids, tokenizer)
    assert made.skipped.num_rows == 0
    assert problems(made.texts, made.spans, tokenizer) == []
    paths = sorted(shards_folder.glob("shard-*.parquet"))
    before = {
        row["prompt_id"]: row
        for path in paths
        for row in tables.rows(tables.read(path, SHARD))
        if row["split"] == "train"
    }
    after = {row["prompt_id"]: row for row in stored(made, tokenizer, tmp_path / "again")}
    assert after.keys() == before.keys()
    for key, row in before.items():
        assert after[key]["input_ids"] == row["input_ids"]
        assert decisions(after[key]) == decisions(row)
        # Values are told from structure again: they are read, for nothing published says which.
        values = [kind == KINDS.index("json_value") for kind in row["span_kind"]]
        assert [k == KINDS.index("json_value") for k in after[key]["span_kind"]] == values


@pytest.fixture
def recorded(keeps: Boundary, tokenizer: Any, tmp_path: Path) -> Path:
    """kd_mix.jsonl of a conversation of two answers, with a thought."""
    runs = tmp_path / "runs.jsonl"
    runs.write_text(json.dumps(ROWS["chat"]), encoding="utf-8")
    stored(brought_in(runs, keeps, tokenizer), tokenizer, tmp_path / "first")
    return tmp_path / "first" / "shards" / "kd_mix.jsonl"


def test_a_conversation_of_several_answers_comes_back(
    recorded: Path, keeps: Boundary, tokenizer: Any, tmp_path: Path
) -> None:
    made = brought_in(recorded, keeps, tokenizer)
    before = tables.read(recorded.parent / "shard-00000.parquet", SHARD)
    after = stored(made, tokenizer, tmp_path / "second")
    assert [len(text["cuts"]) for text in tables.rows(made.texts)] == [4]
    assert [decisions(row) for row in after] == [decisions(row) for row in tables.rows(before)]
    spans = tables.rows(made.spans)
    carried = [span["content"] for span in spans if span["kind"] == "integration"]
    thoughts = [span["content"] for span in spans if span["kind"] == "reasoning"]
    assert (carried, thoughts) == (["12"], ["<think>\nLook it up.\n</think>"])


def test_an_exported_thought_is_refused_without_a_licence(
    recorded: Path, forbids: Boundary, rejects: Boundary, tokenizer: Any
) -> None:
    for boundary in (forbids, rejects):
        made = brought_in(recorded, boundary, tokenizer)
        assert made.texts.num_rows == 0
        assert made.skipped["reason"].to_pylist() == ["reasoning"]
        assert "Look it up" not in str(made.skipped.to_pylist())


def changed(recorded: Path, **fields: Any) -> Path:
    row = json.loads(recorded.read_text(encoding="utf-8"))
    metadata = row["metadata"] | fields.pop("metadata", {})
    path = recorded.with_name("changed.jsonl")
    path.write_text(json.dumps(row | fields | {"metadata": metadata}), encoding="utf-8")
    return path


BROKEN = [
    pytest.param({"tool_name_ids": [1, 2]}, "bad_messages", id="more_ids_than_positions"),
    pytest.param({"gold_json_positions": [3, 2]}, "bad_messages", id="positions_fall"),
    pytest.param({"gold_json_positions": "x"}, "bad_messages", id="no_list"),
    pytest.param({"metadata": {"cuts": [3]}}, "bad_messages", id="cuts_of_another_text"),
    pytest.param({"metadata": {"cuts": None}}, "bad_messages", id="no_cuts"),
    pytest.param({"metadata": {"cuts": [True, 2]}}, "bad_messages", id="cuts_no_numbers"),
    pytest.param({"tool_name_ids": [0], "tool_name_positions": [9]}, "tokenizer", id="other_ids"),
    pytest.param({"tool_name_ids": [0], "tool_name_positions": [10**6]}, "tokenizer", id="beyond"),
]


@pytest.mark.parametrize(("fields", "reason"), BROKEN)
def test_positions_of_another_text_or_tokenizer_are_refused(
    fields: dict[str, Any], reason: str, recorded: Path, keeps: Boundary, tokenizer: Any
) -> None:
    made = brought_in(changed(recorded, **fields), keeps, tokenizer)
    assert (made.texts.num_rows, made.skipped["reason"].to_pylist()) == (0, [reason])


def test_positions_that_say_otherwise_than_the_text_stand(
    recorded: Path, keeps: Boundary, tokenizer: Any
) -> None:
    """Somebody took the last token of the arguments out of the mask."""
    row = json.loads(recorded.read_text(encoding="utf-8"))
    ids, mask, at = FIELDS["json_arguments"]
    shorter = {name: row[name][:-1] for name in (ids, mask, at)}
    made = brought_in(changed(recorded, **shorter), keeps, tokenizer)
    (text,) = tables.rows(made.texts)
    encoded = encode(tokenizer, text["text"], text["cuts"])
    labelled = {"span_kind": kinds(len(encoded.ids), tables.rows(made.spans))}
    found = [at for at, one in enumerate(decisions(labelled)) if one == "json_arguments"]
    assert found == shorter["gold_json_positions"]


def test_a_key_that_is_none_is_made_of_the_prompt(
    recorded: Path, keeps: Boundary, tokenizer: Any
) -> None:
    made = brought_in(changed(recorded, metadata={"prompt_id": "../x"}), keeps, tokenizer)
    (key,) = made.texts["prompt_id"].to_pylist()
    assert len(key) == 32
    int(key, 16)
