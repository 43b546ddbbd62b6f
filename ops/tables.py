"""Parquet tables as this project writes and reads them: fixed schema, zstd, page checksums.

Equal rows give equal bytes: one row group order, no time stamps, no worker count. Where a table
lies and when it becomes visible is the lake's business (resources/lake.py), not this module's.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.errors import ContractError

ROW_GROUP = 1_000
"""Rows that are held in memory before they are written."""
# Without statistics: bounds of long texts would stand in page headers, which no checksum covers.
_FORM: Mapping[str, Any] = {
    "compression": "zstd", "write_page_checksum": True, "write_statistics": False,
}  # fmt: skip


def from_rows(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """The rows as a table of exactly this schema.

    Raises:
        ContractError: a row does not fit the schema; names the first column that fails.
    """
    listed = list(rows)
    columns = []
    for field in schema:
        values = [row.get(field.name) for row in listed]
        try:
            column = pa.array(values, type=field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError, OverflowError) as error:
            raise ContractError(f"column {field.name!r} wants {field.type}: {error}") from error
        if not field.nullable and column.null_count:
            raise ContractError(
                f"column {field.name!r} holds {column.null_count} nulls, allowed: 0"
            )
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=schema)


def write(table: pa.Table, path: Path, numbers: Collection[str] = ()) -> None:
    """Write the table as one Parquet file with page checksums; `numbers` as Writer has them."""
    split, plain = _storage(table.schema, numbers)
    pq.write_table(
        table,
        path,
        use_dictionary=plain,
        use_byte_stream_split=split,
        **_FORM,
    )


class Writer:
    """Rows, one by one → one Parquet file; what is in memory does not grow with their number.

    Use it as a context manager: an error inside leaves no file.
    """

    def __init__(self, path: Path, schema: pa.Schema, numbers: Collection[str] = ()) -> None:
        """Nothing is opened before the `with` block.

        Args:
            path: the file, which is replaced.
            schema: columns of it, lists of plain values at most.
            numbers: columns of numbers that seldom repeat: stored byte by byte, which zstd likes,
                and without a dictionary (Parquet's BYTE_STREAM_SPLIT).
        """
        self._path, self._schema = path, schema
        self._split, self._plain = _storage(schema, numbers)
        self._rows: list[dict[str, Any]] = []
        self.count = 0

    def __enter__(self) -> "Writer":
        self._file = pq.ParquetWriter(
            self._path,
            self._schema,
            compression_level=3,
            use_dictionary=self._plain,
            use_byte_stream_split=self._split,
            **_FORM,
        )
        return self

    def add(self, row: dict[str, Any]) -> None:
        """One more row. Raises ContractError, soon, if it does not fit the schema."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        whole = False
        try:
            if error is None:
                self._flush()
                whole = True
        finally:
            self._file.close()
            if not whole:
                self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            self._file.write_table(from_rows(rows, self._schema), row_group_size=ROW_GROUP)


def _storage(schema: pa.Schema, numbers: Collection[str]) -> tuple[list[str], list[str]]:
    """Columns that are stored byte by byte, and those that have a dictionary."""
    split = [_leaf(field) for field in schema if field.name in numbers]
    return split, [_leaf(field) for field in schema if field.name not in numbers]


def _leaf(field: pa.Field) -> str:
    """The column's name inside of Parquet."""
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else str(field.name)


def read(path: Path, schema: pa.Schema) -> pa.Table:
    """Read a file that must hold this schema; pages are checked against their checksums.

    Raises:
        ContractError: the file is missing, damaged, or has other columns.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except FileNotFoundError as error:
        raise ContractError(f"{path} is missing; materialize {path.parent.name} again") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise ContractError(f"{path} is damaged ({error}); delete it and run again") from error
    if not table.schema.equals(schema, check_metadata=False):
        raise ContractError(
            f"{path} has columns {table.schema.names}, expected {schema.names}"
            f"{_other_types(table.schema, schema)}; "
            f"it was written by another version: materialize its asset again"
        )
    return table


def _other_types(found: pa.Schema, expected: pa.Schema) -> str:
    """What is another type where the names are the same."""
    if found.names != expected.names:
        return ""
    pairs = zip(found, expected, strict=True)
    told = [f"{a.name} is {a.type} not {b.type}" for a, b in pairs if not a.equals(b)]
    return f" ({', '.join(told)})"


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The table's rows as dictionaries."""
    found: list[dict[str, Any]] = table.to_pylist()
    return found
