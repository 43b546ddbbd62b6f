"""Bad input through the real command line: one line on standard error, exit 1, nothing harmed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.shards.contract import SHARD
from ops.spans.contract import KINDS
from ops.teacher.journal.parts import Parts
from resources.lake import Lake
from resources.settings import Settings

from .conftest import DAY, MICRO, ROOT, Command

NEXT = "2026-01-06"
GATHER = ("--select", "group:gather")


def one_line(done: subprocess.CompletedProcess[str], *told: str, code: int = 1) -> None:
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for part in told:
        assert part in done.stderr


def snapshot(folder: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_file() or path.is_symlink())
        and not path.name.startswith(".")
        # What is wanted is written down before it is asked for.
        and path.parent.name != "requests"
    }


def test_a_misspelt_key_is_told_before_anything_is_started(
    apprentice: Command, tmp_path: Path
) -> None:
    done = apprentice("--set", "kd.trainin.epochs=2")
    one_line(done, "SettingsError", "kd.trainin is not a setting; did you mean training?")
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--prompts", "/no/such.jsonl"), "--prompts /no/such.jsonl", id="prompts"),
        pytest.param(("--set", "kd"), "--set 'kd': expected KEY=VALUE", id="set"),
        pytest.param(("--profile", "tinny"), "shipped profiles:", id="profile"),
        pytest.param(("--teacher", "stubb"), "expected stub, replay:FILE or a URL", id="teacher"),
        pytest.param(("--select", "key:nothing"), "'key:nothing' names no asset", id="select"),
    ],
)
def test_bad_input_is_one_line(apprentice: Command, arguments: tuple[str, ...], told: str) -> None:
    one_line(apprentice(*arguments), told)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--day", "yesterday"), "'yesterday' is no partition", id="day"),
        pytest.param(("--day", "2019-01-01"), "'2019-01-01' is no partition", id="day_too_early"),
        pytest.param(("--select", "key:((("), "selection 'key:((('", id="select_syntax"),
        pytest.param((*GATHER, "--teacher", "replay:/no/such"), "no such file", id="recording"),
        pytest.param(
            (*GATHER, "--set", "lake.minimum_free_mb=999999999"), "lake.minimum_free_mb", id="disk"
        ),
        pytest.param(
            (*GATHER, "--set", "prompts.registry=/no/tools.json"), "/no/tools.json", id="registry"
        ),
        pytest.param(
            ("--select", "token_shards"), "has not been materialized", id="nothing_before"
        ),
    ],
)
def test_bad_input_that_a_run_finds_is_one_line(
    apprentice: Command, arguments: tuple[str, ...], told: str
) -> None:
    one_line(apprentice(*arguments), told)


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_a_failed_run_leaves_what_was_there(apprentice: Command, tmp_path: Path) -> None:
    assert apprentice(*GATHER).returncode == 0
    before = snapshot(tmp_path / "lake")
    registry = tmp_path / "tools.json"
    tool = {"type": "function", "function": {"name": "a", "parameters": {"type": "nonsense"}}}
    registry.write_text(json.dumps([tool]), encoding="utf-8")
    wrong = [
        (1, "--set", f"prompts.registry={registry}"),
        (75, "--teacher", "http://127.0.0.1:1/v1"),
        (1, "--set", "prompts.prompts=161", "--set", "lake.minimum_free_mb=999999999"),
    ]
    for code, *arguments in wrong:
        one_line(apprentice(*GATHER, *arguments), code=code)
        assert snapshot(tmp_path / "lake") == before
    again = apprentice(*GATHER)
    assert again.returncode == 0
    assert again.stdout.count("as before") == 2


@pytest.mark.slow
def test_the_lines_name_the_thing_and_what_to_do(apprentice: Command, tmp_path: Path) -> None:
    registry = tmp_path / "tools.json"
    tool = {"type": "function", "function": {"name": "a", "parameters": {"type": "nonsense"}}}
    registry.write_text(json.dumps([tool]), encoding="utf-8")
    one_line(apprentice(*GATHER, "--set", f"prompts.registry={registry}"), "tool 1 (a)")
    one_line(
        apprentice(*GATHER, "--teacher", "http://127.0.0.1:1/v1"),
        "http://127.0.0.1:1/v1 cannot be reached",
        "teacher.endpoint",
        code=75,
    )


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_a_rerun_completes(apprentice: Command, tmp_path: Path) -> None:
    assert apprentice("--select", "prompt_mix").returncode == 0
    before = snapshot(tmp_path / "lake")
    # Dagster's own history needs a few hundred kilobytes; the journal of 160 answers more.
    more = ("--set", "teacher.top_logprobs=20")
    full = apprentice("--select", "teacher_responses", *more, limit=400_000)
    one_line(full, "no room left on the disk")
    after = snapshot(tmp_path / "lake")
    assert {name: after[name] for name in before} == before
    assert apprentice("--select", "teacher_responses", *more).returncode == 0


@pytest.mark.slow
def test_imported_prompts_have_a_lake_of_their_own(apprentice: Command, tmp_path: Path) -> None:
    prompts = tmp_path / "it's mine.jsonl"
    rows = [
        {"messages": [{"role": "user", "content": f"hello {n}"}], "tools": []} for n in range(3)
    ]
    prompts.write_text("\n".join(map(json.dumps, rows)) + "\nbroken\n", encoding="utf-8")
    done = apprentice(*GATHER, "--prompts", str(prompts), "--set", "teacher.minimum_answered=0")
    assert done.returncode == 0, done.stderr
    mix = tmp_path / "lake" / "micro-it's mine" / "prompt_mix" / DAY / "current"
    figures = json.loads((mix / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert (figures["prompts"], figures["rejected"]) == (3, 1)


@pytest.mark.slow
def test_ctrl_c_stops_with_what_is_done_kept(home: Path, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "pipeline.cli", "run", "--profile", MICRO, "--day", DAY, *GATHER),
        *("--set", f"lake.root={tmp_path / 'lake'}", "--set", "teacher.misbehave=slow=1"),
        *("--set", "teacher.concurrency=1"),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        journal = tmp_path / "lake" / "micro" / "journal"
        until = time.monotonic() + 60
        while not list(journal.glob("segments/*.jsonl")) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(4)
        os.kill(child.pid, signal.SIGINT)
        _, told = child.communicate(timeout=60)
    assert child.returncode == 130, told
    finishing, stopped = told.split("\n")[1:3]
    assert finishing == "finishing 1 requests that are in flight; Ctrl-C again stops now"
    assert "run the same command again" in stopped
    assert len(Parts(journal / "parts")) >= 1
    assert not list(journal.glob("segments/*.jsonl"))


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_a_run_without_process_supervision_marks_no_decision(
    apprentice: Command, tmp_path: Path
) -> None:
    done = apprentice("--no-process-supervision", "--select", "+key:token_shards")
    assert done.returncode == 0, done.stderr
    (shard,) = (tmp_path / "lake/micro/token_shards/current").glob("shard-*.parquet")
    kinds = {kind for row in tables.read(shard, SHARD)["span_kind"].to_pylist() for kind in row}
    assert kinds == {KINDS.index("prompt"), KINDS.index("prose")}


@pytest.mark.slow
def test_a_plan_spends_nothing_and_a_spent_budget_is_an_exit_of_its_own(
    apprentice: Command, command: Command, tmp_path: Path
) -> None:
    given = ["--profile", MICRO, "--day", DAY, "--set", f"lake.root={tmp_path / 'lake'}"]
    prices = ("--set", "teacher.input_price=1", "--set", "teacher.output_price=1")
    budget = (*prices, "--set", "teacher.budget=0.02")
    planned = command("plan", *given, *budget)
    assert planned.returncode == 0, planned.stderr
    assert "no past answers; assumed 4 bytes a token" in planned.stdout
    assert "Budget $0.02, $0.0000 of it spent. It will not do" in planned.stdout
    journal = tmp_path / "lake" / "micro" / "journal"
    assert Parts(journal / "parts").names == []
    done = apprentice(*GATHER, *budget)
    assert done.returncode == 75
    assert done.stderr.count("\n") == 1
    assert "TeacherStopped: teacher.budget is $0.02, $0.01" in done.stderr
    spent = Parts(journal / "parts").spent
    assert 10_000 < spent <= 20_000
    assert apprentice(*GATHER, *prices, "--set", "teacher.budget=5").returncode == 0
    again = command("plan", *given, *prices)
    assert "Expected from 160 past answers" in again.stdout
    assert "$0.0000" in again.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("answered")
def test_a_day_that_was_pruned_comes_back_from_the_journal(
    apprentice: Command, command: Command, tmp_path: Path
) -> None:
    overrides = {"lake.root": str(tmp_path / "lake"), "shards.days": "1"}
    lake = Lake(settings=Settings(profile=MICRO, overrides=overrides))
    for day in (DAY, NEXT):
        assert apprentice(*GATHER, "--day", day).returncode == 0
    first = lake.current("teacher_responses", DAY)
    assert first.figures["answered_now"] == 160
    sets = ("--set", f"lake.root={tmp_path / 'lake'}", "--set", "shards.days=1")
    assert command("prune", "--profile", MICRO, *sets, "--yes").returncode == 0
    assert list(lake.partitions("teacher_responses")) == [NEXT]
    assert apprentice(*GATHER, "--day", DAY).returncode == 0
    again = lake.current("teacher_responses", DAY)
    assert again.figures["answered_now"] == 0
    assert again.data_version == first.data_version


def test_help_names_the_commands(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    for name in ("demo", "plan", "run", "doctor", "sql"):
        assert name in done.stdout


@pytest.mark.parametrize("name", ["run", "plan"])
def test_help_says_what_is_not_trained(command: Command, name: str) -> None:
    assert "--no-process-supervision" in command(name, "--help").stdout


def test_sql_without_a_lake_says_what_to_run(command: Command) -> None:
    one_line(command("sql", "--lake", "no-such-lake"), "apprentice demo")
