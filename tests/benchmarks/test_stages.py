"""What is finished is kept, equal work is done once, and a failure leaves nothing that counts."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.stages import Stages
from ops.errors import PipelineError


class Counting:
    """A stage that writes what it was asked, unless told to fail."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __call__(self, module: str, spec: dict[str, Any], out: Path) -> dict[str, Any]:
        self.asked.append(spec["do"])
        if spec["do"] == "fail":
            raise PipelineError("told to")
        (out / "made").write_text(spec["do"], encoding="utf-8")
        return {"of": module, "did": spec["do"]}


def test_equal_work_is_done_once_and_kept(tmp_path: Path) -> None:
    stage = Counting()
    specs = [{"do": "one"}, {"do": "two"}, {"do": "one"}]
    done = Stages(tmp_path, beside=2, start=stage).all("ops.stage", specs)
    assert [one.figures["did"] for one in done] == ["one", "two", "one"]
    assert [(one.path / "made").read_text(encoding="utf-8") for one in done[:2]] == ["one", "two"]
    again = Stages(tmp_path, start=stage).all("ops.stage", specs)
    assert again == done
    assert sorted(stage.asked) == ["one", "two"]


def test_another_stage_and_another_specification_are_other_work(tmp_path: Path) -> None:
    stages = Stages(tmp_path, start=Counting())
    paths = {
        stages.one(module, {"do": do}).path
        for module in ("ops.a", "ops.b")
        for do in ("one", "two")
    }
    assert len(paths) == 4


def test_a_folder_that_was_moved_holds_what_it_held(tmp_path: Path) -> None:
    stage, here, there = Counting(), tmp_path / "here", tmp_path / "there"
    Stages(here, start=stage).one("ops.a", {"do": "one", "from": str(here / "lake")})
    here.rename(there)
    found = Stages(there, start=stage).one("ops.a", {"do": "one", "from": str(there / "lake")})
    assert stage.asked == ["one"]
    assert (found.path / "made").is_file()


def test_what_failed_is_tried_again_and_what_had_not_begun_does_not(tmp_path: Path) -> None:
    stage = Counting()
    stages = Stages(tmp_path, start=stage)
    with pytest.raises(PipelineError, match="told to"):
        stages.all("ops.a", [{"do": "fail"}, {"do": "one"}, {"do": "two"}, {"do": "three"}])
    assert "three" not in stage.asked
    with pytest.raises(PipelineError, match="told to"):
        stages.one("ops.a", {"do": "fail"})
    assert stage.asked.count("fail") == 2


@pytest.mark.parametrize("resumes", [True, False])
def test_what_a_stopped_stage_left_is_gone_on_with_where_the_stage_can(
    tmp_path: Path, resumes: bool
) -> None:
    seen: list[list[str]] = []

    def stopping(module: str, spec: dict[str, Any], out: Path) -> dict[str, Any]:
        seen.append([path.name for path in out.iterdir()])
        (out / "half").touch()
        raise PipelineError("stopped")

    stages = Stages(tmp_path, start=stopping, resumes=resumes)
    for _ in range(2):
        with pytest.raises(PipelineError, match="stopped"):
            stages.one("ops.a", {"do": "one"})
    assert seen == [[], ["half"] if resumes else []]
