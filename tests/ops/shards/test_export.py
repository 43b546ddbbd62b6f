"""kd_mix.jsonl of a text with two answers: the line is the last one's, the first is context."""

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
AGAIN = "\n<|im_start|>user\nand in Rome?<|im_end|>\n<|im_start|>assistant\n"


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
        "text": text, "cuts": cuts, "tokenizer": "t",
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


def test_the_line_is_of_the_last_answer(integrated: Example) -> None:
    row = line(integrated)
    assert row["prompt"] == ASKED + CALL + HEARD
    assert row["teacher_text"] == SAID
    assert row["tool_name_ids"] == row["gold_json_text_ids"] == []
    assert row["integration_positions"]
    assert min(row["integration_positions"]) >= integrated.answer


def test_the_shard_still_teaches_both_answers(integrated: Example) -> None:
    kinds = integrated.row["span_kind"].tolist()
    assert KINDS.index("tool_name") in kinds[: integrated.answer]
    assert any(at < integrated.answer for at in supervised(kinds))
    assert integrated.row["has_call"]


def test_ids_of_the_last_of_two_calls_are_its_own(tokenizer: Any) -> None:
    other = CALL.replace("Oslo", "Rome")
    first, second = len(ASKED), len(ASKED + CALL + AGAIN)
    spans = [
        (kind, words, after)
        for after, city in ((first, "Oslo"), (second, "Rome"))
        for kind, words in (
            ("tool_name", "get_weather"), ("json_arguments", '{"city": "' + city + '"}'),
        )
    ]  # fmt: skip
    spans += [("prompt", ASKED, 0), ("prompt", AGAIN, 0)]
    example = made(tokenizer, [ASKED, CALL, AGAIN, other], spans)
    row = line(example)
    assert tokenizer.decode(row["tool_name_ids"]) == "get_weather"
    assert '{"city": "Rome"}' in tokenizer.decode(row["gold_json_text_ids"])
    assert "Oslo" not in tokenizer.decode(row["gold_json_text_ids"])
    ids = example.row["input_ids"].tolist()
    assert [ids[at] for at in row["gold_json_positions"]] == row["gold_json_text_ids"]
    assert tokenizer.decode(ids[: example.answer]) == row["prompt"]
    assert tokenizer.decode(ids[example.answer :]) == row["teacher_text"]
