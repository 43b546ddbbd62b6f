"""What stands on disk: examples, the plan, and the published layout."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.shards.check import check, coverage, problems
from ops.shards.config import ShardsConfig
from ops.shards.contract import PLAN, SHARD
from ops.shards.store import Day, store
from ops.spans.contract import KINDS, TEXTS
from ops.teacher.contract import LOGPROBS, VOCABULARY
from ops.training.batch import supervised


@pytest.fixture(scope="module")
def examples(shards_folder: Path) -> list[dict[str, Any]]:
    paths = sorted(shards_folder.glob("shard-*.parquet"))
    return [row for path in paths for row in tables.rows(tables.read(path, SHARD))]


@pytest.fixture(scope="module")
def plan(shards_folder: Path) -> list[dict[str, Any]]:
    return tables.rows(tables.read(shards_folder / "plan.parquet", PLAN))


@pytest.fixture(scope="module")
def mix_lines(shards_folder: Path) -> list[dict[str, Any]]:
    lines = (shards_folder / "kd_mix.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_trained_prompt_is_there_once_and_no_heldout(
    examples: list[dict[str, Any]], supervision: Any
) -> None:
    texts = {text["prompt_id"]: text for text in supervision.texts.to_pylist()}
    wanted = [key for key, text in texts.items() if text["split"] != "heldout"]
    assert [row["prompt_id"] for row in examples] == sorted(wanted)
    assert all(len(row["input_ids"]) == texts[row["prompt_id"]]["tokens"] for row in examples)


def test_kinds_are_the_spans_with_names_inside_actions(
    examples: list[dict[str, Any]], supervision: Any, tokenizer: Any
) -> None:
    spans = supervision.spans.to_pylist()
    answers = {text["prompt_id"]: text["answer_tokens"] for text in supervision.texts.to_pylist()}
    for row in examples[:20]:
        assert len(row["span_kind"]) == len(row["input_ids"])
        for span in spans:
            if span["prompt_id"] == row["prompt_id"] and span["kind"] == "tool_name":
                kinds = row["span_kind"][span["token_start"] : span["token_end"]]
                assert set(kinds) == {KINDS.index("tool_name")}
        answer = row["span_kind"][len(row["input_ids"]) - answers[row["prompt_id"]] :]
        assert KINDS.index("prompt") not in answer
        assert answer[-1] == KINDS.index("prose")


def test_the_teacher_s_distribution_is_of_the_very_next_token(
    examples: list[dict[str, Any]], supervision: Any
) -> None:
    """The teacher of the fixture gives 80 % to each token of the answers of every second prompt."""
    told = {text["prompt_id"] for text in supervision.texts.to_pylist()[::2]}
    for row in examples:
        (first, *_), k = supervised(row["span_kind"]), 3
        answer = row["input_ids"][first:]
        if row["prompt_id"] not in told:
            assert row["teacher_at"] == []
            continue
        assert row["teacher_at"] == list(range(first, first + len(answer) - 1))
        likeliest = row["teacher_ids"][::k]
        assert likeliest == answer[:-1]
        assert len(row["teacher_logp"]) == len(row["teacher_ids"]) == k * len(row["teacher_at"])


def test_the_plan_holds_every_example_once_within_the_budget(
    examples: list[dict[str, Any]], plan: list[dict[str, Any]]
) -> None:
    places = [60 * entry["shard"] + entry["row"] for entry in plan]
    assert sorted(places) == list(range(len(examples)))
    filled: Counter[tuple[str, int]] = Counter()
    for entry, place in zip(plan, places, strict=True):
        assert entry["tokens"] == len(examples[place]["input_ids"])
        assert entry["split"] == examples[place]["split"]
        filled[entry["split"], entry["batch"]] += entry["tokens"]
    assert max(filled.values()) <= 1024
    for split in ("train", "repair"):
        numbers = [number for of, number in filled if of == split]
        assert sorted(numbers) == list(range(len(numbers)))
        assert numbers
    assert len({entry["shard"] for entry in plan}) == 2


FIELDS = {
    "prompt", "teacher_text", "tool_name_ids", "tool_name_mask", "gold_json_text_ids",
    "mask_valid_json_tokens", "tool_result_fields", "integration_mask", "metadata",
    "tool_name_positions", "gold_json_positions", "integration_positions",
}  # fmt: skip
GROUPS = [
    pytest.param("tool_name_ids", "tool_name_mask", "tool_name_positions", id="names"),
    pytest.param("gold_json_text_ids", "mask_valid_json_tokens", "gold_json_positions", id="json"),
    pytest.param("tool_result_fields", "integration_mask", "integration_positions", id="results"),
]


def test_kd_mix_has_the_published_fields_of_the_train_split(
    mix_lines: list[dict[str, Any]], examples: list[dict[str, Any]]
) -> None:
    assert all(set(line) == FIELDS for line in mix_lines)
    trained = [row["prompt_id"] for row in examples if row["split"] == "train"]
    assert [line["metadata"]["prompt_id"] for line in mix_lines] == trained
    assert {line["metadata"]["tokenizer"] for line in mix_lines} == {"tokenizer-1"}


@pytest.mark.parametrize(("ids", "mask", "positions"), GROUPS)
def test_kd_mix_ids_are_the_example_s_at_their_positions(
    mix_lines: list[dict[str, Any]],
    examples: list[dict[str, Any]],
    ids: str,
    mask: str,
    positions: str,
) -> None:
    by_id = {row["prompt_id"]: row for row in examples}
    assert any(line[ids] for line in mix_lines)
    for line in mix_lines:
        row = by_id[line["metadata"]["prompt_id"]]
        assert [row["input_ids"][at] for at in line[positions]] == line[ids]
        assert line[mask] == [1] * len(line[ids])
        assert set(line[positions]) <= set(supervised(row["span_kind"]))


def test_kd_mix_text_is_what_the_ids_say(
    mix_lines: list[dict[str, Any]], examples: list[dict[str, Any]], tokenizer: Any
) -> None:
    by_id = {row["prompt_id"]: row for row in examples}
    for line in mix_lines[:20]:
        whole = tokenizer.decode(by_id[line["metadata"]["prompt_id"]]["input_ids"])
        assert line["prompt"] + line["teacher_text"] == whole


def test_check_finds_nothing_in_whole_shards(shards_folder: Path, tokenizer: Any) -> None:
    assert check(shards_folder, len(tokenizer), 512, {"some held-out prompt"}) == []


def test_check_catches_planted_faults(examples: list[dict[str, Any]]) -> None:
    row, size = examples[0], len(examples[0]["input_ids"])

    def found_in(*rows: dict[str, Any], context: int = 512) -> list[str]:
        return problems(tables.from_rows(rows, SHARD), 600, context, {"kept out"})

    planted = {
        "tokens": row | {"span_kind": row["span_kind"][1:]},
        "outside the vocabulary": row | {"input_ids": [9999, *row["input_ids"][1:]]},
        "begins with a target": row | {"span_kind": [2, *row["span_kind"][1:]]},
        "no supervised token": row | {"span_kind": [KINDS.index("observation")] * size},
        "is a held-out prompt": row | {"prompt_id": "kept out"},
    }
    for told, broken in planted.items():
        (found,) = found_in(examples[1], broken, examples[2])
        assert found.startswith(f"{broken['prompt_id']}: ")
        assert told in found
    assert found_in(row) == []
    assert found_in(row, context=size - 1) == [
        f"{row['prompt_id']}: too long for {size - 1} tokens"
    ]


def test_check_catches_an_example_that_is_planned_twice(
    shards_folder: Path, tmp_path: Path, plan: list[dict[str, Any]], tokenizer: Any
) -> None:
    for path in shards_folder.glob("shard-*.parquet"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tables.write(tables.from_rows([*plan[:-1], plan[0]], PLAN), tmp_path / "plan.parquet")
    (found,) = check(tmp_path, len(tokenizer), 512, set())
    assert found == f"plan.parquet places {len(plan) - 1} of {len(plan)} examples"


def test_coverage_counts_supervised_tokens_alone(examples: list[dict[str, Any]]) -> None:
    counted = coverage(tables.from_rows(examples, SHARD))
    assert sum(counted.values()) == sum(len(supervised(row["span_kind"])) for row in examples)
    kinds = Counter(kind for row in examples for kind in row["span_kind"])
    assert counted["tool_name"] == kinds[KINDS.index("tool_name")] > 0
    assert counted["integration"] > 0
    assert not {"prompt", "observation"} & set(counted)


def day(
    shards_of: Any, prompt_rows: list[dict[str, Any]], folder: Path, splits: dict[str, str]
) -> Day:
    """A day's folder of the same prompts and answers, with some prompts in other splits."""

    def place(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row | {"split": splits.get(row["prompt_id"], row["split"])} for row in rows]

    folder.mkdir()
    tables.write(tables.from_rows(place(prompt_rows), PROMPTS), folder / "prompts.parquet")
    texts = place(shards_of.texts.to_pylist())
    tables.write(tables.from_rows(texts, TEXTS), folder / "texts.parquet")
    tables.write(shards_of.spans, folder / "spans.parquet")
    tables.write(tables.from_rows([], LOGPROBS), folder / "logprobs.parquet")
    tables.write(tables.from_rows([], VOCABULARY), folder / "logprobs_vocabulary.parquet")
    return Day(folder, folder, folder)


