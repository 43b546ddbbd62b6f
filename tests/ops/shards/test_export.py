"""kd_mix.jsonl of a text with two answers: the last is asked for, and both are taught."""

from typing import Any

import pytest

from ops.examples.join import Entry
from ops.shards.build import Example, examples
from ops.shards.config import ShardsConfig
from ops.shards.export import line
from ops.shards.vocabulary import token_ids
from ops.spans.contract import KINDS
from ops.student.encode import encode
from ops.training.batch import supervised

ASKED = "<|im_start|>user\nhow warm is it in Oslo?<|im_end|>\n<|im_start|>assistant\n"
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call><|im_end|>'
HEARD = "\n<|im_start|>tool\n21 degrees<|im_end|>\n<|im_start|>assistant\n"
SAID = "It is 21 degrees.<|im_end|>"


def made(tokenizer: Any, pieces: list[str], found: list[tuple[str, str, int]]) -> Example:
    """The example of context and answers by turns; spans are (kind, words, from character)."""
    text = "".join(pieces)
    cuts = [len("".join(pieces[: n + 1])) for n in range(len(pieces))]
    offsets = encode(tokenizer, text, cuts).offsets
    spans = []
    for kind, words, after in found:
        start = text.index(words, after)
        at = [n for n, (a, b) in enumerate(offsets) if a < start + len(words) and b > start]
        spans.append({"kind": kind, "token_start": at[0], "token_end": at[-1] + 1})
    row = {
        "prompt_id": "p", "request_key": "k", "split": "train", "prompt_kind": "multi_turn",
        "text": text, "cuts": cuts, "tokenizer": "t", "source": "responses", "licence": "",
        "tools": "",
    }  # fmt: skip
    entries = [(Entry(row, spans), None)]
    ((example,),) = examples(entries, tokenizer, token_ids(tokenizer), ShardsConfig())
    return example


@pytest.fixture(scope="module")
def integrated(tokenizer: Any) -> Example:
    """A call, a result, and the answer that uses it."""
    after = len(ASKED + CALL)
    spans = [
        ("prompt", ASKED, 0), ("action", CALL.removesuffix("<|im_end|>"), 0),
        ("tool_name", "get_weather", 0), ("json_arguments", '{"city": "Oslo"}', 0),
        ("prompt", HEARD, after), ("observation", "21 degrees", after),
        ("integration", "21", after + len(HEARD)),
    ]  # fmt: skip
    return made(tokenizer, [ASKED, CALL, HEARD, SAID], spans)


def test_the_line_asks_for_the_last_answer_and_knows_all_decisions(
    integrated: Example, tokenizer: Any
) -> None:
    row = line(integrated)
    assert row["prompt"] == ASKED + CALL + HEARD
    assert row["teacher_text"] == SAID
    assert row["metadata"]["cuts"] == integrated.text["cuts"]
    assert tokenizer.decode(row["tool_name_ids"]) == "get_weather"
    assert max(row["tool_name_positions"]) < integrated.answer
    assert min(row["integration_positions"]) >= integrated.answer


def test_the_shard_still_teaches_both_answers(integrated: Example) -> None:
    kinds = integrated.row["span_kind"].tolist()
    assert KINDS.index("tool_name") in kinds[: integrated.answer]
    assert any(at < integrated.answer for at in supervised(kinds))
    assert integrated.row["has_call"]
