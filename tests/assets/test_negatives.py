"""negative_examples as Dagster runs it: made of the days of the shards, never of held-out words."""

import pytest

from ops import tables
from ops.negatives.config import KINDS
from ops.negatives.contract import NEGATIVES
from ops.prompts.contract import PROMPTS
from ops.shards.contract import SHARD
from resources.lake import Lake

from .conftest import DAY, Materialize, done

ROAD = (
    "prompt_mix", "teacher_responses", "student_base", "process_spans", "token_shards",
    "negative_examples",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("sharded")
def test_the_negatives_of_a_day(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake
) -> None:
    assert done(materialize(*ROAD))
    made = micro_lake.current("negative_examples")
    rows = tables.read(made.path / "negatives.parquet", NEGATIVES).to_pylist()
    assert made.figures["negatives"] == len(rows) > 50
    assert [check["passed"] for check in made.figures["checks"]] == [True]
    mix = micro_lake.current("prompt_mix", DAY)
    split = {
        row["prompt_id"]: row["split"]
        for row in tables.read(mix.path / "prompts.parquet", PROMPTS).to_pylist()
    }
    assert {split[row["prompt_id"]] for row in rows} == {"train"}
    assert {row["negative_kind"] for row in rows} == set(KINDS)

    shards = micro_lake.current("token_shards")
    learnt = {
        tuple(ids)
        for path in shards.path.glob("shard-*.parquet")
        for ids in tables.read(path, SHARD)["input_ids"].to_pylist()
    }
    for row in rows:
        assert tuple(row["prompt_ids"] + row["positive_ids"]) in learnt
        assert tuple(row["prompt_ids"] + row["negative_ids"]) not in learnt

    # What the shards are told otherwise does not touch them; another seed does.
    overrides["shards.batch_tokens"] = "900"
    assert done(materialize("token_shards", "negative_examples"))
    assert micro_lake.current("negative_examples").data_version == made.data_version
    overrides["negatives.seed"] = "1"
    overrides["negatives.kinds"] = "[wrong_tool]"
    assert done(materialize("negative_examples"))
    other = micro_lake.current("negative_examples")
    assert set(other.figures["by_kind"]) == {"wrong_tool"}
