"""Students that are trained and measured with the real stages, and the page about them."""

from pathlib import Path

import pytest

from benchmarks.distributions.run import OTHER, OWN, Wanted, overrides, students
from benchmarks.distributions.table import report, weights
from benchmarks.lake import Data
from benchmarks.stages import Stages
from ops.errors import InputError
from resources.profile import load

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_students_are_measured_before_and_after_training(
    data: Data, stages: Stages, started: list[str], tmp_path: Path
) -> None:
    wanted = Wanted(tmp_path, [0.0, 1.0], [7], 0.5, 64)
    lines = students(data, OWN, wanted, stages)
    assert weights(lines) == [None, 0.0, 1.0]
    assert started[:3] == ["ops.student", "ops.kd", "ops.kd"]
    untrained, text, apart = (one["divergence"] for one in lines)
    assert text < untrained
    assert apart < untrained
    kept = {
        "what": "kept", "tokenizer": OWN, "train": 72, "repair": 24, "supervised": 1000,
        "recorded": 900, "kept": 500, "outcomes": 2.0, "mass": 0.95,
    }  # fmt: skip
    page = report(
        [one | {"tokenizer": name} for name in (OWN, OTHER) for one in (kept, *lines)], "python"
    )
    assert "| the teacher's tokenizer | 72 + 24 | 1,000 | 900 | 500 | 50.0% | 2.0 | 0.950 |" in page
    assert "With another tokenizer, 500 of 1,000 tokens are learnt from the text alone." in page
    assert f"| cross-entropy alone | {lines[1]['steps']} | {text:.3f} ({text:.3f} to" in page
    assert "Less cross-entropy alone, seed by seed, another tokenizer:" in page


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recording is not in ../shared/data")
def test_the_lakes_differ_in_the_tokenizer_alone() -> None:
    wanted = Wanted(SHARED, [0.0], [7], 1.0, 64)
    own, other = (load("tiny", overrides(wanted, one)) for one in (OWN, OTHER))
    assert own.student.tokenizer == str(SHARED / "qwen2.5-tokenizer")
    assert other.student == own.student.model_copy(update={"tokenizer": None})
    assert (own.teacher, own.prompts, own.shards) == (other.teacher, other.prompts, other.shards)
    assert own.teacher.endpoint == f"replay:{SHARED / 'recorded' / 'bfcl_dev.jsonl.gz'}"


def test_a_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"recorded holds no \*\.jsonl"):
        overrides(Wanted(tmp_path, [0.0], [7], 1.0, 64), OWN)
