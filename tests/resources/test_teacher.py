"""Asking real servers: answered once, kept, stopped and gone on with, recorded and replayed."""

import base64
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ops.errors import InputError, SettingsError, TeacherError
from ops.teacher.embedded.misbehaviour import KINDS, REASONING
from resources.teacher import Asked, Teacher

from .conftest import Endpoint, MakeTeacher, bodies, every_byte, good, parts, send

KEY = "sk-CANARY0123456789"


def decisions(asked: Iterable[Asked]) -> list[tuple[Any, ...]]:
    return [
        (one.answer.content, one.answer.tool_calls, one.answer.tokens, one.answer.problem)
        for one in asked
    ]


def test_answers_come_in_order_and_are_asked_once(
    endpoint: Endpoint, make_teacher: MakeTeacher
) -> None:
    teacher = make_teacher(endpoint=endpoint.url, input_price=1.0, output_price=2.0)
    requests = bodies(20)
    first = teacher.ask([*requests, requests[0]], "t")
    assert len(first) == 21
    assert [one.answer.content for one in first] == ["yes"] * 21
    assert all((one.cost, one.cost_source) == (20, "usage") for one in first)
    assert (first.tally.wanted, first.tally.cached, first.tally.answered) == (20, 0, 20)
    held = [*first]
    assert held[0] == held[-1]
    assert sorted(map(str, endpoint.asked)) == sorted(map(str, requests))
    second = teacher.ask([*reversed(requests)], "t")
    assert len(endpoint.asked) == 20
    assert (second.tally.cached, second.tally.answered) == (20, 0)
    assert [*second] == held[:20][::-1]
    assert parts(teacher).spent == 20 * 20


def test_a_round_of_every_misbehaviour_ends(make_teacher: MakeTeacher, tmp_path: Path) -> None:
    # Each of these two takes a second.
    shares = ",".join(f"{kind}={0.02 if kind in ('slow', 'rate_limit') else 0.1}" for kind in KINDS)
    teacher = make_teacher(misbehave=shares, concurrency=16)
    asked = [*teacher.ask(bodies(80), "t")]
    assert {one.answer.problem for one in asked} == {"", "truncated", "malformed"}
    assert sum(bool(one.answer.dropped) for one in asked) > 10
    held = every_byte(tmp_path)
    assert len(held) > 10_000
    for text in (REASONING, "CANARY"):
        assert text.encode() not in held
        assert base64.b64encode(text.encode()).rstrip(b"=") not in held


@pytest.mark.parametrize("kind", KINDS)
def test_each_misbehaviour_alone(kind: str, make_teacher: MakeTeacher) -> None:
    teacher = make_teacher(misbehave=f"{kind}=1")
    (one,) = teacher.ask(bodies(1), "t")
    expected = kind if kind in ("truncated", "malformed") else ""
    assert one.answer.problem == expected
    assert bool(one.answer.dropped) == kind.startswith(("reasoning", "think"))
    if not expected:
        assert json.loads(one.answer.tool_calls[0]["function"]["arguments"]) == {"word": "candid"}


