"""Rows of log-probabilities: a fixed stride, and what is not known left to the tail."""

import gzip
import json
import math
from pathlib import Path

import duckdb
import numpy as np
import pytest

from ops import tables
from ops.teacher.contract import LOGPROB_NUMBERS, LOGPROBS
from ops.teacher.logprobs import row
from ops.teacher.vocabulary import Vocabulary, pieces
from ops.teacher.wire import from_wire
from ops.teacher.wire.tokens import FLOOR, NONE, Position, pack

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
TOKENS = pack(
    [
        Position(b"a", -0.5, [(b"b", -2.0), (b"a", -0.5), (b"zz", -0.25)]),
        Position(b"b", -1.0, [(b"b", -1.0)]),
    ]
)


def test_outcomes_have_a_fixed_stride_and_stand_likeliest_first() -> None:
    found = row(TOKENS, Vocabulary())
    assert found is not None
    assert (found["k"], found["positions"]) == (3, 2)
    assert found["token_ids"].tolist() == [0, 1]
    assert found["token_logprobs"].tolist() == [-0.5, -1.0]
    assert found["top_ids"].tolist() == [2, 0, 1, 1, -1, -1]
    assert found["top_logprobs"].tolist() == [-0.25, -0.5, -2.0, -1.0, FLOOR, FLOOR]


def test_an_outcome_that_the_vocabulary_lacks_is_left_to_the_tail() -> None:
    found = row(TOKENS, Vocabulary({7: b"a", 8: b"b"}))
    assert found is not None
    assert found["top_ids"].tolist() == [7, 8, -1, 8, -1, -1]
    nats = np.asarray(found["top_logprobs"], np.float64).reshape(2, 3)
    assert nats.tolist()[0] == [-0.5, -2.0, FLOOR]
    tail = np.log1p(-np.exp(nats).sum(axis=1))
    assert tail[0] == pytest.approx(math.log(1 - math.exp(-0.5) - math.exp(-2.0)))


def test_an_answer_that_the_vocabulary_cannot_spell_has_no_row() -> None:
    assert row(TOKENS, Vocabulary({7: b"a"})) is None


def test_the_table_can_be_questioned(tmp_path: Path) -> None:
    """DuckDB reads no half precision that is stored byte by byte."""
    path = tmp_path / "a.parquet"
    with tables.Writer(path, LOGPROBS, LOGPROB_NUMBERS) as writer:
        writer.add({"prompt_id": "p", "request_key": "r"} | (row(TOKENS, Vocabulary()) or {}))
    asked = f"select token_ids, round(list_sum(top_logprobs[1:4]), 2) from '{path}'"
    assert duckdb.sql(asked).fetchall() == [([0, 1], -3.75)]


def test_no_tokens_are_a_row_of_nothing() -> None:
    found = row(NONE, Vocabulary())
    assert found is not None
    assert (found["positions"], found["top_ids"].tolist()) == (0, [])


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
def test_a_recorded_teacher_s_own_ids_are_found_by_bytes(tmp_path: Path) -> None:
    """llama.cpp reports each token's id beside its bytes: an independent reference."""
    vocabulary = Vocabulary(pieces(SHARED / "qwen2.5-tokenizer"))
    positions, mapped, unspelt = 0, 0, 0
    with (
        gzip.open(SHARED / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as lines,
        tables.Writer(tmp_path / "a.parquet", LOGPROBS, LOGPROB_NUMBERS) as writer,
    ):
        for number, line in zip(range(40), lines, strict=False):
            response = json.loads(line)["response"]
            answer = from_wire(json.dumps(response).encode())
            if answer.problem:
                continue
            assert answer.logprobs == "kept"
            found = row(answer.tokens, vocabulary)
            assert found is not None
            writer.add({"prompt_id": f"{number}", "request_key": f"{number}"} | found)
            positions += found["positions"]
            ids = found["top_ids"].reshape(found["positions"], found["k"]).tolist()
            nats = found["top_logprobs"].reshape(found["positions"], found["k"]).tolist()
            told = response["choices"][0]["logprobs"]["content"][: found["positions"]]
            assert found["token_ids"].tolist() == [entry["id"] for entry in told]
            for entry, known, logp in zip(told, ids, nats, strict=True):
                # A special token has no bytes there: which one it is, its bytes do not say.
                spelt = {o["id"]: o["logprob"] for o in entry["top_logprobs"] if o["bytes"]}
                unspelt += found["k"] - len(spelt)
                by_id = {i: p for i, p in zip(known, logp, strict=True) if i >= 0}
                assert by_id == pytest.approx(spelt, rel=2**-11, abs=2**-24)
                mapped += len(by_id)
    assert mapped + unspelt == 20 * positions
    assert mapped > 0.95 * 20 * positions
    assert (tmp_path / "a.parquet").stat().st_size < 70 * positions
