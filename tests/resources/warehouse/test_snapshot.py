"""Snapshots: published beside open consoles, kept while somebody reads, free of pruned versions."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ops.errors import ContractError
from pipeline.prune import prune
from resources.lake import Lake
from resources.warehouse.question import Limits, ask
from resources.warehouse.snapshot import KEPT, Warehouse
from resources.warehouse.tables import LINK

from .conftest import PROMPT_ROWS, every_day, put
from .conftest import tables as written

COUNT = "select count(*) from prompts"
CONSOLE = """
import sys, duckdb
console = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
for question in sys.stdin:
    print(console.execute(question).fetchall(), flush=True)
"""


class Console:
    """DuckDB in a process of its own with a snapshot open, as anybody may have it."""

    def __init__(self, path: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", CONSOLE, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._line() == "open"

    def ask(self, question: str) -> str:
        assert self._child.stdin is not None
        self._child.stdin.write(question + "\n")
        self._child.stdin.flush()
        return self._line()

    def close(self) -> None:
        self._child.communicate(timeout=20)

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()


@contextmanager
def console(path: Path) -> Iterator[Console]:
    made = Console(path)
    try:
        yield made
    finally:
        made.close()


def mixed(house: Warehouse, day: str, count: int) -> None:
    from ops.prompts.contract import PROMPTS

    rows = [PROMPT_ROWS[0] | {"prompt_id": f"{day}-{n}"} for n in range(count)]
    mix = {"prompts.parquet": written.from_rows(rows, PROMPTS)}
    put(house.lake, "prompt_mix", mix, day)


def counted(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        (found,) = connection.execute(COUNT).fetchall()
    return int(found[0])


def test_an_open_console_neither_stops_a_run_nor_changes_under_its_reader(house: Warehouse) -> None:
    first = house.publish(every_day(house))
    with console(house.path) as open_one:
        assert open_one.ask(COUNT) == "[(6,)]"
        for number in range(3, 3 + 2 * KEPT):
            put(house.lake, "process_evaluation", {
                "evaluations.parquet": pa.table({"prompt_id": ["p"] * number}),
            })  # fmt: skip
            mixed(house, "2026-01-02", number)
            house.publish(every_day(house))
            removed = prune(house.lake).removed
            assert {one.asset for one in removed} >= {"prompt_mix", "process_evaluation"}
            # What the console reads was pruned from the lake, and is there as it was.
            assert open_one.ask(COUNT) == "[(6,)]"
            assert open_one.ask("select count(*) from evaluations") == "[(16,)]"
        assert (first / LINK).exists()
    assert counted(house.path) == 2 + 2 + 2 * KEPT
    mixed(house, "2026-01-02", 9)
    last = house.publish(every_day(house))
    assert not first.exists()
    assert len(list(last.parent.iterdir())) == KEPT


def test_publishing_the_same_again_makes_nothing_new(house: Warehouse) -> None:
    first = house.publish(every_day(house))
    stamps = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert house.publish(every_day(house)) == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == stamps


def test_nothing_is_copied_and_what_a_stopped_run_left_goes(house: Warehouse) -> None:
    begun = house.lake.base / "warehouse" / ("0" * 16)
    begun.mkdir(parents=True)
    snapshot = house.publish(every_day(house))
    assert not begun.exists()
    mix = house.lake.current("prompt_mix", "2026-01-01").path / "prompts.parquet"
    assert (snapshot / "prompts" / "day=2026-01-01" / "0.parquet").samefile(mix)


def test_days_that_are_not_given_are_not_in_the_tables(house: Warehouse) -> None:
    newest = {"2026-01-02": house.lake.current("prompt_mix", "2026-01-02")}
    mixed(house, "2026-01-02", 7)
    house.publish({"prompt_mix": newest})
    assert counted(house.path) == 4


def test_a_lake_that_was_moved_is_published_anew(house: Warehouse, tmp_path: Path) -> None:
    from resources.settings import Settings

    first = house.publish(every_day(house))
    house.lake.base.parent.rename(tmp_path / "moved")
    there = {"lake.root": str(tmp_path / "moved")}
    moved = Warehouse(lake=Lake(settings=Settings(profile="tiny", overrides=there)))
    assert moved.publish(every_day(moved)).name != first.name
    assert counted(moved.path) == 6


def test_without_a_snapshot_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="run `apprentice demo` or materialize failure_table"):
        ask(tmp_path, "show tables")


def test_a_damaged_snapshot_is_told_in_one_line(house: Warehouse) -> None:
    snapshot = house.publish(every_day(house))
    (snapshot / "steps" / "stage=kd" / "0.parquet").unlink()
    (snapshot / "steps" / "stage=kd" / "0.parquet").write_bytes(b"no table" * 100)
    with pytest.raises(ContractError, match="the snapshot is damaged") as caught:
        ask(house.lake.base, "show tables", Limits(20))
    assert "\n" not in str(caught.value)
