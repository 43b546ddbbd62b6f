"""prompt_mix and teacher_responses as Dagster runs them, with a teacher that misbehaves."""

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.prompts.contract import PROMPTS
from ops.teacher.contract import LOGPROBS, REASONS, REFUSED, RESPONSES
from ops.teacher.embedded.misbehaviour import KINDS, REASONING
from resources.lake import Lake
from tests.resources import carriers
from tests.resources.carriers import everything
from tests.resources.conftest import send, serving

from .conftest import DAY, Materialize, done, message

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
GATHER = ("prompt_mix", "teacher_responses")


def test_a_day_is_asked_once_and_no_reasoning_is_in_any_file(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake, tmp_path: Path
) -> None:
    # Each of these two takes a second.
    shares = ",".join(
        f"{kind}={0.01 if kind in ('slow', 'rate_limit') else 0.09}" for kind in KINDS
    )
    overrides["teacher.misbehave"] = json.dumps(shares)
    overrides["teacher.minimum_answered"] = "0.5"
    assert done(materialize(*GATHER))
    mix, first = micro_lake.current(*(GATHER[0], DAY)), micro_lake.current(*(GATHER[1], DAY))
    assert first.figures["requests"] == first.figures["answered_now"] == 160
    assert mix.figures["prompts"] == 160
    assert first.figures["reasoning_dropped"] > 20
    assert first.figures["accepted"] + first.figures["refused"] == 160
    assert set(first.figures["refused_by_reason"]) <= set(REASONS)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "history" for path in files)
    assert any(path.name == "part-000001.parquet" for path in files)
    for path, held in everything(tmp_path):
        assert b"CANARY" not in held, path
        assert REASONING.encode() not in held, path

    result = materialize(*GATHER)
    for asset in GATHER:
        (made,) = result.asset_materializations_for_node(asset)
        assert made.metadata["reused"].value is True
    assert micro_lake.current("teacher_responses", DAY).data_version == first.data_version


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_other_checks_on_the_same_prompts_ask_nothing_again(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake
) -> None:
    assert done(materialize(*GATHER))
    first = micro_lake.current("teacher_responses", DAY)
    overrides["teacher.minimum_answered"] = "0.9"
    assert done(materialize("teacher_responses"))
    second = micro_lake.current("teacher_responses", DAY)
    assert second.key != first.key
    assert (second.figures["answered_before"], second.figures["answered_now"]) == (160, 0)
    assert second.figures["spent_dollars"] == first.figures["spent_dollars"]
    assert second.data_version == first.data_version


@pytest.mark.usefixtures("answered")
def test_the_three_tables_of_a_day_agree(materialize: Materialize, micro_lake: Lake) -> None:
    assert done(materialize(*GATHER))
    mix, made = (micro_lake.current(asset, DAY).path for asset in GATHER)
    prompts = set(tables.read(mix / "prompts.parquet", PROMPTS)["prompt_id"].to_pylist())
    responses = tables.read(made / "responses.parquet", RESPONSES)["prompt_id"].to_pylist()
    refused = tables.read(made / "refused.parquet", REFUSED)["prompt_id"].to_pylist()
    logprobs = tables.read(made / "logprobs.parquet", LOGPROBS)["prompt_id"].to_pylist()
    assert sorted([*responses, *refused]) == sorted(prompts)
    assert set(logprobs) <= set(responses)
    assert len(logprobs) == len(set(logprobs)) > 0


def test_days_are_apart_and_equal_days_are_equal(
    materialize: Materialize, micro_lake: Lake, overrides: dict[str, str], tmp_path: Path
) -> None:
    for day in (DAY, "2026-01-06"):
        assert done(materialize("prompt_mix", day=day))
    versions = {day: one.data_version for day, one in micro_lake.partitions("prompt_mix").items()}
    assert len(set(versions.values())) == 2
    overrides["lake.root"] = str(tmp_path / "elsewhere")
    assert done(materialize("prompt_mix"))
    manifest = next((tmp_path / "elsewhere").rglob("manifest.json"))
    assert json.loads(manifest.read_text(encoding="utf-8"))["data_version"] == versions[DAY]


@pytest.mark.usefixtures("answered")
def test_too_few_answers_block_and_leave_the_answers_before(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake
) -> None:
    assert done(materialize(*GATHER))
    before = micro_lake.current("teacher_responses", DAY)
    overrides["teacher.misbehave"] = "malformed=0.5"
    result = materialize("teacher_responses")
    assert not result.success
    assert "answered: " in message(result)
    assert "wanted 95.0%; refused: malformed" in message(result)
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks == {"no_reasoning": True, "answered": False, "within_budget": True}
    assert micro_lake.current("teacher_responses", DAY) == before


