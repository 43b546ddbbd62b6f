"""The judge over real HTTP: verdicts recorded elsewhere, its own journal, its own budget."""

import json
from pathlib import Path
from typing import Any

import pytest

from assets.judge import judged
from ops import tables
from ops.evaluation.contract import EVALUATIONS, JUDGED
from ops.evaluation.judge import question
from ops.evaluation.row import Answer, evaluation_row
from ops.prompts.contract import PROMPTS
from resources.judge import Judge, judge_of
from resources.lake import Lake
from resources.settings import Settings
from tests.conftest import MICRO


@pytest.fixture
def words(prompt_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two held-out prompts that want words."""
    held = [row for row in prompt_rows if (row["split"], row["kind"]) == ("heldout", "no_tool")]
    assert len(held) >= 2
    return held[:2]


@pytest.fixture
def draft(words: list[dict[str, Any]], tmp_path: Path) -> Path:
    """An evaluation in which each of them is answered with words."""
    rows = [evaluation_row(one, Answer("Gladly.", "free", True, 3, False)) for one in words]
    tables.write(tables.from_rows(rows, EVALUATIONS), tmp_path / "evaluations.parquet")
    tables.write(tables.from_rows(words, PROMPTS), tmp_path / "prompts.parquet")
    return tmp_path


def made(folder: Path, endpoint: str, **own: Any) -> tuple[Judge, Settings]:
    section = {"endpoint": endpoint, "model": "judge", **own}
    overrides = {
        "lake.root": str(folder / "lake"),
        "evaluation.judge": json.dumps(section),
        "teacher.most_requests": "1",
        "teacher.model": "another",
    }
    settings = Settings(profile=MICRO, overrides=overrides)
    judge = judge_of(settings, Lake(settings=settings))
    assert judge is not None
    return judge, settings


def test_verdicts_come_over_the_wire_and_misses_are_rows(
    draft: Path, words: list[dict[str, Any]]
) -> None:
    message = {"role": "assistant", "content": '{"verdict": "partly"}'}
    response = {
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10},
    }
    asked = {"messages": question(words[0], "Gladly.")}
    file = draft / "recorded.jsonl"
    line = {"request": asked, "status": 200, "response": response}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    judge, settings = made(draft, f"replay:{file}", input_price=1.0, output_price=2.0)
    config = settings.load().evaluation.judge
    assert config is not None
    figures = judged(judge, config, [draft / "prompts.parquet"], draft, print)
    rows = {
        row["prompt_id"]: row for row in tables.rows(tables.read(draft / "judged.parquet", JUDGED))
    }
    assert rows[words[0]["prompt_id"]]["verdict"] == "partly"
    assert rows[words[1]["prompt_id"]]["reason"] == "not_recorded"
    assert figures["judged"]["cost_dollars"] == pytest.approx(120e-6)
    assert judge.journal.name == "judge"
    assert (judge.journal / "parts").is_dir()
    assert not judge.journal.with_name("journal").exists()


def test_its_budget_is_its_own(draft: Path, words: list[dict[str, Any]]) -> None:
    file = draft / "recorded.jsonl"
    line = {"request": {"messages": []}, "status": 200, "response": {}}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    prices = {"input_price": 1.0, "output_price": 2.0}
    judge, settings = made(draft, f"replay:{file}", budget=1e-6, **prices)
    config = settings.load().evaluation.judge
    assert config is not None
    figures = judged(judge, config, [draft / "prompts.parquet"], draft, print)
    assert figures["judged"]["without"] == {"budget": len(words)}


def test_its_settings_are_its_own(tmp_path: Path) -> None:
    judge, settings = made(tmp_path, "https://judge.example/v1")
    assert settings.load().teacher.model == "another"
    assert judge.identity() == "https://judge.example/v1"
    plain = Settings(profile=MICRO)
    assert judge_of(plain, Lake(settings=plain)) is None
