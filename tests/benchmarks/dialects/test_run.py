"""That the benchmark of the dialects judges rightly; no figure is judged here."""

import json
from pathlib import Path

import pytest

from benchmarks.dialects.places import places
from benchmarks.dialects.run import Outcome, judged, ours
from benchmarks.dialects.table import differences, name_places, recorded_table, written_table
from benchmarks.dialects.texts import RECORDED, Text, recorded, written
from benchmarks.dialects.write import WRITERS

DATA = Path(__file__).parents[4] / "shared" / "data"
TOOL = {
    "type": "function",
    "function": {"name": "add", "parameters": {"properties": {"a": {"type": "integer"}}}},
}
GOLD = [("add", {"a": 1}), ("add", {})]
BROKEN = '```json\n{"name": "add", "arguments": {"a": 2 * 3}}\n```'


@pytest.mark.parametrize(
    ("calls", "outcome"),
    [
        pytest.param(GOLD, Outcome(True, True), id="same"),
        pytest.param([("add", {"a": 1.0}), ("add", {})], Outcome(True, True), id="one_number"),
        pytest.param([("add", {"a": "1"}), ("add", {})], Outcome(True, False), id="text"),
        pytest.param([("add", {"a": True}), ("add", {})], Outcome(True, False), id="boolean"),
        pytest.param(GOLD[:1], Outcome(False, False), id="one_is_missing"),
        pytest.param([("sub", {"a": 1}), ("add", {})], Outcome(False, False), id="other_name"),
    ],
)
def test_exact_is_every_name_and_every_value_with_its_type(
    calls: list[tuple[str, object]], outcome: Outcome
) -> None:
    assert judged(calls, GOLD) == outcome


@pytest.mark.parametrize("dialect", WRITERS)
def test_places_are_those_of_the_writing(dialect: str) -> None:
    text = f"I add. {WRITERS[dialect](GOLD)}"
    (name, inside), (other, empty) = places(dialect, text, GOLD)
    assert text[slice(*name)] == text[slice(*other)] == "add"
    assert name.end < other.start
    assert inside and "1" in text[slice(*inside)]
    assert empty is None or text[slice(*empty)] in ("{}", "")


def test_a_right_reading_is_found_exact_and_placed_in_every_dialect() -> None:
    texts = [Text("1", d, write(GOLD), [TOOL], GOLD) for d, write in WRITERS.items()]
    scores, readings = ours(texts)
    assert {(s.texts, s.found, s.exact, s.placed) for s in scores.values()} == {(1, 1, 1, 1)}
    assert written_table(scores, None).count("100.0% | 100.0% | 100.0%") == len(WRITERS)
    peers = [None if text.dialect == "react" else [("add", {})] for text in texts]
    told = differences(texts, readings, peers)
    assert len(told) == len(WRITERS) - 1
    assert told[0] == "- qwen: only ours is exact on 1 texts, 1 the first."


def test_a_wrong_reading_is_none_of_it() -> None:
    scores, _ = ours([Text("1", "fenced", BROKEN, [TOOL], GOLD)])
    assert (scores["fenced"].found, scores["fenced"].exact, scores["fenced"].placed) == (0, 0, 0)


def test_a_recorded_name_without_a_span_is_counted() -> None:
    whole = BROKEN.replace("2 * 3", "6")
    texts = [Text(str(i), RECORDED, text, [TOOL], None) for i, text in enumerate([BROKEN, whole])]
    assert [len(name_places(text)) for text in texts] == [1, 1]
    _, readings = ours(texts)
    told = recorded_table(texts, readings, [])
    assert '| offered names behind `"name": ` in a name span | 1 of 2 |' in told
    assert "| read as | a broken call (json) 1, fenced calls 1 |" in told


def test_what_is_not_there_gives_no_texts(tmp_path: Path) -> None:
    assert list(written(tmp_path, 3)) == []
    assert list(recorded(tmp_path / "none.gz", 3)) == []


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_the_benchmark_s_calls_are_all_read_exactly_where_they_are() -> None:
    texts = list(written(DATA / "bfcl", 3))
    assert len(texts) == 4 * 3 * len(WRITERS)
    scores, readings = ours(texts)
    assert {(s.found, s.exact, s.placed) for s in scores.values()} == {(12, 12, 12)}
    assert all(json.dumps(call.arguments) for one in readings for call in one.calls)


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
def test_every_whole_call_of_a_real_teacher_has_its_name_in_a_span() -> None:
    texts = list(recorded(DATA / "recorded" / "bfcl_dev.jsonl.gz", 100))
    scores, readings = ours(texts)
    assert (scores[RECORDED].texts, scores[RECORDED].found) == (100, 95)
    for text, reading in zip(texts, readings, strict=True):
        covered = {call.name_at for call in reading.calls}
        assert reading.broken or set(name_places(text)) <= covered
    assert sum(bool(reading.broken) for reading in readings) == 1
