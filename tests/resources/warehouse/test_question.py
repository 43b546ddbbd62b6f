"""Answers as they come out of their process: whole, streamed, counted, ended."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops.errors import InputError
from resources.profile import ROOT
from resources.warehouse.child import opened, send
from resources.warehouse.question import Limits, ask, asked, held, rows_of


def test_names_rows_and_what_was_left_off(published: Path) -> None:
    names, rows = ask(published, "select prompt_id, 1 as n, 2 as n from prompts order by 1")
    assert names == ["prompt_id", "n", "n"]
    assert rows == [(f"p{n}", 1, 2) for n in (0, 0, 1, 1, 2, 3)]
    limits = Limits(rows=3)
    with held(published) as snapshot, asked(snapshot, "from range(25000)", limits) as answer:
        assert [row for batch in answer for row in rows_of(batch)] == [(0,), (1,), (2,)]
        assert answer.left_off == 24_997


def test_who_reads_no_further_ends_it(published: Path) -> None:
    endless = "select range from range(1000000000000)"
    with held(published) as snapshot, asked(snapshot, endless, Limits()) as answer:
        first = next(iter(answer))
        child = answer._child
    assert first.column(0)[0].as_py() == 0
    assert child.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_mistake_is_told_with_its_place(published: Path) -> None:
    with pytest.raises(InputError) as caught:
        ask(published, "select *\nfrm prompts")
    assert str(caught.value).startswith("that query does not run: Parser Error: syntax error")
    assert str(caught.value).endswith("(line 2, column 5)")


def test_threads_that_share_a_file_read_each_its_own(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    path = tmp_path / "texts" / "0.parquet"
    words = pa.table({"a": [f"word {n * 7919 % 100_003}" for n in range(100_000)]})
    pq.write_table(words, path, row_group_size=2_000, use_dictionary=False)
    total = "select sum(hash(a)) from "
    expected = duckdb.sql(f"{total} '{path}'").fetchall()
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(4):
            connection = opened(tmp_path, 200)
            assert connection.sql(f"{total} texts").fetchall() == expected
            connection.close()
    finally:
        sys.setswitchinterval(switch)


def test_rows_are_counted_beyond_those_that_are_sent(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    pq.write_table(pa.table({"a": list(range(30_000))}), tmp_path / "runs" / "0.parquet")
    connection = opened(tmp_path, 200)
    with (tmp_path / "stream").open("wb") as stream:
        assert send(connection.sql("from runs"), 12_000, stream) == 18_000
    connection.close()
    with pa.ipc.open_stream((tmp_path / "stream").read_bytes()) as reader:
        assert reader.read_all().num_rows == 12_000


def test_a_question_is_answered_without_dagster_or_torch() -> None:
    code = (
        "import sys\nimport pipeline.cli.sql, pipeline.answers, pipeline.queries, resources.profile"
        "\nimport resources.warehouse.question, resources.warehouse.child\n"
        "print([name for name in ('dagster', 'torch', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
