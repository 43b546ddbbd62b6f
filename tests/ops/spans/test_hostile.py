"""One answer among many that nobody meant to be read: it is a row with a reason, and no more."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.shards.check import check
from ops.shards.config import ShardsConfig
from ops.shards.store import Day, store
from ops.spans.build import build
from ops.teacher.contract import LOGPROBS, VOCABULARY

GOOD = 999
CONTEXT = 512


def called(arguments: str) -> dict[str, str]:
    return {"content": "", "calls": '[{"name": "f", "arguments": {"x": ' + arguments + "}}]"}


HOSTILE = {
    "half_a_pair": (called('"\\ud800"'), "surrogate", "is half of a pair"),
    "digits": (called("9" * 100_000), "not_json", "4300 digits"),
    "nesting": (called("[" * 1_000_000 + "]" * 1_000_000), "not_json", "recursion depth"),
    "words_of_digits": ({"content": "9" * 100_000, "calls": "[]"}, "too_long", "the context"),
    "words_of_brackets": ({"content": "[" * 1_000_000, "calls": "[]"}, "too_long", "the context"),
    "hundred_megabytes": ({"content": "x y " * 25_000_000, "calls": "[]"}, "too_long", "100000"),
}


def pair(number: int, response: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    messages = [{"role": "user", "content": f"say {number}"}]
    prompt = {
        "prompt_id": f"{number:04d}", "split": "train", "kind": "no_tool", "source": "t",
        "messages": json.dumps(messages), "tools": "[]",
    }  # fmt: skip
    return prompt, {"request_key": f"k{number}", "content": "", "calls": "[]"} | response


@pytest.mark.parametrize("name", HOSTILE)
def test_the_bad_row_is_skipped_in_bounded_time(tokenizer: Any, name: str) -> None:
    response, reason, told = HOSTILE[name]
    began = time.process_time()
    made = build([pair(1, response), pair(2, {"content": "two"})], tokenizer, "t", CONTEXT)
    assert time.process_time() - began < 10
    assert made.texts["prompt_id"].to_pylist() == ["0002"]
    (skipped,) = tables.rows(made.skipped)
    assert (skipped["prompt_id"], skipped["reason"]) == ("0001", reason)
    assert told in skipped["detail"]
    assert len(skipped["detail"]) <= 300


def test_the_others_reach_the_shard(tokenizer: Any, tmp_path: Path) -> None:
    """With a character that is zero among them: it is a byte like any other."""
    bad = [response for response, _, _ in HOSTILE.values()][:3]
    pairs = [pair(n, {"content": f"it is {n}\0" if n % 2 else "well"}) for n in range(GOOD)]
    pairs += [pair(GOOD + n, response) for n, response in enumerate(bad)]
    made = build(pairs, tokenizer, "t", CONTEXT)
    assert made.skipped.num_rows == len(bad)
    prompts = tables.from_rows((prompt for prompt, _ in pairs), PROMPTS)
    written = {
        "prompts": prompts, "texts": made.texts, "spans": made.spans,
        "logprobs": tables.from_rows([], LOGPROBS),
        "logprobs_vocabulary": tables.from_rows([], VOCABULARY),
    }  # fmt: skip
    for file, table in written.items():
        tables.write(table, tmp_path / f"{file}.parquet")
    out = tmp_path / "out"
    out.mkdir()
    figures = store([Day(tmp_path, tmp_path, tmp_path)], tokenizer, ShardsConfig(), out)
    assert figures["train"] == GOOD
    assert check(out, len(tokenizer), CONTEXT, set()) == []
