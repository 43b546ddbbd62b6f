"""Equal inputs give equal bytes, whatever process, threads and order they come in."""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store
from ops.spans.contract import SPANS, TEXTS
from ops.teacher.contract import LOGPROBS, VOCABULARY
from ops.teacher.vocabulary import Vocabulary

ROOT = Path(__file__).parents[3]
CODE = """
import sys
from pathlib import Path
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store
from ops.student import tokenizer
folder, student, out = map(Path, sys.argv[1:])
days = [Day(folder / name, folder / name, folder / name) for name in ("one", "two")]
store(days, tokenizer.load(student), ShardsConfig(rows_per_shard=50, top_k=3), out)
"""


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def days(
    prompt_rows: list[dict[str, Any]], supervision: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two days that share some prompts, with two likely outcomes for every position."""
    folder = tmp_path_factory.mktemp("days")
    texts, spans = supervision.texts.to_pylist(), supervision.spans.to_pylist()
    for name, chosen in (("one", slice(0, 80)), ("two", slice(60, 120))):
        kept = {row["prompt_id"] for row in prompt_rows[chosen]}
        rows = {
            PROMPTS: [row for row in prompt_rows if row["prompt_id"] in kept],
            TEXTS: [row for row in texts if row["prompt_id"] in kept],
            SPANS: [row for row in spans if row["prompt_id"] in kept],
        }
        (folder / name).mkdir()
        write(folder / name, rows)
    return folder


def write(folder: Path, rows: dict[Any, list[dict[str, Any]]]) -> None:
    for schema, file in ((PROMPTS, "prompts"), (TEXTS, "texts"), (SPANS, "spans")):
        tables.write(tables.from_rows(rows[schema], schema), folder / f"{file}.parquet")
    vocabulary = Vocabulary()
    told = [_told(row, vocabulary) for row in rows[TEXTS]]
    tables.write(tables.from_rows(told, LOGPROBS), folder / "logprobs.parquet")
    known = tables.from_rows(vocabulary.rows(), VOCABULARY)
    tables.write(known, folder / "logprobs_vocabulary.parquet")


def _told(text: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Bytes as tokens, and two outcomes that are as likely as each other."""
    answer = text["text"][text["cuts"][-2] :].encode()
    tokens = [answer[at : at + 1] for at in range(len(answer))]
    return {
        "prompt_id": text["prompt_id"],
        "request_key": text["request_key"],
        "k": 2,
        "positions": len(tokens),
        "token_ids": vocabulary.ids(tokens),
        "token_logprobs": [-0.7] * len(tokens),
        "top_ids": vocabulary.ids(one for token in tokens for one in (token, b"~")),
        "top_logprobs": [-0.7] * 2 * len(tokens),
    }


@pytest.fixture(scope="module")
def expected(
    days: Path, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    out = tmp_path_factory.mktemp("expected")
    listed = [Day(days / name, days / name, days / name) for name in ("one", "two")]
    figures = store(listed, tokenizer, ShardsConfig(rows_per_shard=50, top_k=3), out)
    assert figures["teacher_distribution_share"] > 0
    return digests(out)


@pytest.mark.parametrize(
    "environment",
    [
        {"TOKENIZERS_PARALLELISM": "false", "RAYON_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
        {"TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": "2", "PYTHONHASHSEED": "1"},
    ],
    ids=["one", "two"],
)
def test_threads_and_the_seed_of_hashes_change_nothing(
    days: Path,
    student_folder: Path,
    expected: dict[str, str],
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(days), str(student_folder), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_and_of_days_changes_nothing(
    days: Path, tokenizer: Any, expected: dict[str, str], tmp_path: Path, seed: int
) -> None:
    files = {
        "prompts": PROMPTS, "texts": TEXTS, "spans": SPANS, "logprobs": LOGPROBS,
        "logprobs_vocabulary": VOCABULARY,
    }  # fmt: skip
    drawn = random.Random(seed)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file, schema in files.items():
            rows = tables.rows(tables.read(days / name / f"{file}.parquet", schema))
            drawn.shuffle(rows)
            tables.write(tables.from_rows(rows, schema), tmp_path / name / f"{file}.parquet")
    out = tmp_path / "out"
    out.mkdir()
    listed = [Day(*[tmp_path / name] * 3) for name in drawn.sample(("one", "two"), 2)]
    store(listed, tokenizer, ShardsConfig(rows_per_shard=50, top_k=3), out)
    assert digests(out) == expected
    lines = (out / "kd_mix.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["metadata"]["prompt_id"] for line in lines]
    assert ids == sorted(ids)
