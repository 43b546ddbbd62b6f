"""Where the teacher listens: embedded servers end with the block; identities differ."""

from pathlib import Path

import httpx
import pytest

from ops.errors import InputError, TeacherError
from ops.teacher.config import TeacherConfig
from resources.endpoint import api_key, identity, listening

PHRASES = Path(__file__).parents[2] / "configs" / "phrases.yaml"


def test_an_embedded_server_answers_inside_the_block_only() -> None:
    with listening(TeacherConfig(), PHRASES) as url:
        assert httpx.get(url + "/models").json()["data"][0]["id"] == "stub"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/models")


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(TeacherError, match="the embedded teacher did not start"),
        listening(TeacherConfig(misbehave="sulk=1"), PHRASES),
    ):
        pass


def test_an_address_of_somebody_else_is_taken_as_it_is() -> None:
    with listening(TeacherConfig(endpoint="https://host/v1"), PHRASES) as url:
        assert url == "https://host/v1"


def test_equal_identities_mean_equal_answers(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text("{}", encoding="utf-8")
    second.write_text("{}", encoding="utf-8")
    replay = [TeacherConfig(endpoint=f"replay:{path}") for path in (first, second)]
    assert identity(replay[0], PHRASES) == identity(replay[1], PHRASES)
    before = identity(replay[0], PHRASES)
    first.write_text("{} ", encoding="utf-8")
    told = {
        before,
        identity(replay[0], PHRASES),
        identity(TeacherConfig(), PHRASES),
        identity(TeacherConfig(misbehave="slow=1"), PHRASES),
        identity(TeacherConfig(), first),
        identity(TeacherConfig(endpoint="https://host/v1"), PHRASES),
    }
    assert len(told) == 6
    slashed = TeacherConfig(endpoint="https://host/v1/")
    assert identity(slashed, PHRASES) == "https://host/v1"


def test_a_missing_recording_is_named() -> None:
    config = TeacherConfig(endpoint="replay:/no/such")
    with pytest.raises(InputError, match="there is no such file; expected JSON lines"):
        identity(config, PHRASES)


def test_the_key_is_read_from_the_named_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "  sk-0123456789\n")
    assert api_key(TeacherConfig(api_key_env="MY_KEY")) == "sk-0123456789"
    assert api_key(TeacherConfig(api_key_env="NO_SUCH_KEY")) == ""
