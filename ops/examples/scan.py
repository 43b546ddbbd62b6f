"""Rows of a Parquet table in the order of prompt_id, without holding the table.

Pages are checked against their checksums. Not here: whole tables (ops/tables.py).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.errors import ContractError

AT_ONCE = 1000


def scan(path: Path, schema: pa.Schema, columns: list[str]) -> Iterator[dict[str, Any]]:
    """These columns of each row. A file that is not in order is sorted in memory.

    Raises:
        ContractError: the file is missing, damaged, or has other columns.
    """
    for batch in batches(path, schema, columns):
        yield from batch.to_pylist()


def batches(
    path: Path, schema: pa.Schema, columns: list[str], at_once: int = AT_ONCE
) -> Iterator[pa.RecordBatch]:
    """The same, `at_once` rows at most at a time. Raises as `scan` does."""
    try:
        with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file:
            if not file.schema_arrow.equals(schema, check_metadata=False):
                raise ContractError(
                    f"{path} has columns {file.schema_arrow.names}, expected {schema.names}; "
                    f"it was written by another version: materialize its asset again"
                )
            if _in_order(file):
                yield from file.iter_batches(at_once, columns=columns)
            else:
                yield from file.read(columns).sort_by("prompt_id").to_batches(at_once)
    except FileNotFoundError as error:
        raise ContractError(f"{path} is missing; materialize {path.parent.name} again") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise ContractError(f"{path} is damaged ({error}); delete it and run again") from error


def count(path: Path) -> int:
    """Rows of a file that `scan` can read."""
    found: int = pq.read_metadata(path).num_rows
    return found


def _in_order(file: pq.ParquetFile) -> bool:
    last = ""
    for batch in file.iter_batches(64 * AT_ONCE, columns=["prompt_id"]):
        ids = batch.column(0).to_pylist()
        if [last, *ids] != sorted([last, *ids]):
            return False
        last = ids[-1] if ids else last
    return True
