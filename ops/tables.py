"""Parquet tables as this project writes and reads them: fixed schema, zstd, page checksums.

Equal rows give equal bytes: one row group order, no time stamps, no worker count. Where a table
lies and when it becomes visible is the lake's business (resources/lake.py), not this module's.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.errors import ContractError


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


def write(table: pa.Table, path: Path) -> None:
    """Write the table as one Parquet file with page checksums."""
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


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
            f"{path} has columns {table.schema.names}, expected {schema.names}; "
            f"it was written by another version: materialize its asset again"
        )
    return table


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The table's rows as dictionaries."""
    found: list[dict[str, Any]] = table.to_pylist()
    return found
