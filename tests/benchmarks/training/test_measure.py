"""That it measures at all, on a tiny student; no figure is judged, and no peer is needed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.training import lengths, scene
from benchmarks.training.measure import measure
from benchmarks.training.run import WARM, WARM_LENGTHS, known
from benchmarks.training.scene import IGNORED, Scene
from benchmarks.training.table import report, runs
from ops import tables
from ops.shards.contract import SHARD
from ops.training.batch import collate, planned

PAIRS = [(30, 4), (22, 9), (12, 3), (8, 4)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene.write(tmp_path_factory.mktemp("training"), WARM, PAIRS)


def test_a_batch_of_ours_is_a_step_and_the_budget_is_the_least_that_allows_it(small: Scene) -> None:
    # 34, 31, 15 and 12 tokens in two rows: 34 + 12 and 31 + 15.
    assert (small.steps, small.budget) == (2, 46)
    batches = planned(small.folder / scene.SHARDS, "train")
    found = [[len(row["input_ids"]) for row in batch] for batch in batches]
    assert sorted(map(sorted, found)) == [[12, 34], [15, 31]]
    assert len(planned(small.folder / scene.SHARDS, "repair")) == 1


def test_the_label_is_the_likeliest_of_the_outcomes_and_something_is_left(small: Scene) -> None:
    targets = collate(small.examples).targets
    # The label stands first, and as no other outcome.
    assert targets.ids_NK.shape == (20, 1 + WARM.outcomes)
    logp = targets.teacher_logp_NK
    assert torch.equal(logp.argmax(1), torch.zeros(20, dtype=torch.long))
    assert bool((logp.exp().sum(1) < 1).all())


def test_peers_are_told_the_labels_of_the_answers_alone(small: Scene) -> None:
    row = small.examples[1]
    assert scene.labels(row) == [IGNORED] * 22 + list(row["input_ids"])[22:]


def test_the_text_is_the_same_without_outcomes(small: Scene) -> None:
    of = [
        tables.rows(tables.read(small.folder / name / "shard-00000.parquet", SHARD))
        for name in (scene.SHARDS, scene.TEXT)
    ]
    assert [row["input_ids"] for row in of[0]] == [row["input_ids"] for row in of[1]]
    assert [row["teacher_ids"] for row in of[1]] == [[]] * 5


@pytest.mark.parametrize("way", ["ours", "ours_ce"])
def test_a_run_of_ours_learns_every_answer_once(way: str, small: Scene) -> None:
    line = measure(way, small, small)
    assert (line["steps"], line["supervised"], line["computed"]) == (2, 20, 92)
    assert line["cpu_s"] > 0
    assert line["peak_mb"] >= 0
    # At its start a student of 512 tokens is as good as one that guesses: log 512 = 6.24 nats.
    assert way == "ours" or abs(line["loss"] - np.log(512)) < 0.2


def test_a_peer_that_is_absent_is_named_with_the_reason(small: Scene) -> None:
    line = {"what": "run", "at": "2026-01-01 00:00"} | measure("sft_padded", small, small)
    assert "No module named" in line["absent"]
    assert "- Not measured: TRL `SFTTrainer`, padded: ModuleNotFoundError" in report([line])


def test_a_sample_stands_at_even_shares_of_the_quantiles() -> None:
    found = lengths.lengths("offline", 100)
    prompts, answers = zip(*found, strict=True)
    assert np.median(prompts) == pytest.approx(193, abs=1)
    assert np.median(answers) == pytest.approx(41, abs=1)
    assert list(prompts) == sorted(prompts)
    assert list(answers) != sorted(answers)
    assert lengths.lengths("offline", 100) == found


def test_the_least_seconds_and_the_greatest_peak_count_and_the_goals_are_judged() -> None:
    def line(way: str, cpu_s: float, peak_mb: float) -> dict[str, Any]:
        of = {"what": "run", "way": way, "at": "2026-01-01 00:00", "load": 1.0, "loss": 9.0}
        counted = {"examples": 10, "tokens": 1000, "supervised": 100, "computed": 1000, "steps": 2}
        return of | counted | {"cpu_s": cpu_s, "wall_s": 2 * cpu_s, "peak_mb": peak_mb}

    lines = [
        line("ours", 9.0, 50.0), line("ours", 2.0, 60.0), line("sft_padded", 8.0, 100.0),
        line("sft_packed", 3.0, 90.0), line("sft_grouped", 1.0, 120.0),
    ]  # fmt: skip
    assert (runs(lines)["ours"]["cpu_s"], runs(lines)["ours"]["peak_mb"]) == (2.0, 60.0)
    page = report(lines)
    assert "times padded TRL at least 3.0 | 4.00 | 4.00 | yes |" in page
    assert "times TRL's best batching at least 1.0 | 0.50 | 0.50 | **no** |" in page
    assert "peak memory, by TRL's least at most 1.0 | 0.67 | | yes |" in page
    assert "| 50 | 500 | 5.00 | 2.0 | 4.0 | 60 | 1,000 | 2 | 9.000 | 1.0 |" in page


def test_a_way_that_is_not_known_is_named() -> None:
    assert known(["ours_ce", "ours"]) == ["ours", "ours_ce"]
    with pytest.raises(SystemExit, match="no way is named theirs"):
        known(["theirs"])


def test_the_warm_scene_fits_its_student(tmp_path: Path) -> None:
    assert scene.write(tmp_path, WARM, WARM_LENGTHS).steps == 2