def test_a_stopped_round_goes_on_where_it_was(
    endpoint: Endpoint, make_teacher: MakeTeacher
) -> None:
    def stops_at_six(handler: BaseHTTPRequestHandler) -> None:
        if len(endpoint.asked) > 6:
            send(handler, 401, b"{}")
        else:
            good(handler)

    teacher = make_teacher(endpoint=endpoint.url, concurrency=1)
    endpoint.answer = stops_at_six
    with pytest.raises(TeacherError, match="TEACHER_API_KEY") as caught:
        teacher.ask(bodies(20), "t")
    assert "6 of 20 requests are answered and kept" in str(caught.value)
    assert len(endpoint.asked) == 7
    endpoint.answer = good
    asked = teacher.ask(bodies(20), "t")
    assert (asked.tally.cached, asked.tally.answered) == (6, 14)
    assert len(endpoint.asked) == 7 + 14
    assert endpoint.words()[:6] == [body["messages"][0]["content"] for body in bodies(6)]


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refused_key_stops_at_once_and_names_the_variable(
    status: int, endpoint: Endpoint, make_teacher: MakeTeacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    endpoint.answer = lambda h: send(h, status, f"wrong key {KEY}".encode())
    teacher = make_teacher(endpoint=endpoint.url, api_key_env="MY_KEY", concurrency=2)
    with pytest.raises(TeacherError) as caught:
        teacher.ask(bodies(50), "t")
    told = str(caught.value)
    assert ("MY_KEY" in told) == (status != 407)
    assert str(status) in told
    assert "\n" not in told
    assert KEY not in told
    assert len(endpoint.asked) <= 2
    assert endpoint.headers[0]["authorization"] == f"Bearer {KEY}"


def test_nothing_listening_is_told_quickly(make_teacher: MakeTeacher) -> None:
    for count in (2, 30):
        began = time.monotonic()
        with pytest.raises(TeacherError, match=r"cannot be reached \(ConnectError\); start it"):
            make_teacher(endpoint="http://127.0.0.1:1/v1").ask(bodies(count), "t")
        assert time.monotonic() - began < 15


def test_what_passes_is_tried_again_and_a_refused_request_is_not(
    endpoint: Endpoint, make_teacher: MakeTeacher
) -> None:
    statuses = iter([429, 500, 503, 408])

    def later(handler: BaseHTTPRequestHandler) -> None:
        status = next(statuses, 200)
        if status == 200:
            good(handler)
        else:
            send(handler, status, b"", {"Retry-After": "0"})

    endpoint.answer = later
    teacher = make_teacher(endpoint=endpoint.url, attempts=4)
    assert [one.answer.problem for one in teacher.ask(bodies(1), "t")] == [""]
    assert len(endpoint.asked) == 5
    endpoint.answer = lambda h: send(h, 400, b"")
    (refused,) = teacher.ask(bodies(2)[1:], "t")
    assert (refused.answer.problem, refused.answer.detail) == ("bad_request", "status 400")
    assert len(endpoint.asked) == 6


@pytest.mark.parametrize(
    "key", [f"{KEY}\nX-Evil: 1", f"{KEY}\r\n a", "short", f"{KEY} x", "ключ-ключ"]
)
def test_a_key_that_cannot_be_sent_is_refused_unseen(
    key: str, endpoint: Endpoint, make_teacher: MakeTeacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", key)
    with pytest.raises(SettingsError) as caught:
        make_teacher(endpoint=endpoint.url).ask(bodies(1), "t")
    assert key not in str(caught.value)
    assert KEY not in str(caught.value)
    assert endpoint.asked == []


def test_a_key_is_not_sent_in_clear(
    make_teacher: MakeTeacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", KEY)
    with pytest.raises(SettingsError, match="only sent over https") as caught:
        make_teacher(endpoint="http://teacher.example/v1").ask(bodies(1), "t")
    assert KEY not in str(caught.value)


def test_a_recording_replays_to_the_same_answers_and_holds_no_key(
    make_teacher: MakeTeacher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", KEY)
    file = tmp_path / "sub" / "recorded.jsonl"
    shares = "think_inline=0.3,reasoning_content=0.3,thinking_blocks=0.2"
    live = make_teacher(record=str(file), misbehave=shares)
    requests = bodies(30, logprobs=True, top_logprobs=3)
    first = live.ask(requests, "t")
    assert file.read_bytes().count(b"\n") == 30
    unknown = requests[0] | {"tools": []}
    replay = make_teacher("other", endpoint=f"replay:{file}", concurrency=1)
    replayed = decisions(replay.ask([*requests, unknown], "t"))
    assert replayed[:-1] == decisions(first)
    assert replayed[-1][-1] == "not_recorded"
    assert any(tokens for _, _, tokens, _ in replayed)
    for held in (file.read_bytes(), every_byte(tmp_path)):
        assert KEY.encode() not in held
        assert b"CANARY" not in held


@pytest.mark.parametrize("cut", [1, 40])
def test_a_recording_goes_on_behind_a_torn_line(
    cut: int, endpoint: Endpoint, make_teacher: MakeTeacher, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.jsonl"
    requests = bodies(4)
    teacher = make_teacher(endpoint=endpoint.url, record=str(file), concurrency=1)
    teacher.ask(requests[:2], "t")
    file.write_bytes(file.read_bytes()[:-cut])
    teacher.ask(requests, "t")
    asked = [json.loads(line)["request"] for line in file.read_bytes().splitlines()]
    # The line that lacks nothing but its newline is whole.
    assert asked == [*requests[: 2 if cut == 1 else 1], *requests[2:]]


def test_a_recording_that_is_not_there_is_named(make_teacher: MakeTeacher) -> None:
    with pytest.raises(InputError, match="replay:/no/such: there is no such file"):
        make_teacher(endpoint="replay:/no/such").ask(bodies(1), "t")


def test_a_thread_may_ask_too(endpoint: Endpoint, make_teacher: MakeTeacher) -> None:
    """Where nobody can be interrupted: signals reach the main thread only."""
    teacher = make_teacher(endpoint=endpoint.url)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(teacher.ask, bodies(5), "t").result()
    assert [one.answer.content for one in asked] == ["yes"] * 5


def test_nothing_is_started_when_all_is_known(
    endpoint: Endpoint, make_teacher: MakeTeacher
) -> None:
    teacher: Teacher = make_teacher(endpoint=endpoint.url)
    first = teacher.ask(bodies(3), "t")
    endpoint.server.shutdown()
    endpoint.server.server_close()
    again = teacher.ask(bodies(3), "t")
    assert decisions(again) == decisions(first)
    assert (again.tally.cached, again.tally.retries, len(parts(teacher))) == (3, 0, 3)