@pytest.mark.slow
def test_a_budget_that_is_spent_is_a_reason_and_more_money_goes_on(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake
) -> None:
    overrides |= {
        "teacher.input_price": "1.0",
        "teacher.output_price": "10.0",
        "teacher.max_tokens": "64",
        "teacher.budget": "0.02",
    }
    result = materialize(*GATHER)
    assert not result.success
    assert message(result).startswith("teacher.budget is $0.02, $")
    assert "run the same command again to go on" in message(result)
    assert not (micro_lake.folder("teacher_responses", DAY) / "current").exists()

    overrides["teacher.minimum_answered"] = "0"
    assert done(materialize("teacher_responses"))
    first = micro_lake.current("teacher_responses", DAY).figures
    assert first["answered_now"] == 0
    assert 0 < first["answered_before"] == 160 - first["refused_by_reason"]["budget"]
    assert first["unfinished"] == first["refused_by_reason"]["budget"]
    assert first["cost_dollars"] == first["spent_dollars"] <= 0.02
    overrides["teacher.budget"] = "5"
    assert done(materialize("teacher_responses"))
    second = micro_lake.current("teacher_responses", DAY).figures
    assert "budget" not in second["refused_by_reason"]
    assert second["answered_now"] == first["refused_by_reason"]["budget"]


@pytest.mark.slow
def test_neither_thoughts_nor_the_key_are_in_anything_that_a_run_leaves(
    materialize: Materialize,
    overrides: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """One run that ends well, and runs that fail at the key, the endpoint, the money, the check."""
    monkeypatch.setenv("TEACHER_API_KEY", carriers.KEY)
    prices = {"teacher.input_price": "1", "teacher.output_price": "1", "teacher.budget": "0.05"}
    thought = b"<html>" + carriers.THOUGHT.encode()
    runs: dict[str, tuple[Any, dict[str, str]]] = {
        "refuses the key": (carriers.error(401), {}),
        "refuses every request": (carriers.error(400), {}),
        "has answered nothing": (carriers.error(500), {"teacher.patience_s": "1"}),
        "no chat completion": (lambda handler: send(handler, 200, thought), {}),
        "teacher.budget is $0.05": (carriers.Carriers(), prices),
    }
    texts = []
    with serving() as endpoint, caplog.at_level(logging.DEBUG):
        overrides |= {"teacher.endpoint": endpoint.url, "teacher.minimum_answered": "0.3"}
        overrides["teacher.record"] = str(tmp_path / "recorded.jsonl")
        endpoint.answer = carriers.Carriers()
        result = materialize(*GATHER)
        assert done(result)
        texts += [repr(one) for one in result.all_events]
        assert len(endpoint.asked) == 160
        overrides["teacher.minimum_answered"] = "0.9"
        for number, (told, (endpoint.answer, more)) in enumerate(runs.items()):
            # Another temperature: another request.
            overrides |= {"teacher.temperature": f"0.{number + 1}"}
            overrides |= more
            result = materialize("teacher_responses")
            assert not result.success
            assert told in message(result)
            texts += [message(result), *(repr(one) for one in result.all_events)]
    assert any(carriers.holds(held, carriers.MARK) for _, held in everything(tmp_path / "lake"))
    assert any(b"refuses the key" in held for _, held in everything(tmp_path / "home"))
    carriers.assert_clean(tmp_path, *texts, caplog.text, *capfd.readouterr())


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not there")
def test_a_slice_of_the_benchmark_with_a_replayed_teacher(
    materialize: Materialize, overrides: dict[str, str], micro_lake: Lake, tmp_path: Path
) -> None:
    source = SHARED / "bfcl" / "BFCL_v4_simple_python.json"
    rows = source.read_text(encoding="utf-8").splitlines()
    known = SHARED / "recorded" / "bfcl_dev.jsonl.gz"
    with gzip.open(known, "rt", encoding="utf-8") as lines:
        recorded = {json.loads(line)["bfcl_id"] for line in lines}
    ids = [json.loads(row)["id"] for row in rows[:60]]
    part = tmp_path / "BFCL_v4_simple_python.json"
    part.write_text("\n".join(rows[:60]), encoding="utf-8")
    (tmp_path / "possible_answer").mkdir()
    answers = (source.parent / "possible_answer" / source.name).read_text(encoding="utf-8")
    (tmp_path / "possible_answer" / source.name).write_text(answers, encoding="utf-8")
    overrides |= {
        "prompts.prompts": "null",
        "prompts.sources": json.dumps([{"path": str(part)}]),
        "teacher.endpoint": f"replay:{known}",
        "teacher.minimum_answered": "0",
    }
    assert done(materialize(*GATHER))
    made = micro_lake.current("teacher_responses", DAY)
    refused = tables.rows(tables.read(made.path / "refused.parquet", REFUSED))
    missing = sum(row["reason"] == "not_recorded" for row in refused)
    assert missing == sum(one not in recorded for one in ids)
    assert 0 < missing < 60
    assert made.figures["accepted"] > 0.6 * (60 - missing)
    wrong = [row for row in refused if row["reason"] != "not_recorded"]
    assert {row["reason"] for row in wrong} <= {"wrong_answer", "schema", "broken_call"}