@pytest.mark.parametrize("later_first", [False, True])
def test_a_prompt_in_two_splits_is_only_in_the_stricter(
    prompt_rows: list[dict[str, Any]],
    supervision: Any,
    tokenizer: Any,
    tmp_path: Path,
    later_first: bool,
) -> None:
    ids = {
        s: [r["prompt_id"] for r in prompt_rows if r["split"] == s] for s in ("train", "heldout")
    }
    heldout = dict.fromkeys(ids["train"][:5], "heldout")
    repair = dict.fromkeys(ids["train"][5:8], "repair")
    back = dict.fromkeys(ids["heldout"][:4], "train")
    moved = heldout | repair | back
    days = [
        day(supervision, prompt_rows, tmp_path / name, splits)
        for name, splits in (("one", {}), ("two", moved))
    ]
    out = tmp_path / "out"
    out.mkdir()
    figures = store(days[::-1] if later_first else days, tokenizer, ShardsConfig(), out)
    rows = [row for path in out.glob("shard-*") for row in tables.rows(tables.read(path, SHARD))]
    splits = {row["prompt_id"]: row["split"] for row in rows}
    assert (figures["days"], figures["in_a_stricter_split"]) == (2, len(moved))
    assert (figures["train"], figures["repair"]) == (
        len(ids["train"]) - 8,
        sum(row["split"] == "repair" for row in prompt_rows) + 3,
    )
    assert splits.keys().isdisjoint(heldout.keys() | set(ids["heldout"]))
    assert [splits[prompt] for prompt in repair] == ["repair"] * 3
    lines = (out / "kd_mix.jsonl").read_text(encoding="utf-8").splitlines()
    learnt = {json.loads(line)["metadata"]["prompt_id"] for line in lines}
    assert learnt == {prompt for prompt, split in splits.items() if split == "train"}
    assert check(out, len(tokenizer), 512, set(heldout) | set(ids["heldout"])) == []


def test_equal_days_give_the_shards_of_one(
    prompt_rows: list[dict[str, Any]], supervision: Any, tokenizer: Any, tmp_path: Path
) -> None:
    days = [day(supervision, prompt_rows, tmp_path / name, {}) for name in ("one", "two")]
    for count in (1, 2):
        (tmp_path / str(count)).mkdir()
        store(days[:count], tokenizer, ShardsConfig(), tmp_path / str(count))
    for path in sorted((tmp_path / "1").iterdir()):
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name
