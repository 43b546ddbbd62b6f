"""What the stub teacher told, by way of the wire, the table and the lake, is what shards read."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ops import tables
from ops.errors import ContractError
from ops.examples.join import Entry
from ops.phrases.book import load_book
from ops.shards.distributions import Distributions
from ops.shards.teacher import Told
from ops.teacher.config import TeacherConfig
from ops.teacher.contract import LOGPROBS, VOCABULARY
from ops.teacher.embedded.stub import Stub
from ops.teacher.table import write
from ops.teacher.wire import Answer, from_wire

PHRASES = Path(__file__).parents[3] / "configs" / "phrases.yaml"


@dataclass(frozen=True)
class Asked:
    """One outcome, as the table takes it."""

    key: str
    answer: Answer
    cost: int = 0
    cost_source: str = "usage"
    latency_ms: int | None = None


@pytest.fixture(scope="module")
def told(prompt_rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Entries of the stub's log-probabilities by prompt, but for those of the end: it has no bytes,
    and nobody can say which token that is.
    """
    stub = Stub(load_book(PHRASES))
    answers = {row["prompt_id"]: stub.answer(request(row)) for row in prompt_rows[::3]}
    return {
        prompt_id: [
            entry | {"top_logprobs": [one for one in entry["top_logprobs"] if one["bytes"]]}
            for entry in answer["choices"][0]["logprobs"]["content"]
            if entry["bytes"]
        ]
        for prompt_id, answer in answers.items()
    }


def request(row: dict[str, Any]) -> dict[str, Any]:
    messages, tools = json.loads(row["messages"]), json.loads(row["tools"])
    return {"messages": messages, "tools": tools, "logprobs": True, "top_logprobs": 5}


