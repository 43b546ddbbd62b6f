"""Statements that want more than to read tables: none reads or writes outside, none outlives its
limit. Those that are refused at once are put to the connection that a question has; those that only
a limit ends, to the process that has the limits.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ops.errors import InputError
from resources.warehouse.child import Report, Spec, answer, opened, told
from resources.warehouse.files import ROOT
from resources.warehouse.question import Limits, ask
from resources.warehouse.tables import LINK

CANARY = "canary-0123456789"
OWN = f"{ROOT}prompts/day=2026-01-01/0.parquet"
REFUSED = {
    "read_text": "select * from read_text('{secret}')",
    "read_blob": "select * from read_blob('{secret}')",
    "read_csv": "select * from read_csv('{secret}')",
    "read_json": "select * from read_json('{secret}')",
    "read_parquet": "select * from read_parquet('{parquet}')",
    "bare_file": "select * from '{secret}'",
    "environment_of_the_process": "select * from read_blob('/proc/self/environ')",
    "beside_the_snapshot": "select * from read_text('lake://../../../secret.csv')",
    "other_scheme": "select * from read_text('file://{secret}')",
    "database_of_others": "select * from read_duckdb('{link}', table_name = 'prompts')",
    "sniff": "select * from sniff_csv('{secret}')",
    "glob": "select * from glob('{folder}/*')",
    "glob_of_the_snapshot": "select * from glob('lake://*')",
    "getenv": "select getenv('HOME')",
    "python_variable": "select * from CANARY",
    "web": "select * from read_csv('https://example.org/a.csv')",
    "bucket": "select * from 's3://bucket/a.parquet'",
    "copy": "copy prompts to '{out}'",
    "copy_in_with": "with x as (copy (select 1) to '{out}' (use_tmp_file false)) from x",
    "copy_over_a_table": "copy (select 1) to '" + OWN + "' (use_tmp_file false)",
    "copy_over_a_table_in_with":
        "with x as (copy (select 1) to '" + OWN + "' (use_tmp_file false)) from x",
    "copy_over_the_snapshot": "with x as (copy (select 1) to '{link}' (use_tmp_file 0)) from x",
    "copy_from": "copy runs from '{secret}'",
    "explained_copy": "explain analyze copy (select 1) to '{out}'",
    "export": "export database '{out}'",
    "import": "import database '{folder}'",
    "attach": "attach '{out}' as other",
    "attach_the_snapshot": "attach '{link}' as other",
    "install": "install httpfs",
    "load": "load httpfs",
    "secret": "create secret s (type s3, key_id 'a', secret 'b')",
    "set": "set enable_external_access = true",
    "set_file_systems": "set disabled_filesystems = ''",
    "reset": "reset lock_configuration",
    "pragma": "pragma memory_limit = '90GB'",
    "log_to_file": "from enable_logging(storage = 'file', storage_path = '{out}')",
    "profile_to_file": "from enable_profiling(save_location = '{out}')",
    "several": "select 1; copy prompts to '{out}'",
    "comment_and_several": "select 1 -- a\n; drop view prompts",
    "insert": "insert into runs select * from runs",
    "insert_in_with": "with x as (insert into runs select * from runs returning *) from x",
    "update": "update prompts set split = 'train'",
    "delete": "delete from prompts",
    "drop": "drop view prompts",
    "create": "create table mine as select 1",
    "checkpoint": "checkpoint",
    "call": "call pragma_version()",
    "transaction": "begin",
    "prepared": "prepare a as select 1",
    "shell": ".shell cat {secret}",
    "no_question": "not a question",
    "empty": "",
    "comment": "-- nothing",
    "error_of_two_lines": "select error('two\nlines')",
    "query_in_a_query": "select * from query('copy (select 1) to ''{out}''')",
    "serialized": "select * from json_execute_serialized_sql('{{}}')",
    "nested": "select " + "(" * 3000 + "1" + ")" * 3000,
}  # fmt: skip
BOMBS = {
    "recursion": "with recursive t as (select 1 a union all select a + 1 from t) from t",
    "cross_join": "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
    "series": "select max(x) from generate_series(1, 1000000000000) t(x)",
    "endless_answer": "select range from range(1000000000000)",
    "long_text": "select length(repeat('x', 3000000000::bigint))",
    "many_texts": "select string_agg(repeat('x', 1000) || range, '') from range(100000000)",
    "wide_list": "select list(range order by hash(range)) from range(100000000)",
    "pattern": "select count(*) from range(1000000000) where regexp_matches(repeat('a', 300) "
               "|| range, '^(a+)+$')",
    "json": "select json_array_length(('[' || repeat('[],', 400000000) || '1]')::json)",
    "sort": "select range from range(2000000000) order by hash(range) limit 1 offset 1000000000",
}  # fmt: skip


@pytest.fixture(scope="module")
def places(published: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.csv").write_text(f"word\n{CANARY}\n", encoding="utf-8")
    snapshot = (published / LINK).resolve().parent
    return {
        "folder": folder,
        "secret": folder / "secret.csv",
        "parquet": snapshot.parents[1] / "outside.parquet",
        "out": folder / "out",
        "link": snapshot / LINK,
        "snapshot": snapshot,
    }


@pytest.fixture(autouse=True)
def nothing_changes(places: dict[str, Any]) -> Iterator[None]:
    """No file comes, goes or is another, here or in the snapshot."""

    def seen() -> list[tuple[str, int, int]]:
        roots = (places["folder"], places["snapshot"])
        found = [(path, path.stat()) for root in roots for path in sorted(root.rglob("*"))]
        return [(str(path), held.st_size, held.st_mtime_ns) for path, held in found]

    before = seen()
    yield
    assert seen() == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_question_to_the_tables_is_refused_in_one_line(
    places: dict[str, Any], name: str
) -> None:
    question = REFUSED[name].format(**places)
    spec = Spec(str(places["snapshot"]), question, None, 200, 60)
    with Path(os.devnull).open("wb") as nowhere:
        report = answer(spec, nowhere)
    assert report.about == "question", report
    assert report.problem
    assert "\n" not in report.problem
    assert CANARY not in report.problem


def test_what_would_be_printed_is_no_file(places: dict[str, Any], tmp_path: Path) -> None:
    """The same connection answers what is a question, so that the refusals mean something."""
    with (tmp_path / "stream").open("wb") as stream:
        spec = Spec(str(places["snapshot"]), "select count(*) from prompts", None, 200, 60)
        assert answer(spec, stream) == Report()
    connection = opened(places["snapshot"], 200)
    found = connection.sql("select current_setting('enable_external_access')").fetchall()
    assert found == [(False,)]
    connection.close()


def test_none_outlives_its_limit(places: dict[str, Any], published: Path) -> None:
    limits = Limits(seconds=3, memory_mb=100)

    def bomb(question: str) -> tuple[str, float]:
        began = time.monotonic()
        with pytest.raises(InputError, match=r"was stopped after 3 s|needs more than 100 MB") as no:
            ask(published, question, limits)
        return str(no.value), time.monotonic() - began

    with ThreadPoolExecutor(len(BOMBS)) as pool:
        ended = dict(zip(BOMBS, pool.map(bomb, BOMBS.values()), strict=True))
    assert {name: took for name, (_, took) in ended.items() if took > limits.seconds + 12} == {}
    assert {"\n" in said for said, _ in ended.values()} == {False}


def test_a_question_has_no_environment_but_what_a_program_needs(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resources.warehouse.question as question

    assert not any("KEY" in name or "TOKEN" in name for name in question.PASSED)
    monkeypatch.setenv("TEACHER_API_KEY", CANARY)
    with pytest.raises(InputError, match="File system LocalFileSystem has been disabled"):
        ask(published, "select * from read_blob('/proc/self/environ')", Limits(30))


@pytest.mark.parametrize(
    ("error", "question", "line"),
    [
        ("Parser Error: no\n\nLINE 2: frm x\n        ^", "select 1\nfrm x", "line 2, column 1"),
        (
            "Binder Error: no\n\nLINE 1: ...bcdef nope ghi...\n                 ^",
            "select a, abcdef nope ghijk",
            "line 1, column 18",
        ),
    ],
)
def test_an_error_says_where(error: str, question: str, line: str) -> None:
    assert told(ValueError(error), question).endswith(f"({line})")
