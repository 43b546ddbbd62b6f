"""Cells from shards to rates with the real stages, in this process; no figure is judged."""

from benchmarks.ablation.run import Wanted, judges, run
from benchmarks.ablation.variants import chosen
from benchmarks.lake import Data
from benchmarks.stages import Stages
from ops import tables
from ops.prompts.contract import PROMPTS


def test_cells_share_what_they_have_in_common_and_are_kept(
    data: Data, stages: Stages, started: list[str]
) -> None:
    wanted = Wanted(chosen(["profile", "kd"]), [7], 0.1, 3)
    lines = run(data, wanted, stages)
    assert [one["variant"] for one in lines] == ["profile", "kd"]
    assert started == ["ops.student", "ops.kd", "ops.process", *["ops.evaluation"] * 2]
    assert [one["steps"] for one in lines] == [2, 1]
    for line in lines:
        assert line["free"]["n"] == line["constrained"]["n"] == 3
    assert run(data, wanted, stages) == lines
    assert len(started) == 5


def test_only_held_out_prompts_judge(data: Data, stages: Stages) -> None:
    stages.work.mkdir()
    held = tables.read(judges(data, stages.work), PROMPTS)
    everything = tables.read(data.prompts, PROMPTS)
    assert set(held["split"].to_pylist()) == {"heldout"}
    assert held.num_rows == everything["split"].to_pylist().count("heldout") > 0