@pytest.fixture(scope="module")
def day(prompt_rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    stub, folder = Stub(load_book(PHRASES)), tmp_path_factory.mktemp("day")
    asked = [
        Asked(row["prompt_id"], from_wire(json.dumps(stub.answer(request(row))).encode()))
        for row in prompt_rows[::3]
    ]
    counts = write(prompt_rows[::3], asked, folder, TeacherConfig())
    assert (counts.accepted, set(counts.logprobs)) == (40, {"kept", "unused"})
    return folder


class Spelling(dict[bytes, int]):
    """A student that has every token: ids in the order in which they are asked for."""

    def get(self, piece: bytes, other: Any = None) -> int:  # type: ignore[override]
        return self.setdefault(piece, len(self))


def read(
    partitions: list[Path], asked: list[tuple[str, str]], spelling: Spelling
) -> dict[str, Told | None]:
    """What was told of (prompt id, request key), by prompt id."""
    entries = [Entry({"prompt_id": i, "request_key": key}, []) for i, key in sorted(asked)]
    beside = Distributions(partitions, spelling).beside(entries)
    return {entry.text["prompt_id"]: told for entry, told in beside}


def listed(told: Told | None, spelling: Spelling) -> list[tuple[bytes, dict[bytes, float]]]:
    """The tokens with their outcomes, which lead back to the bytes that were sent."""
    if told is None:
        return []
    pieces = list(spelling)
    return [
        (
            piece,
            {
                pieces[index]: nats
                for index, nats in zip(ids.tolist(), logp.tolist(), strict=True)
                if index >= 0
            },
        )
        for piece, ids, logp in zip(told.pieces_P, told.top_ids_Pk, told.top_logp_Pk, strict=True)
    ]


def half(nats: float) -> float:
    return float(np.float16(nats))


def test_every_token_and_outcome_arrives_in_half_precision(
    day: Path, told: dict[str, list[dict[str, Any]]], prompt_rows: list[dict[str, Any]]
) -> None:
    spelling = Spelling()
    asked = [(row["prompt_id"], row["prompt_id"]) for row in prompt_rows[::3]]
    found = read([day], asked, spelling)
    for row in prompt_rows[::3]:
        entries = told[row["prompt_id"]] if row["split"] != "heldout" else []
        one = found[row["prompt_id"]]
        assert listed(one, spelling) == [
            (
                bytes(entry["bytes"]),
                {bytes(one["bytes"]): half(one["logprob"]) for one in entry["top_logprobs"]},
            )
            for entry in entries
        ]
        if one is not None:
            assert [list(spelling)[index] for index in one.tokens_P] == one.pieces_P


def test_half_precision_moves_the_tail_by_next_to_nothing(
    day: Path, told: dict[str, list[dict[str, Any]]]
) -> None:
    spelling = Spelling()
    found = read([day], [(prompt_id, prompt_id) for prompt_id in told], spelling)
    for prompt_id, entries in told.items():
        for (_, top), sent in zip(listed(found[prompt_id], spelling), entries, strict=False):
            mass = sum(math.exp(one["logprob"]) for one in sent["top_logprobs"])
            assert sum(map(math.exp, top.values())) == pytest.approx(mass, abs=1e-3)


def test_a_stranger_and_an_answer_that_told_nothing_have_none(
    day: Path, tmp_path: Path, prompt_rows: list[dict[str, Any]]
) -> None:
    trained = [row for row in prompt_rows[::3] if row["split"] == "train"]
    row, key = trained[0], trained[0]["prompt_id"]
    other = b'{"choices": [{"message": {"content": "x"}}]}'
    write([row], [Asked("k", from_wire(other))], tmp_path, TeacherConfig())
    asked, spelling = [(key, key), ("0 nobody", key), ("z nobody", key)], Spelling()
    both = read([day, tmp_path], asked, spelling)
    assert listed(both[key], spelling) == listed(read([day], asked, spelling)[key], spelling) != []
    assert both["0 nobody"] is both["z nobody"] is None
    assert set(read([tmp_path], asked, spelling).values()) == {None}
    assert read([day], [(key, "another request")], spelling) == {key: None}


def table(folder: Path, rows: list[tuple[str, str, int]]) -> Path:
    """A partition of one position and outcome a row: (prompt id, request key, token)."""
    folder.mkdir()
    filled = [
        {
            "prompt_id": prompt_id,
            "request_key": key,
            "k": 1,
            "positions": 1,
            "token_ids": [token],
            "token_logprobs": [-0.5],
            "top_ids": [token],
            "top_logprobs": [-0.5],
        }
        for prompt_id, key, token in rows
    ]
    tables.write(tables.from_rows(filled, LOGPROBS), folder / "logprobs.parquet")
    known = [{"id": n, "bytes": b"%d" % n} for n in range(5)]
    tables.write(tables.from_rows(known, VOCABULARY), folder / "logprobs_vocabulary.parquet")
    return folder


def test_of_equal_requests_in_two_partitions_the_last_counts(tmp_path: Path) -> None:
    one = table(tmp_path / "one", [("a", "k", 1), ("b", "k1", 2), ("c", "k", 1)])
    two = table(tmp_path / "two", [("a", "k", 3), ("b", "k2", 4)])
    asked, spelling = [("a", "k"), ("b", "k1"), ("c", "k")], Spelling()
    found = read([one, two], asked, spelling)
    assert {key: told and told.pieces_P for key, told in found.items()} == {
        "a": [b"3"], "b": [b"2"], "c": [b"1"],
    }  # fmt: skip


@pytest.mark.parametrize("rows", [3, 450])
def test_a_table_that_is_not_in_order_is_read_too(tmp_path: Path, rows: int) -> None:
    ids = [f"{n:03d}" for n in range(rows)]
    part = table(tmp_path / "one", [(i, f"k{i}", int(i) % 5) for i in ids[::-1]])
    found = read([part], [(i, f"k{i}") for i in ids], Spelling())
    assert [told and told.pieces_P for told in found.values()] == [
        [b"%d" % (int(i) % 5)] for i in ids
    ]


@pytest.mark.parametrize("token", [5, 2**31 - 1, -1])
def test_a_token_that_the_vocabulary_does_not_hold_is_damage(tmp_path: Path, token: int) -> None:
    part = table(tmp_path / "one", [("a", "k", token)])
    with pytest.raises(ContractError, match=r"logprobs\.parquet names a token .* does not hold"):
        read([part], [("a", "k")], Spelling())


@pytest.mark.parametrize("file", ["logprobs.parquet", "logprobs_vocabulary.parquet"])
def test_a_table_that_is_missing_is_named(day: Path, tmp_path: Path, file: str) -> None:
    for path in day.glob("*.parquet"):
        if path.name != file:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ContractError, match=file):
        read([tmp_path], [("a", "k")], Spelling())
