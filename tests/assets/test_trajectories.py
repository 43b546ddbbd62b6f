"""Recorded conversations through Dagster: into the shards, but for what a day holds out."""

import json
from pathlib import Path

import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.shards.contract import SHARD
from ops.spans.contract import SKIPPED, TEXTS
from resources.lake import Lake

from .conftest import DAY, Materialize, done

TOLD = {"role": "assistant", "content": "It is told."}


def recording(messages: list[dict[str, str]]) -> str:
    return json.dumps({"messages": [*messages, TOLD]})


@pytest.mark.usefixtures("sharded")
def test_recordings_are_learnt_but_for_what_a_day_holds_out(
    micro_lake: Lake, materialize: Materialize, overrides: dict[str, str], tmp_path: Path
) -> None:
    before = ("prompt_mix", "teacher_responses", "student_base", "process_spans")
    assert done(materialize(*before, "trajectories", "token_shards"))
    first, shards = micro_lake.current("trajectories"), micro_lake.current("token_shards")
    assert first.figures["sources"] == "none in the profile"
    assert (first.figures["texts"], first.inputs) == (0, {})
    assert shards.inputs["trajectories"] == first.data_version

    mix = micro_lake.current("prompt_mix", DAY).path / "prompts.parquet"
    rows = tables.rows(tables.read(mix, PROMPTS))
    heldout = next(row for row in rows if row["split"] == "heldout" and row["kind"] == "single")
    file = tmp_path / "runs.jsonl"
    mine = [{"role": "user", "content": "Tell me of the lighthouse."}]
    lines = [recording(mine), recording(json.loads(heldout["messages"])), "{"]
    file.write_text("\n".join(lines), encoding="utf-8")
    overrides["trajectories.sources"] = f"[{{path: {file}, licence: MIT}}]"

    # The shards bring them in although their own asset was not asked for.
    result = materialize("token_shards")
    assert done(result)
    made = micro_lake.current("trajectories")
    assert made.figures["by_split"] == {"heldout": 1, "train": 1}
    texts = tables.rows(tables.read(made.path / "texts.parquet", TEXTS))
    assert {(text["source"], text["licence"]) for text in texts} == {("runs.jsonl", "MIT")}
    skipped = tables.rows(tables.read(made.path / "skipped.parquet", SKIPPED))
    assert [(row["line"], row["reason"]) for row in skipped] == [(3, "not_json")]
    (learnt,) = (text["prompt_id"] for text in texts if text["split"] == "train")
    newest = micro_lake.current("token_shards")
    assert newest.figures["train"] == shards.figures["train"] + 1
    ids = [
        row["prompt_id"]
        for path in newest.path.glob("shard-*.parquet")
        for row in tables.rows(tables.read(path, SHARD))
    ]
    assert learnt in ids
    assert not {text["prompt_id"] for text in texts if text["split"] == "heldout"} & set(ids)
    exported = (newest.path / "kd_mix.jsonl").read_text(encoding="utf-8").splitlines()
    licences = [json.loads(line)["metadata"]["licence"] for line in exported]
    assert sorted(set(licences)) == ["", "MIT"]
    assert licences.count("MIT") == 1
