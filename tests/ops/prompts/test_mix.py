"""Laws of the prompt mix."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from ops.errors import SettingsError
from ops.phrases.book import load_book
from ops.prompts.config import KindShares, MixConfig, SplitShares
from ops.prompts.contract import PROMPTS, SPLITS
from ops.prompts.mix import mix
from ops.prompts.registry import load_registry
from ops.prompts.row import prompt_id

CONFIGS = Path(__file__).parents[3] / "configs"
REGISTRY, BOOK = load_registry(CONFIGS / "tools.json"), load_book(CONFIGS / "phrases.yaml")
TABLE = mix(REGISTRY, BOOK, MixConfig(prompts=2_000), seed=7)
ROWS: list[dict[str, Any]] = TABLE.to_pylist()


def plain(value: Any) -> Any:
    """The first accepted value, at any depth: what a right call says."""
    if isinstance(value, dict):
        return {key: plain(one[0]) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def calls(row: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    listed = json.loads(row["expected"])
    return [(one["name"], {k: plain(v[0]) for k, v in one["arguments"].items()}) for one in listed]


def names(row: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in json.loads(row["tools"])]


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for one in inner for leaf in leaves(one)]
    return [value]


def test_the_same_seed_gives_the_same_table_and_another_seed_another() -> None:
    assert mix(REGISTRY, BOOK, MixConfig(prompts=2_000), seed=7).equals(TABLE)
    other = mix(REGISTRY, BOOK, MixConfig(prompts=2_000), seed=8)
    assert len(set(other["prompt_id"].to_pylist()) & set(TABLE["prompt_id"].to_pylist())) < 100
    assert TABLE.schema.equals(PROMPTS)


def test_the_shares_are_as_asked() -> None:
    assert Counter(row["split"] for row in ROWS) == {"train": 1600, "repair": 200, "heldout": 200}
    kinds = Counter(row["kind"] for row in ROWS)
    assert kinds == {
        "single": 800,
        "choice": 500,
        "integration": 260,
        "parallel": 240,
        "no_tool": 200,
    }


def test_no_prompt_is_there_twice_and_its_id_is_its_content() -> None:
    assert len({row["prompt_id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["prompt_id"] == prompt_id(json.loads(row["messages"]), json.loads(row["tools"]))


def test_every_tool_is_asked_for_in_every_split() -> None:
    for split in SPLITS:
        asked = {name for row in ROWS if row["split"] == split for name, _ in calls(row)}
        assert asked == set(REGISTRY.tools)


def test_the_right_tools_are_offered_among_two_to_six() -> None:
    for row in ROWS:
        offered = names(row)
        assert 2 <= len(offered) <= 6
        assert len(set(offered)) == len(offered)
        assert {name for name, _ in calls(row)} <= set(offered)


def test_the_place_of_the_right_tool_tells_nothing() -> None:
    places = Counter(names(row).index(calls(row)[0][0]) for row in ROWS if row["kind"] == "single")
    assert min(places[place] for place in (0, 1)) > 100


def test_a_choice_offers_a_similar_tool_and_a_single_does_not() -> None:
    for row in ROWS:
        if row["kind"] in ("choice", "single"):
            similar = set(BOOK.tools[calls(row)[0][0]].similar) & set(names(row))
            assert bool(similar) == (row["kind"] == "choice")


def test_right_calls_are_valid_and_said_in_the_message() -> None:
    for row in ROWS:
        text = json.loads(row["messages"])[0]["content"].lower()
        for name, arguments in calls(row):
            schema = REGISTRY.tools[name]["function"]["parameters"]
            assert jsonschema_rs.is_valid(schema, arguments), (name, arguments)
            for leaf in leaves(arguments):
                assert isinstance(leaf, bool) or str(leaf).lower() in text


def test_a_parallel_prompt_has_two_different_calls() -> None:
    for row in ROWS:
        if row["kind"] == "parallel":
            one, other = calls(row)
            assert one != other


def test_an_integration_prompt_ends_with_the_result_that_the_answer_carries() -> None:
    rows = [row for row in ROWS if row["kind"] == "integration"]
    for row in rows:
        user, asked, told = json.loads(row["messages"])
        assert (user["role"], asked["role"], told["role"]) == ("user", "assistant", "tool")
        assert asked["tool_calls"][0]["id"] == told["tool_call_id"]
        carries = json.loads(row["carries"])
        assert carries
        assert all(text in told["content"] for text in carries)
        assert row["expected"] == "[]"


def test_heldout_has_other_phrasings_and_other_values_than_train() -> None:
    said = {split: set() for split in ("train", "heldout")}
    for row in ROWS:
        if row["split"] in said and row["kind"] in ("single", "choice"):
            ((name, arguments),) = calls(row)
            schema = REGISTRY.tools[name]["function"]["parameters"]["properties"]
            open_text = {k: v for k, v in arguments.items() if "enum" not in schema[k]}
            said[row["split"]] |= {
                (name, key, leaf)
                for key, value in open_text.items()
                for leaf in leaves(value)
                if not isinstance(leaf, bool)
            }
    assert len(said["heldout"]) > 100
    assert not said["train"] & said["heldout"]


def test_numbers_add_up_whatever_the_total() -> None:
    for total in (0, 1, 7, 63):
        assert mix(REGISTRY, BOOK, MixConfig(prompts=total), seed=1).num_rows == total


def test_a_mix_that_the_book_cannot_give_says_so() -> None:
    one = {"set_volume": REGISTRY.tools["set_volume"]}
    book = BOOK.model_copy(
        update={
            "tools": {"set_volume": BOOK.tools["set_volume"].model_copy(update={"similar": ()})}
        }
    )
    registry = type(REGISTRY)(one, "")
    with pytest.raises(SettingsError, match=r"no further single prompt for set_volume in .*lower"):
        mix(
            registry,
            book,
            MixConfig(
                prompts=50_000,
                kinds=KindShares(single=1, choice=0, parallel=0, integration=0, no_tool=0),
            ),
            seed=1,
        )


def test_registry_and_book_must_name_the_same_tools() -> None:
    registry = type(REGISTRY)({"fly": REGISTRY.tools["set_volume"]}, "")
    with pytest.raises(SettingsError, match=r"no phrasings for \['fly'\]"):
        mix(registry, BOOK, MixConfig(prompts=1), seed=1)


def test_a_phrasing_that_breaks_the_schema_is_named() -> None:
    tools = {**REGISTRY.tools, "set_volume": json.loads(json.dumps(REGISTRY.tools["set_volume"]))}
    tools["set_volume"]["function"]["parameters"]["properties"]["level"] = {"type": "string"}
    with pytest.raises(SettingsError, match="the schema of set_volume refuses"):
        mix(type(REGISTRY)(tools, ""), BOOK, MixConfig(prompts=1), seed=1)


def test_shares_must_add_up() -> None:
    with pytest.raises(ValidationError, match=r"splits add up to 1\.1, expected 1"):
        SplitShares(train=0.9)
    with pytest.raises(ValidationError, match="kinds add up to"):
        KindShares(single=0.9)
