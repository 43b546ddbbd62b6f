"""A day's prompts: the mix of its seed, the imported files, each once, and what is missing."""

import json
from pathlib import Path

import pytest

from ops.errors import InputError
from ops.prompts.config import MixConfig, SplitShares
from ops.prompts.gather import Gathered, gather, in_two_splits, missing_tools

CONFIGS = Path(__file__).parents[3] / "configs"
REGISTRY, PHRASES = CONFIGS / "tools.json", CONFIGS / "phrases.yaml"
SHARES = SplitShares(train=0.4, repair=0.3, heldout=0.3)
DAY = "2026-01-05"


def gathered(sources: list[Path], prompts: int = 160, day: str = DAY) -> Gathered:
    return gather(REGISTRY, PHRASES, sources, MixConfig(prompts=prompts, splits=SHARES), day)


def lines(path: Path, *words: str) -> Path:
    rows = [{"messages": [{"role": "user", "content": word}], "tools": []} for word in words]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_a_day_is_its_seed() -> None:
    one, again, other = gathered([]), gathered([]), gathered([], day="2026-01-06")
    assert one.prompts.equals(again.prompts)
    assert not one.prompts.equals(other.prompts)
    ids = one.prompts["prompt_id"].to_pylist()
    assert ids == sorted(set(ids))
    assert len(ids) == 160


def test_the_figures_count_every_prompt(tmp_path: Path) -> None:
    source = lines(tmp_path / "mine.jsonl", "hello", "hello", "good day")
    figures = gathered([source]).figures()
    assert (figures["prompts"], figures["rejected"]) == (162, 1)
    assert figures["rejected_by_reason"] == {"duplicate": 1}
    assert figures["by_source"]["registry"] == 160
    assert figures["by_kind"]["external"] == 2
    for name in ("by_split", "by_kind", "by_source"):
        assert sum(figures[name].values()) == 162


def test_a_prompt_of_two_files_is_there_once(tmp_path: Path) -> None:
    sources = [lines(tmp_path / "a.jsonl", "hi", "ho"), lines(tmp_path / "b.jsonl", "hi", "hu")]
    made = gathered(sources, prompts=0)
    assert made.prompts.num_rows == 3
    assert in_two_splits(made.prompts) == []


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.jsonl does not exist"):
        gathered([tmp_path / "no.jsonl"])


def test_every_tool_appears_in_every_split_or_is_named() -> None:
    prompts = gathered([]).prompts
    assert missing_tools(prompts, REGISTRY) == []
    some = prompts.filter([row["split"] != "repair" for row in prompts.to_pylist()])
    assert missing_tools(some, REGISTRY) == []
    few = prompts.slice(0, 20)
    told = missing_tools(few, REGISTRY)
    tools = [tool["function"]["name"] for tool in json.loads(REGISTRY.read_text(encoding="utf-8"))]
    assert len(told) > 20
    assert {line.split(" in ")[0] for line in told} <= set(tools)


def test_a_prompt_that_stands_twice_is_found() -> None:
    import pyarrow as pa

    prompts = gathered([]).prompts
    first = prompts["prompt_id"][0].as_py()
    assert in_two_splits(pa.concat_tables([prompts, prompts.slice(0, 1)])) == [first]
