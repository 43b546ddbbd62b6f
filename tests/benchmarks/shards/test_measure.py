"""That it measures at all, on a few rows; no figure is judged here."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.shards import day
from benchmarks.shards.measure import TOKENIZER, measure
from benchmarks.shards.run import Options, _measured
from benchmarks.shards.storage import storage
from benchmarks.shards.table import best, report
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store


@pytest.fixture(scope="module")
def folder(supervision: Any, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of 150 rows of the texts of the tests, more than there are texts."""
    made = tmp_path_factory.mktemp("measured")
    tokenizer.save_pretrained(str(made / TOKENIZER))
    (made / "150").mkdir()
    day.write(supervision, tokenizer, 150, made / "150")
    return made


def test_ours_and_the_bare_tokenizer_see_the_same_texts(folder: Path) -> None:
    ours, bare = (measure(what, folder / "150") for what in ("ours", "encode"))
    assert 0 < ours["tokens"] < bare["tokens"]  # one is without the held-out split
    for found in (ours, bare):
        assert found["wall_s"] > 0
        assert found["peak_mb"] >= found["before_mb"] > 0


def test_every_token_of_an_answer_has_a_distribution_and_every_column_bytes(
    folder: Path, tokenizer: Any, tmp_path: Path
) -> None:
    inputs = folder / "150"
    figures = store([Day(inputs, inputs, inputs)], tokenizer, ShardsConfig(top_k=20), tmp_path)
    assert figures["teacher_distribution_share"] == 1.0
    found = storage(tmp_path)
    assert {"input_ids", "teacher_ids", "teacher_logp", "weight"} <= set(found)
    assert sum(found.values()) < (tmp_path / "shard-00000.parquet").stat().st_size


def test_a_peer_that_is_absent_is_reported_with_the_reason(folder: Path) -> None:
    options = Options(150, [], 1, folder, folder / "no" / "python")
    line = {"what": "datasets", "rows": 150, "threads": 1}
    line |= _measured(options, "datasets", "150", 1)
    assert "Not measured: datasets: " in report([line])
    assert "No such file" in line["absent"]


def test_the_best_counts_and_the_ratio_is_to_the_encoder() -> None:
    def line(what: str, wall_s: float, load: float) -> dict[str, Any]:
        return {
            "what": what, "rows": 1000, "threads": 2, "wall_s": wall_s, "cpu_s": 2 * wall_s,
            "tokens": 300_000, "load": load,
        }  # fmt: skip

    lines = [line("encode", 0.6, 1.0), line("ours", 3.0, 4.0), line("ours", 1.0, 2.0)]
    assert best(lines)[2, "ours"]["wall_s"] == 1.0
    row = next(row for row in report(lines).splitlines() if "**ours**" in row)
    assert row.split(" | ")[2:] == ["1,000", "300,000", "0.60", "0.60", "4.0 |"]
