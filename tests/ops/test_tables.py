"""Tables: exactly the schema, the same bytes, and damage is noticed."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops import tables
from ops.errors import ContractError

SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), False),
        pa.field("count", pa.int32(), False),
        pa.field("ids", pa.list_(pa.uint8()), False),
        pa.field("note", pa.string(), True),
    ]
)
ROW: dict[str, Any] = {"name": "é 東京 🌦️", "count": 3, "ids": [0, 255], "note": None}


def test_rows_come_back(tmp_path: Path) -> None:
    tables.write(tables.from_rows([ROW, ROW | {"note": ""}], SCHEMA), tmp_path / "a.parquet")
    table = tables.read(tmp_path / "a.parquet", SCHEMA)
    assert tables.rows(table) == [ROW, ROW | {"note": ""}]
    assert table.schema.equals(SCHEMA)


def test_equal_rows_have_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        rows = (dict(ROW) for _ in range(1000))
        tables.write(tables.from_rows(rows, SCHEMA), tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    tables.write(tables.from_rows([], SCHEMA), tmp_path / "a.parquet")
    assert tables.read(tmp_path / "a.parquet", SCHEMA).num_rows == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"name": None}, "column 'name' holds 1 nulls", id="null"),
        pytest.param({"count": "three"}, "column 'count' wants int32", id="type"),
        pytest.param({"count": 2**40}, "column 'count' wants int32", id="too_large"),
        pytest.param({"ids": [256]}, "column 'ids' wants list", id="inside_a_list"),
        pytest.param({"name": "\ud800"}, "column 'name' wants string", id="surrogate"),
        pytest.param({"note": datetime.date(2025, 1, 1)}, "column 'note'", id="date"),
    ],
)
def test_a_row_that_does_not_fit_names_its_column(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError, match=told):
        tables.from_rows([ROW, ROW | change], SCHEMA)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"a\.parquet is missing; materialize .* again"):
        tables.read(tmp_path / "a.parquet", SCHEMA)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    tables.write(tables.from_rows([ROW], SCHEMA), tmp_path / "a.parquet")
    with pytest.raises(ContractError, match=r"has columns \['name', .*written by another version"):
        tables.read(tmp_path / "a.parquet", pa.schema([*SCHEMA][:2]))


def test_another_type_is_told_where_the_names_are_the_same(tmp_path: Path) -> None:
    tables.write(tables.from_rows([ROW], SCHEMA), tmp_path / "a.parquet")
    other = SCHEMA.set(1, pa.field("count", pa.int64(), False))
    with pytest.raises(ContractError, match=r"\(count is int32 not int64\); it was written by"):
        tables.read(tmp_path / "a.parquet", other)


def test_a_flipped_bit_in_the_data_is_noticed(tmp_path: Path) -> None:
    """Every byte of the first pages, one at a time: read as written, or refused, never wrong."""
    path = tmp_path / "a.parquet"
    tables.write(tables.from_rows([ROW] * 50, SCHEMA), path)
    whole, refused = path.read_bytes(), 0
    for at in range(4, 120):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            assert tables.rows(tables.read(path, SCHEMA)) == [ROW] * 50
        except ContractError as error:
            assert "is damaged" in str(error)
            refused += 1
    assert refused > 60


@pytest.mark.parametrize("kept", [0, 3, 100, -1])
def test_a_cut_file_is_damaged(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.parquet"
    tables.write(tables.from_rows([ROW] * 50, SCHEMA), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ContractError, match="is damaged"):
        tables.read(path, SCHEMA)


def numbered(count: int) -> list[dict[str, Any]]:
    return [ROW | {"count": number, "ids": [number % 256]} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 1000, 2500])
def test_a_writer_takes_rows_one_by_one(tmp_path: Path, count: int) -> None:
    with tables.Writer(tmp_path / "a.parquet", SCHEMA) as writer:
        for row in numbered(count):
            writer.add(row)
    assert writer.count == count
    assert tables.rows(tables.read(tmp_path / "a.parquet", SCHEMA)) == numbered(count)
    found = pq.read_metadata(tmp_path / "a.parquet")
    sizes = [found.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert sizes == [1000] * (count // 1000) + [count % 1000] * (count % 1000 > 0)


def test_a_writer_leaves_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with tables.Writer(tmp_path / f"{name}.parquet", SCHEMA, ("count", "ids")) as writer:
            for row in numbered(1500):
                writer.add(row)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_numbers_that_seldom_repeat_are_split_into_bytes(tmp_path: Path) -> None:
    schema = pa.schema(
        [
            pa.field("name", pa.string(), False),
            pa.field("ids", pa.list_(pa.int32()), False),
            pa.field("half", pa.list_(pa.float16()), False),
        ]
    )
    halves = np.asarray([-0.5, -60.0], np.float16)
    with tables.Writer(tmp_path / "a.parquet", schema, ("ids", "half")) as writer:
        writer.add({"name": "a", "ids": np.asarray([1, -1], np.int32), "half": halves})
        writer.add({"name": "b", "ids": [], "half": []})
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    encodings = [set(group.column(n).encodings) for n in range(3)]
    assert "RLE_DICTIONARY" in encodings[0]
    assert encodings[1] == encodings[2] == {"RLE", "BYTE_STREAM_SPLIT"}
    assert tables.rows(tables.read(tmp_path / "a.parquet", schema)) == [
        {"name": "a", "ids": [1, -1], "half": [-0.5, -60.0]},
        {"name": "b", "ids": [], "half": []},
    ]


def test_a_writer_that_fails_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pytest.raises(ContractError, match="column 'name'"), tables.Writer(path, SCHEMA) as writer:
        writer.add(ROW | {"name": None})
    with pytest.raises(KeyError), tables.Writer(path, SCHEMA) as writer:
        writer.add(ROW)
        raise KeyError("elsewhere")
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_in_a_row_group_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with tables.Writer(path, SCHEMA, ("ids",)) as writer:
        for row in numbered(50):
            writer.add(row)
    whole = path.read_bytes()
    for at in range(40, 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(ContractError, match="is damaged"):
            tables.read(path, SCHEMA)
