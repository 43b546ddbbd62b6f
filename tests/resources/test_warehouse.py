"""SQL over the lake: the tables, consoles that stay open, and questions that are refused."""

import csv
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ops import tables
from ops.errors import ContractError, InputError
from ops.prompts.contract import PROMPTS
from resources.lake import Artifact, Lake
from resources.warehouse import KEPT, TABLES, Warehouse, ask


def put(lake: Lake, asset: str, file: str, rows: pa.Table, day: str | None = None) -> None:
    key = f"{rows.num_rows:064x}"
    draft = lake.draft(asset, day, key)
    tables.write(rows, draft / file)
    manifest = {"figures": {"rows": rows.num_rows}, "seconds": 1.5}
    lake.publish(draft, key, manifest)


def prompts(count: int) -> pa.Table:
    row: dict[str, Any] = dict.fromkeys(PROMPTS.names, "x")
    return tables.from_rows([{**row, "prompt_id": f"p{n}"} for n in range(count)], PROMPTS)


def every_day(house: Warehouse) -> dict[str, dict[str, Artifact]]:
    """Every day that there is."""
    return {"prompt_mix": house.lake.partitions("prompt_mix")}


@pytest.fixture
def house(lake: Lake) -> Warehouse:
    """Two days of prompts, evaluations of both phases, and steps of one stage."""
    put(lake, "prompt_mix", "prompts.parquet", prompts(2), "2026-01-01")
    put(lake, "prompt_mix", "prompts.parquet", prompts(3), "2026-01-02")
    put(lake, "process_evaluation", "evaluations.parquet", pa.table({"correct": [True, False]}))
    put(lake, "merged_evaluation", "evaluations.parquet", pa.table({"correct": [True]}))
    put(lake, "kd_checkpoint", "steps.parquet", pa.table({"step": [1, 2], "loss": [2.0, 1.0]}))
    return Warehouse(lake=lake)


def test_the_tables_of_what_is_there(house: Warehouse) -> None:
    house.publish(every_day(house))
    assert [name for (name,) in ask(house.path, "show tables")[1]] == [
        "evaluations", "prompts", "runs", "steps"
    ]  # fmt: skip
    assert ask(house.path, "select day, count(*) n from prompts group by 1 order by 1") == (
        ["day", "n"],
        [("2026-01-01", 2), ("2026-01-02", 3)],
    )
    assert ask(house.path, "select phase, count(*) from evaluations group by 1 order by 1")[1] == [
        ("after", 1),
        ("before", 2),
    ]
    assert ask(house.path, "select stage, step from steps where loss < 1.5")[1] == [("kd", 2)]
    assert ask(
        house.path, "select asset, partition, seconds, figures->>'rows' from runs order by 1, 2"
    )[1] == [
        ("kd_checkpoint", None, 1.5, "2"),
        ("merged_evaluation", None, 1.5, "1"),
        ("process_evaluation", None, 1.5, "2"),
        ("prompt_mix", "2026-01-01", 1.5, "2"),
        ("prompt_mix", "2026-01-02", 1.5, "3"),
    ]


def test_days_that_are_not_given_are_not_in_the_tables(house: Warehouse) -> None:
    newest = {"2026-01-02": house.lake.current("prompt_mix", "2026-01-02")}
    put(house.lake, "prompt_mix", "prompts.parquet", prompts(7), "2026-01-02")
    house.publish({"prompt_mix": newest})
    assert ask(house.path, "select day, count(*) from prompts group by 1")[1] == [("2026-01-02", 3)]
    runs = "select partition from runs where asset = 'prompt_mix'"
    assert ask(house.path, runs)[1] == [("2026-01-02",)]


def test_every_table_is_made_from_an_asset_and_a_parquet_file() -> None:
    assert set(TABLES) == {
        "prompts", "rejected_prompts", "quotas", "responses", "refused", "texts", "spans",
        "skipped", "negatives", "evaluations", "failures", "critiques", "unrepaired", "steps",
        "pace",
    }  # fmt: skip
    assert all(file.endswith(".parquet") for parts in TABLES.values() for _, file, _ in parts)


def test_an_open_console_neither_stops_a_publish_nor_changes_under_its_reader(
    house: Warehouse,
) -> None:
    house.publish(every_day(house))
    count = "select count(*) from prompts"
    with duckdb.connect(str(house.path)) as console:
        console.execute("create temp table mine as select 1")
        for days in range(3, 6):
            put(house.lake, "prompt_mix", "prompts.parquet", prompts(4), f"2026-01-0{days}")
            house.publish(every_day(house))
        assert console.execute(count).fetchall() == [(5,)]
    assert ask(house.path, count)[1] == [(17,)]


def test_publishing_the_same_again_makes_nothing_new_and_old_snapshots_go(
    house: Warehouse,
) -> None:
    first = house.publish(every_day(house))
    stamp = first.stat().st_mtime_ns
    assert house.publish(every_day(house)) == first
    assert first.stat().st_mtime_ns == stamp
    for days in range(3, 8):
        put(house.lake, "prompt_mix", "prompts.parquet", prompts(1), f"2026-01-0{days}")
        last = house.publish(every_day(house))
    left = list(last.parent.glob("*.duckdb"))
    assert last in left
    assert len(left) == KEPT
    assert list(last.parent.glob(".*")) == []


@pytest.mark.parametrize(
    "attack",
    [
        "copy prompts to '{out}'",
        "copy (select 1) to '{out}' (format parquet)",
        "export database '{out}'",
        "select * from read_csv('{secret}')",
        "select * from read_text('{secret}')",
        "select * from read_blob('{secret}')",
        "select * from '{secret}'",
        "select * from glob('{folder}/*')",
        "attach '{out}'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '1GB'",
        "reset lock_configuration",
        "create table mine as select 1",
        "insert into runs select * from runs",
        "drop table prompts",
        "delete from prompts",
        "update prompts set split = 'train'",
        "create secret s (type s3, key_id 'a', secret 'b')",
        "select * from settings",
        "call pragma_version_of_nothing()",
        "not a question",
        "",
        "select error('two\nlines')",
    ],
)
def test_what_is_not_a_question_about_the_lake_is_refused_in_one_line(
    house: Warehouse, tmp_path: Path, attack: str
) -> None:
    house.publish(every_day(house))
    secret, out = tmp_path / "secret.csv", tmp_path / "out.db"
    with secret.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["word"], ["canary"]])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="that query does not run") as caught:
        ask(house.path, attack.format(out=out, secret=secret, folder=tmp_path))
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert ask(house.path, "select count(*) from prompts")[1] == [(5,)]


def test_without_a_snapshot_it_says_what_to_run(lake: Lake) -> None:
    with pytest.raises(ContractError, match="run `apprentice demo` or materialize failure_table"):
        ask(Warehouse(lake=lake).path, "show tables")


def test_a_damaged_snapshot_is_told_in_one_line(house: Warehouse) -> None:
    house.publish(every_day(house)).write_bytes(b"no database" * 1000)
    with pytest.raises(ContractError, match="is damaged") as caught:
        ask(house.path, "show tables")
    assert "\n" not in str(caught.value)
