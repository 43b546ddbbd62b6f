"""Negatives of a whole day: the laws that a margin loss builds on."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ops import tables
from ops.negatives.build import Source, build
from ops.negatives.check import problems
from ops.negatives.config import KINDS, NegativesConfig
from ops.negatives.contract import ABSENT, NEGATIVES
from ops.scoring.score import score
from ops.shards.contract import SHARD
from ops.spans.contract import TEXTS
from ops.student.render import END

CONTEXT = 512
ALL = NegativesConfig(most=len(KINDS))
Prompts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def prompts(prompt_rows: list[dict[str, Any]]) -> Prompts:
    return {row["prompt_id"]: row for row in prompt_rows}


@pytest.fixture(scope="module")
def texts(supervision: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "texts.parquet"
    tables.write(supervision.texts, path)
    return path


def made(source: Source, tokenizer: Any, out: Path, config: NegativesConfig = ALL) -> pa.Table:
    out.mkdir(exist_ok=True)
    figures = build(source, tokenizer, config, CONTEXT, out)
    table = tables.read(out / "negatives.parquet", NEGATIVES)
    assert figures["negatives"] == table.num_rows
    return table


@pytest.fixture(scope="module")
def negatives(
    prompts: Prompts, texts: Path, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory
) -> pa.Table:
    source = Source(prompts, [texts], ["set_alarm"])
    return made(source, tokenizer, tmp_path_factory.mktemp("made"))


def test_every_kind_is_there(negatives: pa.Table) -> None:
    assert set(negatives["negative_kind"].to_pylist()) == set(KINDS)
    assert negatives.num_rows > 200


def test_the_positive_is_right_and_the_negative_is_wrong(
    negatives: pa.Table, prompts: Prompts
) -> None:
    for row in negatives.to_pylist():
        prompt = prompts[row["prompt_id"]]
        judged = {
            side: score(
                row[side].removesuffix(END),
                tools=json.loads(prompt["tools"]),
                expected=json.loads(prompt["expected"]),
                carries=json.loads(prompt["carries"] or "null"),
                finished=True,
            )
            for side in ("positive", "negative")
        }
        assert judged["positive"].exact is True
        assert judged["negative"].exact is False
        assert judged["negative"].category == row["category"]


def test_the_check_finds_nothing(negatives: pa.Table, prompts: Prompts, tokenizer: Any) -> None:
    assert problems(negatives, prompts, tokenizer) == []


def test_only_train_prompts_have_negatives(negatives: pa.Table, prompts: Prompts) -> None:
    assert {prompts[row]["split"] for row in negatives["prompt_id"].to_pylist()} == {"train"}
    assert set(negatives["split"].to_pylist()) == {"train"}


def test_the_ranges_are_where_the_answers_differ(negatives: pa.Table, tokenizer: Any) -> None:
    for row in negatives.to_pylist():
        for suffix, of in (("_start", ""), ("_from", "_ids")):
            end = "_end" if suffix == "_start" else "_to"
            one, other = row["positive" + of], row["negative" + of]
            a, b = row["positive" + suffix], row["negative" + suffix]
            c, d = row["positive" + end], row["negative" + end]
            assert a == b
            assert one[:a] == other[:b]
            assert one[c:] == other[d:]
            assert one[a:c] != other[b:d]
            assert a < c
            assert b < d
        for side in ("positive", "negative"):
            assert tokenizer.decode(row[f"{side}_ids"]) == row[side]


def test_the_prompt_and_the_positive_are_the_tokens_of_the_shards(
    negatives: pa.Table, shards_folder: Path
) -> None:
    shards = [tables.read(path, SHARD) for path in sorted(shards_folder.glob("shard-*.parquet"))]
    examples = {row["prompt_id"]: row["input_ids"] for shard in shards for row in shard.to_pylist()}
    learnt = {tuple(ids) for ids in examples.values()}
    for row in negatives.to_pylist():
        assert row["prompt_ids"] + row["positive_ids"] == examples[row["prompt_id"]]
        assert tuple(row["prompt_ids"] + row["negative_ids"]) not in learnt


def test_no_invented_tool_is_in_a_prompt(negatives: pa.Table, prompts: Prompts) -> None:
    offered = "\n".join(row["tools"] for row in prompts.values())
    for row in negatives.to_pylist():
        there = json.dumps(row["other_tool"]) in offered
        assert there == (row["negative_kind"] != "invented_tool")


def test_each_example_and_kind_is_made_or_absent_for_a_reason(
    prompts: Prompts, texts: Path, tokenizer: Any, tmp_path: Path
) -> None:
    for most in (0, 2, 7):
        config = NegativesConfig(most=most)
        figures = build(Source(prompts, [texts], []), tokenizer, config, CONTEXT, tmp_path)
        for kind in KINDS:
            absent = figures["absent"].get(kind, {})
            assert set(absent) <= set(ABSENT)
            assert figures["by_kind"].get(kind, 0) + sum(absent.values()) == figures["examples"]
        trained = sum(row["split"] == "train" for row in prompts.values())
        assert figures["examples"] == trained


def test_a_negative_that_has_no_room_is_absent(
    prompts: Prompts, texts: Path, tokenizer: Any, tmp_path: Path
) -> None:
    lengths = tables.read(texts, TEXTS)["tokens"].to_pylist()
    room = sorted(lengths)[len(lengths) // 2]
    figures = build(Source(prompts, [texts], []), tokenizer, ALL, room, tmp_path)
    table = tables.read(tmp_path / "negatives.parquet", NEGATIVES)
    assert sum(reasons.get("too_long", 0) for reasons in figures["absent"].values()) > 50
    for row in table.to_pylist():
        longest = max(len(row["positive_ids"]), len(row["negative_ids"]))
        assert len(row["prompt_ids"]) + longest <= room


def test_equal_inputs_give_equal_bytes_and_another_seed_other_negatives(
    prompts: Prompts, texts: Path, tokenizer: Any, tmp_path: Path
) -> None:
    turned = dict(reversed(prompts.items()))
    one = made(Source(prompts, [texts], []), tokenizer, tmp_path / "a")
    made(Source(turned, [texts], []), tokenizer, tmp_path / "b")
    files = [(tmp_path / name / "negatives.parquet").read_bytes() for name in "ab"]
    assert files[0] == files[1]
    again = NegativesConfig(most=len(KINDS), seed=1)
    other = made(Source(prompts, [texts], []), tokenizer, tmp_path / "c", again)
    assert one["negative"].to_pylist() != other["negative"].to_pylist()


def test_of_two_days_the_last_text_counts_and_a_held_out_prompt_gives_none(
    prompts: Prompts, texts: Path, tokenizer: Any, tmp_path: Path
) -> None:
    table = tables.read(texts, TEXTS)
    first = table["prompt_id"].to_pylist()[0]
    held = {**prompts, first: prompts[first] | {"split": "heldout"}}
    one = made(Source(prompts, [texts], []), tokenizer, tmp_path / "one")
    both = made(Source(held, [texts, texts], []), tokenizer, tmp_path / "both")
    kept = [row for row in one.to_pylist() if row["prompt_id"] != first]
    assert both.to_pylist() == kept


def test_the_check_names_a_row_that_does_not_hold(
    negatives: pa.Table, prompts: Prompts, tokenizer: Any
) -> None:
    row = negatives.to_pylist()[0]
    right = row | {"negative": row["positive"], "negative_ids": row["positive_ids"]}
    found = problems(tables.from_rows([right], NEGATIVES), prompts, tokenizer)
    assert found == [f"{row['prompt_id']} {row['negative_kind']}: the answer is right"]
    cut = row | {"negative_ids": row["negative_ids"][:-1]}
    found = problems(tables.from_rows([cut], NEGATIVES), prompts, tokenizer)
    assert found == [
        f"{row['prompt_id']} {row['negative_kind']}: the tokens are not those of the negative"
    ]
    held = {row["prompt_id"]: prompts[row["prompt_id"]] | {"split": "heldout"}}
    found = problems(tables.from_rows([row], NEGATIVES), held, tokenizer)
    assert found == [
        f"{row['prompt_id']} {row['negative_kind']}: the prompt is of the split heldout"
    ]
