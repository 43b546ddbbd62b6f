"""The columns of an example: each says what it is, tells the truth, and is plain to other tools."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from ops import tables
from ops.errors import ContractError
from ops.shards.check import check
from ops.shards.contract import PLAN, SHARD
from ops.spans.contract import KINDS

CALLED = KINDS.index("tool_name")


@pytest.fixture(scope="module")
def examples(shards_folder: Path) -> list[dict[str, Any]]:
    paths = sorted(shards_folder.glob("shard-*.parquet"))
    return [row for path in paths for row in tables.rows(tables.read(path, SHARD))]


@pytest.mark.parametrize("schema", [SHARD, PLAN], ids=["shard", "plan"])
def test_every_column_says_what_it_is_and_is_never_null(schema: pa.Schema) -> None:
    for column in schema:
        assert (column.metadata or {}).get(b"doc"), column.name
        assert not column.nullable, column.name


def test_flags_are_what_the_tokens_say(examples: list[dict[str, Any]]) -> None:
    for row in examples:
        assert row["has_call"] == (CALLED in row["span_kind"])
        assert row["has_distribution"] == (row["teacher_at"] != [])
    for flag in ("has_call", "has_distribution"):
        assert {row[flag] for row in examples} == {True, False}


def test_an_example_says_what_and_where_from_it_is(
    examples: list[dict[str, Any]], prompt_rows: list[dict[str, Any]]
) -> None:
    asked = {row["prompt_id"]: row for row in prompt_rows}
    for row in examples:
        assert row["prompt_kind"] == asked[row["prompt_id"]]["kind"]
        assert (row["source"], row["licence"], row["weight"]) == ("responses", "", 1.0)


def test_duckdb_reads_them_as_plain_numbers_and_lists(
    shards_folder: Path, examples: list[dict[str, Any]]
) -> None:
    files = f"read_parquet('{shards_folder}/shard-*.parquet')"
    with duckdb.connect() as connection:
        types = dict(
            connection.execute(
                f"select column_name, column_type from (describe from {files})"
            ).fetchall()
        )
        counted = connection.execute(
            f"select count(*), sum(len(input_ids)), sum(list_sum(span_kind)), "
            f"sum(list_sum(teacher_ids)), sum(list_sum(teacher_logp)) from {files} where has_call"
        ).fetchone()
    assert types == {
        **dict.fromkeys(
            ("prompt_id", "split", "prompt_kind", "source", "licence", "tools"), "VARCHAR"
        ),
        **dict.fromkeys(("has_call", "has_distribution"), "BOOLEAN"),
        **dict.fromkeys(("input_ids", "teacher_at", "teacher_ids"), "INTEGER[]"),
        "weight": "FLOAT",
        "span_kind": "UTINYINT[]",
        "teacher_logp": "FLOAT[]",
    }  # fmt: skip
    called = [row for row in examples if row["has_call"]]
    sums = [
        sum(sum(row[name]) for row in called)
        for name in ("span_kind", "teacher_ids", "teacher_logp")
    ]
    assert counted is not None
    assert counted[:4] == (len(called), sum(len(r["input_ids"]) for r in called), *sums[:2])
    assert counted[4] == pytest.approx(sums[2], rel=1e-5)


def test_a_flipped_byte_in_a_shard_is_told_with_its_name(
    shards_folder: Path, tmp_path: Path, tokenizer: Any
) -> None:
    """Or it changes nothing: a page's header has fields that nobody reads."""
    for path in shards_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    damaged = tmp_path / "shard-00001.parquet"
    whole, rows = damaged.read_bytes(), tables.read(damaged, SHARD)
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    flipped, told = range(100, len(whole) - footer, 97), 0
    for at in flipped:
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert check(tmp_path, len(tokenizer), 512, set()) == []
            assert tables.read(damaged, SHARD).equals(rows)
        except ContractError as error:
            assert "shard-00001.parquet is damaged" in str(error)
            told += 1
    assert told > 0.8 * len(flipped)


def test_nats_are_as_exact_as_the_teacher_s_table(examples: list[dict[str, Any]]) -> None:
    """They go from one table to the other as they are; and the floor."""
    told = {nats for row in examples for nats in row["teacher_logp"]}
    assert told == {-60.0, float(np.float32(-0.2231)), float(np.float32(-1.8971))}
