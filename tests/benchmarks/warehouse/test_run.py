"""That it measures at all, on a small lake, and that the table says what was found; no figure is
judged.
"""

from pathlib import Path

import pytest

from benchmarks.warehouse.__main__ import report
from benchmarks.warehouse.measure import COMPARED, Line, _inside
from benchmarks.warehouse.rows import SCHEMAS, Part, write
from benchmarks.warehouse.scene import DAYS, Size, publish
from ops import tables
from pipeline import queries
from resources.warehouse.question import held


@pytest.mark.parametrize("table", SCHEMAS)
def test_drawn_rows_are_of_the_real_schema_and_the_same_again(table: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(Part(table, 50, 2, 0, 1), tmp_path / name)
    assert tables.read(tmp_path / "a", SCHEMAS[table]).num_rows == 50
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_each_shipped_query_finds_rows_in_a_lake_of_several_days(tmp_path: Path) -> None:
    lake = publish(tmp_path, Size(4_000, 40))
    with held(lake) as snapshot:
        assert len(list((snapshot / "prompts").iterdir())) == DAYS
        found = {query: _inside(snapshot, query)[0] for query in queries.shipped()}
    assert [query for query, rows in found.items() if not rows] == []
    assert set(COMPARED) < set(found)


def test_the_table_tells_seconds_of_the_clock_and_of_the_processors() -> None:
    found = [
        Line("clusters", "apprentice sql", 7, 2.5, 3.25, 3.0),
        Line("clusters", "in process", 7, 1.0, 1.5, 1.0),
        Line("before_after", "apprentice sql", 4, 1.0, 1.5, 1.0),
        Line("before_after", "in process", 4, 0.5, 0.75, 1.0),
        Line("before_after", "polars", 4, 1.5, 2.0, 1.0),
    ]
    assert report(found).splitlines()[2:] == [
        "| clusters | 7 | 2.50 s (3.25) | 1.00 s (1.50) |  |  | no | 3.0 |",
        "| before_after | 4 | 1.00 s (1.50) | 0.50 s (0.75) | 1.50 s (2.00) |  | yes | 1.0 |",
    ]
