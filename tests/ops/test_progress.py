"""Reports reach the innermost sink, not too often, and always the last one."""

import pytest

from ops import progress
from ops.progress import Progress, report, sink


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_last", {})


def test_without_a_sink_nothing_happens() -> None:
    report("kd", 1, 2)


def test_many_reports_are_the_first_and_the_last() -> None:
    seen: list[Progress] = []
    with sink(seen.append):
        for done in range(1, 1001):
            report("kd", done, 1000, loss=f"{1 / done:.3f}")
    assert [at.done for at in seen] == [1, 1000]
    assert seen[-1] == Progress("kd", 1000, 1000, {"loss": "0.001"})


def test_stages_do_not_silence_each_other() -> None:
    seen: list[Progress] = []
    with sink(seen.append):
        report("kd", 1, 9)
        report("process", 1, 9, rows=3)
    assert [(at.stage, at.figures) for at in seen] == [("kd", {}), ("process", {"rows": "3"})]


def test_after_a_while_it_reports_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Progress] = []
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    with sink(seen.append):
        report("kd", 1, 9)
        report("kd", 2, 9)
    assert [at.done for at in seen] == [1, 2]


def test_the_innermost_sink_gets_it_and_leaves_when_its_block_does() -> None:
    outer: list[Progress] = []
    inner: list[Progress] = []
    with sink(outer.append):
        with pytest.raises(KeyError), sink(inner.append):
            report("a", 1, 1)
            raise KeyError
        report("b", 1, 1)
    report("c", 1, 1)
    assert ([at.stage for at in outer], [at.stage for at in inner]) == (["b"], ["a"])


def test_a_log_hears_each_quarter_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    with sink(progress.quarters(lines.append)):
        for done in range(1, 101):
            report("kd", done, 100)
        report("short", 39, 39)
    assert lines == ["kd 1/100", "kd 25/100", "kd 50/100", "kd 75/100", "kd 100/100"]


def test_a_log_is_silent_where_somebody_listens() -> None:
    lines: list[str] = []
    seen: list[Progress] = []
    with sink(seen.append), progress.unless_heard(progress.quarters(lines.append)):
        report("kd", 100, 100)
    with progress.unless_heard(progress.quarters(lines.append)):
        report("process", 50, 50)
    assert [at.stage for at in seen] == ["kd"]
    assert lines == ["process 50/50"]
