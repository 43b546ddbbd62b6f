"""Positions, outcomes and mass that are counted are those that the shards hold."""

from pathlib import Path

import pytest

from benchmarks.distributions.kept import kept
from benchmarks.lake import Data
from ops.training.batch import planned, supervised


def test_what_is_kept_is_counted_example_by_example(data: Data, day_folder: Path) -> None:
    examples = [
        one
        for split in ("train", "repair")
        for batch in planned(data.shards, split)
        for one in batch
    ]
    found = kept(data.shards, day_folder)
    assert found["examples"] == len(examples)
    assert found["supervised"] == sum(len(supervised(one["span_kind"])) for one in examples)
    assert found["kept"] == sum(len(one["teacher_at"]) for one in examples)
    # The teacher of the small world cuts as the student does, and tells 80 % and 15 %.
    assert found["kept"] == found["recorded"]
    assert found["outcomes"] == pytest.approx(2.0, abs=0.1)
    assert found["mass"] == pytest.approx(0.95, abs=0.02)
