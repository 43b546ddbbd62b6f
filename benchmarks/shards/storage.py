"""Bytes of each column of the shards, as they lie on disk."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq


def storage(shards: Path) -> dict[str, int]:
    """Compressed bytes by column, pages and dictionaries, without the files' footers."""
    found = Counter[str]()
    for path in sorted(shards.glob("shard-*.parquet")):
        about = pq.read_metadata(path)
        for group in range(about.num_row_groups):
            for number in range(about.num_columns):
                column = about.row_group(group).column(number)
                found[column.path_in_schema.split(".")[0]] += column.total_compressed_size
    return dict(found)
