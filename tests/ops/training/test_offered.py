"""Names that could stand at a call: as tokens of the text that they would be in."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.spans.contract import KINDS
from ops.training.batch import planned, supervised
from ops.training.offered import choices

PROMPT, ACTION, NAME, ARGUMENTS = (
    KINDS.index(kind) for kind in ("prompt", "action", "tool_name", "json_arguments")
)


def tools(*names: str) -> str:
    return json.dumps([{"type": "function", "function": {"name": name}} for name in names])


def call(name: str) -> str:
    written = json.dumps(name, ensure_ascii=False)
    return f'<tool_call>\n{{"name": {written}, "arguments": {{"city": "Orléans"}}}}\n</tool_call>'


def example(tokenizer: Any, answer: str, name: str, offered: str) -> dict[str, Any]:
    """A row of the shards with three tokens of prompt; each `name` in the answer is one."""
    made = tokenizer(answer, add_special_tokens=False, return_offsets_mapping=True)
    spans = []
    at = answer.find(f'"name": "{name}"')
    while at != -1:
        spans.append((at + 9, at + 9 + len(name)))
        at = answer.find(f'"name": "{name}"', at + 1)
    kinds = [
        NAME if any(a < end and start < b for start, end in spans) else ACTION
        for a, b in made["offset_mapping"]
    ]
    prompt = tokenizer("Go: ", add_special_tokens=False)["input_ids"]
    return {
        "prompt_id": "one",
        "tools": offered,
        "input_ids": prompt + made["input_ids"],
        "span_kind": [PROMPT] * len(prompt) + kinds,
    }


def spelt(tokenizer: Any, row: dict[str, Any], most: int = 16) -> list[list[str]]:
    """Of each choice the texts from where the names part, its own first."""
    return [
        [tokenizer.decode(ids) for ids in (row["input_ids"][one.start : one.end], *one.others)]
        for one in choices(tokenizer, row, most)
    ]


def test_the_tokens_are_those_of_the_text_with_the_other_name(
    shards_folder: Path, tokenizer: Any
) -> None:
    """Every call of the shards, against the whole answer encoded with the name exchanged."""
    seen = 0
    for row in (row for batch in planned(shards_folder, "train") for row in batch):
        first = supervised(row["span_kind"])[0]
        answer = tokenizer.decode(row["input_ids"][first:])
        names = [tool["function"]["name"] for tool in json.loads(row["tools"])]
        found = choices(tokenizer, row, 16)
        written = [name for name in names for _ in range(answer.count(f'"name": "{name}"'))]
        if len(names) > 1 and len(written) == 1:
            (one,), own = found, written[0]
            expected = {
                tuple(tokenizer(answer.replace(f'"name": "{own}"', f'"name": "{name}"'),
                                add_special_tokens=False)["input_ids"])
                for name in names
                if name != own
            }  # fmt: skip
            made = {(*row["input_ids"][first : one.start], *other) for other in one.others}
            assert len(made) == len(expected) == len(names) - 1
            for other in made:
                assert sum(ids[: len(other)] == other for ids in expected) == 1
                quoted = tokenizer.decode(other).rpartition('"name": "')[2]
                assert quoted.rstrip(", ").endswith('"') and quoted.split('"')[0] in names
            seen += 1
        elif len(names) < 2 or not written:
            assert found == []
    assert seen > 10


def test_names_that_begin_alike_are_told_apart(tokenizer: Any) -> None:
    offered = tools("get", "get_weather", "get_weather_today")
    row = example(tokenizer, call("get_weather"), "get_weather", offered)
    ((own, *others),) = spelt(tokenizer, row)
    names = own, *others
    assert all('"' in text for text in names)
    assert not any(a.startswith(b) for a in names for b in names if a is not b)


def test_each_call_has_its_own_choice(tokenizer: Any) -> None:
    answer = call("alpha") + "\n" + call("alpha")
    row = example(tokenizer, answer, "alpha", tools("alpha", "beta"))
    first, second = choices(tokenizer, row, 16)
    assert first.end < second.start
    assert spelt(tokenizer, row)[0] == spelt(tokenizer, row)[1]


@pytest.mark.parametrize("most", [1, 3, 40])
def test_of_many_tools_the_same_are_drawn(tokenizer: Any, most: int) -> None:
    names = [f"tool_{letter}" for letter in "abcdefgh"]
    row = example(tokenizer, call("tool_c"), "tool_c", tools(*names))
    (one,) = choices(tokenizer, row, most)
    assert len(one.others) == min(most, 7)
    assert choices(tokenizer, row, most) == [one]
    (other,) = choices(tokenizer, row | {"tools": tools(*names[::-1])}, most)
    assert sorted(other.others) == sorted(one.others)
    drawn = {str(choices(tokenizer, row | {"prompt_id": str(n)}, 3)) for n in range(20)}
    assert len(drawn) > 5


def test_there_is_none_without_an_alternative_or_a_learnt_name(tokenizer: Any) -> None:
    row = example(tokenizer, call("alpha"), "alpha", tools("alpha", "beta"))
    assert len(choices(tokenizer, row, 16)) == 1
    assert choices(tokenizer, row | {"tools": tools("alpha")}, 16) == []
    assert choices(tokenizer, row | {"tools": ""}, 16) == []
    assert choices(tokenizer, row | {"tools": tools("beta", "gamma")}, 16) == []
    prose = [ACTION if kind == NAME else kind for kind in row["span_kind"]]
    assert choices(tokenizer, row | {"span_kind": prose}, 16) == []
    broken = [kind != PROMPT for kind in row["span_kind"]]
    assert choices(tokenizer, row | {"broken": broken}, 16) == []


def test_an_answer_that_is_encoded_otherwise_now_has_none(tokenizer: Any) -> None:
    """Its tokens are single bytes where the tokenizer would merge them."""
    row = example(tokenizer, call("alpha"), "alpha", tools("alpha", "beta"))
    first = row["span_kind"].index(ACTION)
    ids, kinds = row["input_ids"][:first], row["span_kind"][:first]
    for token, kind in zip(row["input_ids"][first:], row["span_kind"][first:], strict=True):
        parts = tokenizer.convert_tokens_to_ids(list(tokenizer.convert_ids_to_tokens(token)))
        parts = [token] if None in parts else parts
        ids, kinds = ids + parts, kinds + [kind] * len(parts)
    assert len(ids) > len(row["input_ids"])
    assert choices(tokenizer, row | {"input_ids": ids, "span_kind": kinds}, 16) == []
