"""`apprentice sql` as a user types it: tables, CSV, Parquet, shipped queries, one line of error."""

import csv
import io
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import queries
from resources.lake import Lake
from resources.settings import Settings
from resources.warehouse.snapshot import Warehouse
from tests.resources.warehouse.conftest import every_day, fill

from .conftest import Command


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile whose lake has a snapshot."""
    folder = tmp_path_factory.mktemp("sql")
    path = folder / "small.yaml"
    path.write_text(f"lake: {{root: {folder / 'lake'}}}\n", encoding="utf-8")
    lake = Lake(settings=Settings(profile=str(path)))
    fill(lake)
    house = Warehouse(lake=lake)
    house.publish(every_day(house))
    return str(path)


def one_line(done: subprocess.CompletedProcess[str], *told: str) -> None:
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert [part for part in told if part not in done.stderr] == []


def test_a_table_says_how_many_rows_it_leaves_off(command: Command, profile: str) -> None:
    ids = "select prompt_id, '[b]' as words, null as nothing from prompts order by 1"
    done = command("sql", ids, "--profile", profile, "--rows", "2")
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()[1:6]] == [
        ["┃", "prompt_id", "┃", "words", "┃", "nothing", "┃"],
        ["┡━━━━━━━━━━━╇━━━━━━━╇━━━━━━━━━┩"],
        ["│", "p0", "│", "[b]", "│", "│"],
        ["│", "p0", "│", "[b]", "│", "│"],
        ["└───────────┴───────┴─────────┘"],
    ]
    assert "and 4 more rows; --rows N" in done.stdout


def test_where_nobody_types_it_shows_the_tables(command: Command, profile: str) -> None:
    done = command("sql", "--profile", profile, "--csv")
    assert done.stdout.split()[:3] == ["name", "clusters", "critiques"]


def test_a_shipped_query_by_its_name_as_csv(command: Command, profile: str) -> None:
    done = command("sql", "--file", "failures_by_tool", "--profile", profile, "--csv")
    assert list(csv.reader(io.StringIO(done.stdout))) == [
        ["wanted_tool", "category", "failures", "percent"],
        ["pong", "wrong_tool", "2", "50.0"],
        ["(none)", "needless_call", "1", "25.0"],
        ["ping", "wrong_tool", "1", "25.0"],
    ]


def test_a_file_of_ones_own_into_parquet(command: Command, profile: str, tmp_path: Path) -> None:
    question, answer = tmp_path / "mine.sql", tmp_path / "answer.parquet"
    question.write_text(
        "-- all\nselect range as n, 'é' as word from range(25000)", encoding="utf-8"
    )
    given = ("sql", "--file", str(question), "--profile", profile, "--parquet", str(answer))
    done = command(*given)
    assert done.stdout == f"{answer}: 25,000 rows\n"
    written = pq.read_table(answer)
    assert written.schema == pa.schema([("n", pa.int64()), ("word", pa.string())])
    assert written.num_rows == 25_000
    assert sorted(path.name for path in tmp_path.glob("*answer*")) == ["answer.parquet"]


def test_what_is_shipped_is_listed(command: Command) -> None:
    listed = command("sql", "--list").stdout
    for name, meaning in queries.shipped().items():
        assert f"{name} " in listed
        assert meaning in " ".join(listed.split())


def test_a_mistake_is_one_line(command: Command, profile: str, tmp_path: Path) -> None:
    def ask(*given: str) -> subprocess.CompletedProcess[str]:
        return command("sql", *given, "--profile", profile)

    one_line(ask("frm x"), "InputError: that query does not run", "(line 1, column 1)")
    one_line(ask("--file", "no_such"), "query 'no_such'", "shipped: before_after, clusters")
    nowhere = str(tmp_path / "no" / "where.parquet")
    one_line(ask("select 1", "--parquet", nowhere), f"{nowhere} cannot be written")
    span = ask("select interval 1 month i", "--parquet", str(tmp_path / "a.parquet"))
    one_line(span, "cast the column to text")
    assert list(tmp_path.glob("*.parquet")) == []
