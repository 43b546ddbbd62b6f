"""The masks of an answer are what the matcher allows, and equal ones are stored once."""

import gzip
import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ops.grammar.compiled import END, Grammars, grammars
from ops.grammar.masks import NONE, MaskTable, masks
from ops.scoring.accept import accept
from ops.student.encode import token_ids
from ops.student.render import render_answer
from ops.toolcalls.call import ToolCall

SHARED = Path(__file__).parents[4] / "shared" / "data"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 9}},
            "required": ["city"],
        },
    },
}


def ids_of(held: Grammars, *calls: dict[str, Any], content: str = "") -> list[int]:
    made = [ToolCall("get_weather", one, "", "openai") for one in calls]
    return token_ids(held.tokenizer, render_answer(content, made))


def allowed(table: MaskTable, row: int) -> NDArray[np.bool_]:
    """The mask as one truth value a token."""
    return np.unpackbits(table.rows()[row].view(np.uint8), bitorder="little").astype(bool)


def text(held: Grammars, ids: list[int]) -> str:
    return str(held.tokenizer.decode(ids, skip_special_tokens=False))


@pytest.mark.parametrize("content", ["", "I look."])
def test_the_gold_token_is_always_allowed(held: Grammars, content: str) -> None:
    ids, table = ids_of(held, {"city": "Rome", "days": 3}, content=content), MaskTable(held.width)
    found = masks(held, [TOOL], ids, table)
    assert (found.refused, found.reason) == (None, "")
    assert table.rows().shape == (len(table), -(-held.width // 32))
    for place, token in enumerate(ids):
        assert allowed(table, found.at[place])[token]


def test_a_token_is_allowed_if_it_can_be_written(held: Grammars) -> None:
    """Where one text is forced, only its canonical token is; a matcher would take others too."""
    ids, table = ids_of(held, {"city": "Rome", "days": 3}), MaskTable(held.width)
    found = masks(held, [TOOL], ids, table)
    for place in range(len(ids)):
        mask = allowed(table, found.at[place])
        taken = np.zeros_like(mask)
        for token in range(held.width):
            walk = held.of([TOOL]).matcher()
            taken[token] = walk.try_consume_tokens([*ids[:place], token]) == place + 1
        assert not (mask & ~taken).any()
        assert mask.sum() == 1 or (mask == taken).all()


def test_the_number_that_the_schema_forbids_is_not_allowed(held: Grammars) -> None:
    ids, table = ids_of(held, {"city": "Rome", "days": 3}), MaskTable(held.width)
    found = masks(held, [TOOL], ids, table)
    place = next(i for i, token in enumerate(ids) if text(held, [token]).strip() == "3")
    after = allowed(table, found.at[place + 1])
    digits = [held.tokenizer.convert_tokens_to_ids(digit) for digit in "0123456789"]
    assert not after[digits].any()
    assert allowed(table, found.at[place])[ids[place]]


def test_the_end_is_allowed_at_the_end_alone(held: Grammars) -> None:
    ids, table = ids_of(held, {"city": "Rome"}), MaskTable(held.width)
    found = masks(held, [TOOL], ids, table)
    ends = [allowed(table, row)[held.end] for row in found.at]
    tag = next(i for i in range(len(ids)) if text(held, ids[: i + 1]).endswith("<tool_call>"))
    assert ends[tag + 1 :] == [False] * (len(ids) - tag - 2) + [True]
    assert ids[-1] == held.end


def test_inside_a_string_equal_masks_are_one(held: Grammars) -> None:
    short, long = (ids_of(held, {"city": "Rome " * n}) for n in (2, 60))
    table = MaskTable(held.width)
    masks(held, [TOOL], short, table)
    before = len(table)
    found = masks(held, [TOOL], long, table)
    assert len(long) > len(short) + 100
    assert len(table) == before
    assert len(set(found.at.tolist())) <= before


def test_from_a_refused_token_on_there_is_no_mask(held: Grammars) -> None:
    ids, table = ids_of(held, {"city": 3}), MaskTable(held.width)
    found = masks(held, [TOOL], ids, table)
    assert found.refused is not None
    assert "3" in text(held, ids[: found.refused + 1])
    assert (found.at[: found.refused] >= 0).all()
    assert (found.at[found.refused :] == NONE).all()
    assert found.reason == (
        f"token {ids[found.refused]} at {found.refused} of the answer is not allowed"
    )


def test_a_tool_set_without_a_grammar_is_a_reason(held: Grammars) -> None:
    remote = {"type": "function", "function": {"name": "a", "parameters": {"$ref": "http://x/y"}}}
    found = masks(held, [remote], ids_of(held, {}), MaskTable(held.width))
    assert found.refused == 0
    assert "is remote" in found.reason
    assert (found.at == NONE).all()


def test_a_token_beyond_the_vocabulary_is_refused(held: Grammars) -> None:
    found = masks(held, [TOOL], [held.width + 99], MaskTable(held.width))
    assert found.refused == 0


def test_the_same_answers_give_the_same_bytes(held: Grammars) -> None:
    answers = [ids_of(held, {"city": "Rome", "days": n}) for n in (1, 2)]
    tables = [MaskTable(held.width) for _ in range(2)]
    rows = [[masks(held, [TOOL], ids, table).at.tobytes() for ids in answers] for table in tables]
    assert rows[0] == rows[1]
    assert tables[0].rows().tobytes() == tables[1].rows().tobytes()


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
def test_every_recorded_answer_that_is_learnt_is_allowed() -> None:
    """A fourth of a real model's 480 answers: those that fit the schema, right or wrong."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(SHARED / "qwen2.5-tokenizer")
    held, seen = grammars(tokenizer), 0
    table = MaskTable(held.width)
    with gzip.open(SHARED / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, 4):
            recorded = json.loads(line)
            tools = recorded["request"]["tools"]
            prompt = {"tools": json.dumps(tools), "expected": None, "carries": None}
            verdict = accept(recorded["response"]["choices"][0]["message"], prompt)
            if verdict.reason:
                continue
            calls = [
                ToolCall(one["name"], one["arguments"], "", "openai")
                for one in json.loads(verdict.calls)
            ]
            seen += 1
            answer = render_answer(verdict.content, calls)
            assert held.of(tools).accepts(answer.removesuffix(END)), answer
            if seen % 10 == 0:
                found = masks(held, tools, token_ids(tokenizer, answer), table)
                assert found.refused is None, answer
    assert seen > 100
