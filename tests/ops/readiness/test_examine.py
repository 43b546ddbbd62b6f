"""What is green on whole data, and which planted fault turns which check red."""

from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.digest import digest
from ops.errors import ContractError
from ops.process.config import ProcessConfig
from ops.prompts.contract import PROMPTS
from ops.readiness.config import ReadinessConfig
from ops.readiness.examine import examine
from ops.readiness.extent import TOOLS_TOLD
from ops.readiness.given import Given
from ops.shards.contract import SHARD
from ops.spans.contract import KINDS, SKIPPED, SPANS, TEXTS
from ops.teacher.contract import REFUSED, RESPONSES

Row = dict[str, Any]
OF_DATA = [
    "masks say their text",
    "one tokenizer and template",
    "no reasoning",
    "held out is held out",
    "room for the answers",
    "room on the disk",
]


@pytest.fixture
def given(
    student_folder: Path,
    day_folder: Path,
    shards_folder: Path,
    response_rows: list[Row],
    tmp_path: Path,
) -> Given:
    """A copy of the day with its answers, which a test may change."""
    day, shards = tmp_path / "day", tmp_path / "shards"
    for source, copy in ((day_folder, day), (shards_folder, shards)):
        copy.mkdir()
        for path in source.glob("*.parquet"):
            (copy / path.name).write_bytes(path.read_bytes())
    blank = dict.fromkeys(RESPONSES.names)
    rows = tables.from_rows((blank | row for row in response_rows), RESPONSES)
    tables.write(rows, day / "responses.parquet")
    tables.write(tables.from_rows([], REFUSED), day / "refused.parquet")
    return Given(
        student=student_folder,
        fingerprint="tokenizer-1",
        shards=shards,
        mixes=[day],
        responses=[day],
        spans=[day],
        process_supervision=True,
        limits=ReadinessConfig(),
        config=ProcessConfig(),
        agent=None,
    )


def changed(path: Path, schema: Any, make: Any) -> None:
    """Replace the rows of a table by what `make` returns for them."""
    tables.write(tables.from_rows(make(tables.rows(tables.read(path, schema))), schema), path)


def red(given: Given) -> dict[str, str]:
    """Name and finding of each check that fails."""
    report = examine(given, given.shards)
    found = {one["name"]: one["found"] for one in report["checks"] if not one["passed"]}
    assert found.pop("gradients", "not run").startswith("not run") or not found
    return found


def test_whole_data_is_green_and_told(given: Given, prompt_rows: list[Row]) -> None:
    report = examine(given, given.shards)
    assert [one["name"] for one in report["checks"]][: len(OF_DATA)] == OF_DATA
    assert [one for one in report["checks"] if not one["passed"]] == []
    found = {one["name"]: one["found"] for one in report["checks"]}
    kept_out = sum(row["split"] == "heldout" for row in prompt_rows)
    trained = len(prompt_rows) - kept_out
    assert found["held out is held out"] == f"none of {kept_out} held-out prompts is trained on"
    assert found["one tokenizer and template"] == (
        f"{trained} texts are of student tokenizer-1, {trained} prompts rendered again are the same"
    )
    figures = report["figures"]
    assert sum(figures["examples_up_to_tokens"].values()) == trained
    assert figures["tokens_by_kind"]["tool_name"] > 0
    assert figures["tools"] > len(figures["calls_by_tool"]) == TOOLS_TOLD
    assert min(figures["calls_by_tool"].values()) >= figures["calls_of_the_rarest_tool"] > 0
    longest = max(map(int, figures["examples_up_to_tokens"]))
    assert longest // 2 < figures["tokens_by_percentile"]["100"] <= longest
    assert set(figures["teacher_quality"].values()) == {0.0, 1.0}


def test_a_mask_that_is_moved_by_one_token(given: Given) -> None:
    """What earlier systems did to every example: the kinds stand one token too late."""

    def shifted(rows: list[Row]) -> list[Row]:
        return [row | {"span_kind": [0, *row["span_kind"][:-1]]} for row in rows]

    for path in given.shards.glob("shard-*.parquet"):
        changed(path, SHARD, shifted)
    found = red(given)["masks say their text"]
    assert "a token of it is not weighted" in found
    assert "is weighted for nothing" in found


def test_a_span_whose_tokens_say_something_else(given: Given) -> None:
    def moved(rows: list[Row]) -> list[Row]:
        return [
            row | {"token_start": row["token_start"] - 3, "token_end": row["token_start"]}
            if row["kind"] == "tool_name"
            else row
            for row in rows
        ]

    changed(given.spans[0] / "spans.parquet", SPANS, moved)
    assert "tool_name: tokens say" in red(given)["masks say their text"]


def test_a_student_of_another_tokenizer(given: Given) -> None:
    other = given.model_copy(update={"fingerprint": "tokenizer-2"})
    found = red(other)
    assert set(found) == {"one tokenizer and template"}
    assert "texts are of student tokenizer-1" in found["one tokenizer and template"]


def test_a_template_that_renders_otherwise(given: Given) -> None:
    def reworded(rows: list[Row]) -> list[Row]:
        return [row | {"messages": row["messages"].replace("the", "these")} for row in rows]

    changed(given.mixes[0] / "prompts.parquet", PROMPTS, reworded)
    assert "is rendered otherwise" in red(given)["one tokenizer and template"]


def test_reasoning_in_an_answer_and_reasoning_under_a_licence(given: Given) -> None:
    def thinking(rows: list[Row]) -> list[Row]:
        return [
            row | {"text": row["text"] + "<think>", "cuts": [row["cuts"][0], row["cuts"][1] + 7]}
            for row in rows
        ]

    changed(given.spans[0] / "texts.parquet", TEXTS, thinking)
    assert set(red(given)) == {"no reasoning"}

    def licensed(rows: list[Row]) -> list[Row]:
        thought = KINDS.index("reasoning")
        return [row | {"span_kind": [*row["span_kind"][:-1], thought]} for row in rows]

    for path in given.shards.glob("shard-*.parquet"):
        changed(path, SHARD, licensed)
    assert red(given) == {}


def test_a_held_out_prompt_under_another_name(given: Given) -> None:
    """The student would read the very same words."""

    def doubled(rows: list[Row]) -> list[Row]:
        trained = next(row for row in rows if row["split"] == "train")
        return [
            row | {"text": trained["text"], "cuts": trained["cuts"]}
            if row["split"] == "heldout"
            else row
            for row in rows
        ]

    changed(given.spans[0] / "texts.parquet", TEXTS, doubled)
    assert set(red(given)) == {"held out is held out"}


def test_too_many_answers_without_room(given: Given) -> None:
    row = {"split": "train", "reason": "too_long", "detail": "", "source": "responses", "line": 0}
    rows = [row | {"prompt_id": digest(number)} for number in range(40)]
    tables.write(tables.from_rows(rows, SKIPPED), given.spans[0] / "skipped.parquet")
    assert red(given) == {"room for the answers": "40 of 160 answers have no room in the context"}
    enough = given.model_copy(update={"limits": ReadinessConfig(most_too_long=0.25)})
    assert red(enough) == {}


def test_shards_of_other_texts_are_an_error(given: Given) -> None:
    def without(rows: list[Row]) -> list[Row]:
        first = next(row for row in rows if row["split"] == "train")
        return [row for row in rows if row is not first]

    changed(given.spans[0] / "texts.parquet", TEXTS, without)
    with pytest.raises(ContractError, match="where the texts have another prompt"):
        examine(given, given.shards)
