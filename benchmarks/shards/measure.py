"""One measurement in a process of its own: one JSON object on standard output.

    python -m benchmarks.shards.measure WHAT FOLDER [SHARDS]

WHAT is ours (texts, spans and log-probabilities to shards on disk), encode (the tokenizer's own
encode_batch on the same texts) or datasets (the same in `datasets.map`, to Parquet). FOLDER holds a
day (day.py) and beside it the tokenizer. Only the standard library and what each needs is imported,
so that a peer in another virtual environment can be measured. Threads: RAYON_NUM_THREADS.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.process import cpu_s, memory_mb

TOKENIZER = "tokenizer"


def measure(what: str, folder: Path) -> dict[str, Any]:
    """Seconds of clock and processor, tokens, and the peak of memory in MB."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        run = WHAT[what](folder, Path(made))
        before, cpu, wall = memory_mb("VmRSS"), cpu_s(), time.monotonic()
        tokens = run()
        return {
            "wall_s": time.monotonic() - wall,
            "cpu_s": cpu_s() - cpu,
            "tokens": tokens,
            "before_mb": before,
            "peak_mb": memory_mb("VmHWM"),
            "load": os.getloadavg()[0],
        }


def _ours(folder: Path, out: Path) -> Callable[[], int]:
    from ops.shards.config import ShardsConfig
    from ops.shards.store import Day, store
    from ops.student import tokenizer as tokenizers

    tokenizer, config = tokenizers.load(folder.parent / TOKENIZER), ShardsConfig(top_k=20)
    return lambda: int(store([Day(folder, folder, folder)], tokenizer, config, out)["tokens"])


def _encode(folder: Path, out: Path) -> Callable[[], int]:
    import pyarrow.parquet as pq
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder.parent / TOKENIZER / "tokenizer.json"))
    texts = pq.read_table(folder / "texts.parquet", columns=["text"])["text"].to_pylist()

    def run() -> int:
        blocks = (texts[at : at + 2000] for at in range(0, len(texts), 2000))
        return sum(len(one.ids) for block in blocks for one in _batch(tokenizer, block))

    return run


def _datasets(folder: Path, out: Path) -> Callable[[], int]:
    import datasets
    from tokenizers import Tokenizer

    datasets.disable_progress_bars()
    tokenizer = Tokenizer.from_file(str(folder.parent / TOKENIZER / "tokenizer.json"))

    def run() -> int:
        made = datasets.Dataset.from_parquet(str(folder / "texts.parquet"), cache_dir=str(out))
        encoded = made.map(
            lambda rows: {"input_ids": [one.ids for one in _batch(tokenizer, rows["text"])]},
            batched=True,
            remove_columns=made.column_names,
        )
        encoded.to_parquet(str(out / "encoded.parquet"))
        return sum(len(row) for row in encoded["input_ids"])

    return run


def _batch(tokenizer: Any, texts: list[str]) -> Any:
    return tokenizer.encode_batch(texts, add_special_tokens=False)


WHAT: dict[str, Callable[[Path, Path], Callable[[], int]]] = {
    "encode": _encode,
    "ours": _ours,
    "datasets": _datasets,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))) + "\n")
