"""That it measures at all, on a tiny head, and that all ways make the same; no figure is judged."""

from typing import Any

import pytest
import torch

from benchmarks.head.measure import memory, times
from benchmarks.head.run import known
from benchmarks.head.scene import Size, scene
from benchmarks.head.table import cases, report
from benchmarks.head.ways import WAYS

CASE: dict[str, Any] = {
    "tokens": 24, "supervised": 12, "hidden": 8, "vocabulary": 640, "product": "float32",
    "trained": True, "repetitions": 2,
}  # fmt: skip


@pytest.mark.parametrize("way", ["ours_ce", "linear_ce"])
def test_ways_of_the_cross_entropy_make_the_same_gradients(way: str) -> None:
    where = scene(Size(24, 12, 8, 640), trained=True, product=torch.float32)
    made = []
    for name in ("full_ce", way):
        WAYS[name](where)()
        made.append((where.hidden_TH.grad, where.weight_VH.grad))
        where.forget()
    # Ours descends three tenths of it in the scene, beside the divergence.
    factor = 0.3 if way == "ours_ce" else 1.0
    for one, other in zip(*made, strict=True):
        assert one is not None
        torch.testing.assert_close(other, factor * one, atol=1e-6, rtol=1e-4)


def test_every_way_that_is_here_is_timed_and_the_others_say_why_not() -> None:
    lines = times(CASE | {"ways": ["bare", "ours", "distillkit"]})
    assert [len(line["seconds"]) for line in lines] == [2, 2, 0]
    assert "distillkit" in lines[2]["absent"]


def test_memory_is_of_a_process_of_its_own() -> None:
    (line,) = memory(CASE | {"ways": ["full_ce"], "tokens": 2048, "supervised": 205})
    assert 2048 * 640 * 4 / 2**20 < line["peak_mb"] < 100


def test_the_least_seconds_count_and_the_goals_are_judged() -> None:
    def line(way: str, seconds: list[float]) -> dict[str, Any]:
        of = {"tokens": 512, "trained": True, "product": "float32", "way": way}
        return of | {"what": "time", "seconds": seconds, "load": 1.0, "at": "2026-01-01 00:00"}

    lines = [line("bare", [1.0, 2.0]), line("ours", [3.0, 1.05])]
    assert cases(lines)["time", 512, True, "float32", "ours"]["cpu_s"] == 1.05
    page = report(lines)
    assert "| time, trained, of the bare products at most 1.10 | 1.05 | yes |" in page
    assert "| time, frozen, of the bare products at most 1.15 | not measured | |" in page


def test_a_way_that_is_not_known_is_named() -> None:
    assert known(["ours"]) == ["bare", "ours"]
    with pytest.raises(SystemExit, match="no way is named theirs"):
        known(["theirs"])
