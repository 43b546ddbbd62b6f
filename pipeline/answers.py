"""Answers of the warehouse as a user wants them: a table on the terminal, CSV, a Parquet file.

They are written as they come, batch by batch, and by this process: no query writes a file.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.entry import NO_ROOM, disk_full
from ops.errors import InputError
from resources.warehouse.question import Answer, rows_of


def as_table(answer: Answer, console: Console) -> None:
    """Print the rows that were asked for, and how many there are besides."""
    table = Table()
    for name in answer.schema.names:
        table.add_column(Text(name))
    for batch in answer:
        for row in rows_of(batch):
            table.add_row(*(Text(_told(value)) for value in row))
    console.print(table)
    if answer.left_off:
        console.print(
            f"and {answer.left_off:,} more rows; --rows N shows more, --csv and --parquet have all",
            highlight=False,
        )


def as_csv(answer: Answer, stream: TextIO) -> None:
    """Write names and rows as comma-separated values, null as nothing."""
    writer = csv.writer(stream)
    writer.writerow(answer.schema.names)
    for batch in answer:
        writer.writerows(map(_told, row) for row in rows_of(batch))


def as_parquet(answer: Answer, path: Path) -> int:
    """Write a Parquet file, whole or not at all; the number of its rows.

    Raises:
        InputError: the file cannot be written, or Parquet has no type for a column.
        DiskFull: there is no room.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        count = _write(answer, answer.schema, draft)
        draft.replace(path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise disk_full(error, path) from error
        raise InputError(f"{path} cannot be written ({error.strerror or error})") from error
    except pa.ArrowNotImplementedError as error:
        raise InputError(f"{path} cannot be written: {error}; cast the column to text") from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def _write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _told(value: Any) -> str:
    return "" if value is None else str(value)
