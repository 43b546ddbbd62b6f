"""The local teachers as processes of their own, asked over real HTTP."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.teacher.embedded.misbehaviour import KINDS, REASONING
from ops.teacher.wire import from_wire

ROOT = Path(__file__).parents[4]
RECORDED = ROOT.parent / "shared" / "data" / "recorded" / "bfcl_dev.jsonl.gz"
STUB = ("stub", "--phrases", str(ROOT / "configs" / "phrases.yaml"))
TOOL = {
    "type": "function",
    "function": {"name": "define_word", "parameters": {"type": "object", "properties": {}}},
}
ASK = {
    "model": "m",
    "messages": [{"role": "user", "content": "define candid"}],
    "tools": [TOOL],
    "logprobs": True,
    "top_logprobs": 3,
}


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ops.teacher.embedded.serve", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@contextmanager
def serving(*arguments: str) -> Iterator[httpx.Client]:
    with start(*arguments) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=url, timeout=10) as client:
            yield client
        _, complaints = process.communicate(timeout=10)
        assert complaints == ""
        assert process.returncode == 0


def ask(client: httpx.Client, request: dict[str, Any] = ASK) -> httpx.Response:
    return client.post("/chat/completions", json=request)


def test_answers_and_lists_its_model() -> None:
    with serving(*STUB) as client:
        answer = ask(client)
        assert answer.status_code == 200
        call = answer.json()["choices"][0]["message"]["tool_calls"][0]["function"]
        assert call == {"name": "define_word", "arguments": '{"word": "candid"}'}
        read = from_wire(answer.content)
        assert (read.problem, read.logprobs) == ("", "kept")
        assert client.get("/models").json()["data"][0]["id"] == "stub"
        assert client.post("/chat/completions", content=b"{").status_code == 400
        assert "messages" in ask(client, {"messages": []}).json()["error"]["message"]
        assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize("how", ["input_closes", "sigterm", "sigint"])
def test_ends_quietly(how: str) -> None:
    with start(*STUB) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if how != "input_closes":
            process.send_signal(signal.SIGTERM if how == "sigterm" else signal.SIGINT)
            assert process.wait(10) == 0
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_dies_with_whoever_started_it() -> None:
    code = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-m', 'ops.teacher.embedded.serve', *{STUB!r}],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(p.pid, flush=True); import os; os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    orphan = int(parent.stdout)
    for _ in range(100):
        if not Path(f"/proc/{orphan}").exists() or _is_zombie(orphan):
            return
        time.sleep(0.05)
    os.kill(orphan, signal.SIGKILL)
    pytest.fail("the server outlived the process that started it")


def _is_zombie(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
            == "Z"
        )
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(("kind", "status"), [("rate_limit", 429), ("server_error", 500)])
def test_a_passing_fault_passes_when_tried_again(kind: str, status: int) -> None:
    with serving(*STUB, "--misbehave", f"{kind}=1") as client:
        first = ask(client)
        assert first.status_code == status
        assert ("retry-after" in first.headers) == (kind == "rate_limit")
        assert first.json()["error"]["code"] == kind
        assert ask(client).status_code == 200
        other = {**ASK, "messages": [{"role": "user", "content": "define lucid"}]}
        assert ask(client, other).status_code == status


@pytest.mark.parametrize(
    "kind", ["reasoning_content", "reasoning", "thinking_blocks", "think_inline"]
)
def test_reasoning_comes_in_its_carrier(kind: str) -> None:
    with serving(*STUB, "--misbehave", f"{kind}=1") as client:
        answer = ask(client)
        assert REASONING in answer.text
        read = from_wire(answer.content)
        assert REASONING not in json.dumps(read.as_json())
        assert read.dropped
        assert read.tool_calls[0]["function"]["arguments"] == '{"word": "candid"}'


def test_a_truncated_answer_has_cut_arguments() -> None:
    with serving(*STUB, "--misbehave", "truncated=1") as client:
        choice = ask(client).json()["choices"][0]
        assert choice["finish_reason"] == "length"
        assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"word": '
        words = ask(client, {**ASK, "messages": [{"role": "user", "content": "hello"}]}).json()
        assert words["choices"][0]["message"]["content"] == "Hello! How ca"


def test_a_malformed_body_is_no_json() -> None:
    with serving(*STUB, "--misbehave", "malformed=1") as client:
        answer = ask(client)
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_slow_answer_is_whole() -> None:
    with serving(*STUB, "--misbehave", "slow=1") as client:
        started = time.monotonic()
        assert ask(client).json()["choices"][0]["finish_reason"] == "tool_calls"
        assert time.monotonic() - started > 0.5


def test_faults_come_in_their_shares_and_to_the_same_requests() -> None:
    requests = [{"messages": [{"role": "user", "content": f"define word{i}"}]} for i in range(400)]
    seen = []
    for _ in range(2):
        with serving(*STUB, "--misbehave", "server_error=0.25,rate_limit=0.1") as client:
            seen.append([ask(client, request).status_code for request in requests])
    assert seen[0] == seen[1]
    assert 0.18 < seen[0].count(500) / 400 < 0.32
    assert 0.05 < seen[0].count(429) / 400 < 0.16


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            ("replay", "/no/such/file"), "recording /no/such/file cannot be read", id="no_recording"
        ),
        pytest.param(("replay", "/dev/null"), "no usable line", id="empty_recording"),
        pytest.param(("stub", "--phrases", "/no/book"), "phrase book /no/book", id="no_book"),
        pytest.param((*STUB, "--misbehave", "sulk=1"), "'sulk' is no fault", id="unknown_fault"),
        pytest.param((*STUB, "--misbehave", "slow"), "has no share", id="fault_without_share"),
        pytest.param(
            (*STUB, "--misbehave", "slow=0.7,truncated=0.7"), "exceed 1", id="too_many_faults"
        ),
        pytest.param((*STUB, "--port", "99999"), "port 99999", id="no_such_port"),
    ],
)
def test_a_wrong_start_is_one_line_and_exit_1(arguments: tuple[str, ...], told: str) -> None:
    with start(*arguments) as process:
        output, complaints = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == ""
    assert told in complaints
    assert complaints.count("\n") == 1


def recording(path: Path) -> Path:
    asked = {
        "model": "old",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [TOOL],
        "temperature": 0,
    }
    line = json.dumps(
        {"request": asked, "status": 200, "response": {"choices": [{"message": {"content": "é"}}]}}
    )
    path.write_bytes(gzip.compress(f"{line}\n{{broken\n[1]\n".encode()))
    return path


def test_replay_finds_by_messages_and_tool_names_alone(tmp_path: Path) -> None:
    with start("replay", str(recording(tmp_path / "r.gz"))) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        with httpx.Client(base_url=url) as client:
            asked = {
                "model": "new",
                "messages": [{"role": "user", "content": "hi"}],
                "tools": [TOOL],
                "top_logprobs": 2,
            }
            assert ask(client, asked).json()["choices"][0]["message"]["content"] == "é"
            missing = ask(client, {**asked, "tools": []})
            assert missing.status_code == 404
            assert missing.json()["error"]["code"] == "not_recorded"
        _, complaints = process.communicate(timeout=10)
    assert "2 broken lines were skipped" in complaints


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recording is not in ../shared/data")
def test_replay_gives_back_the_answers_of_a_real_recording() -> None:
    with (
        serving("replay", str(RECORDED)) as client,
        gzip.open(RECORDED, "rt", encoding="utf-8") as lines,
    ):
        for line in islice(lines, 0, None, 8):
            recorded = json.loads(line)
            asked = {
                "model": "other",
                "messages": recorded["request"]["messages"],
                "tools": recorded["request"]["tools"],
            }
            answer = ask(client, asked)
            assert answer.status_code == recorded["status"]
            assert answer.json() == recorded["response"]


def test_every_kind_of_fault_is_tested_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if kind not in text] == []
