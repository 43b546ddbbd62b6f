"""The doctor says what is wrong before a run, and finds a damaged file."""

import json
from pathlib import Path

import pytest

from ops.errors import SettingsError
from pipeline import doctor
from pipeline.run import instance
from resources.lake import Lake
from resources.settings import Settings


@pytest.fixture
def profile(tmp_path: Path) -> str:
    """A profile over a lake in the temporary folder."""
    path = tmp_path / "sick.yaml"
    path.write_text(f"lake: {{root: {tmp_path / 'lake'}, minimum_free_mb: 1}}", encoding="utf-8")
    return str(path)


def findings(profile: str) -> dict[str, doctor.Finding]:
    return {one.name: one for one in doctor.examine(Settings(profile=profile))}


def publish(profile: str) -> Path:
    lake = Lake(settings=Settings(profile=profile))
    draft = lake.draft("thing", None, "a" * 64)
    (draft / "data").write_bytes(b"0123456789")
    return lake.publish(draft, "a" * 64, {"figures": {}, "seconds": 0.0}).path


def test_a_healthy_house(profile: str, home: Path) -> None:
    publish(profile)
    found = findings(profile)
    assert [one for one in found.values() if not one.passed] == []
    assert found["lake"].found == "1 files are as their manifests say"
    assert "torch" in found["libraries"].found
    assert found["teacher"].found.startswith("stub:")


def test_a_flipped_byte_is_found(profile: str, home: Path) -> None:
    path = publish(profile) / "data"
    path.write_bytes(b"0123456780")
    found = findings(profile)["lake"]
    assert not found.passed
    assert f"{path} is damaged; delete {path.parent}" in found.found


@pytest.mark.parametrize("harm", ["missing", "manifest"])
def test_a_missing_file_and_a_broken_manifest_are_found(
    profile: str, home: Path, harm: str
) -> None:
    path = publish(profile)
    if harm == "missing":
        (path / "data").unlink()
    else:
        (path / "manifest.json").write_text(json.dumps([]), encoding="utf-8")
    assert not findings(profile)["lake"].passed


def test_what_a_profile_gets_wrong_is_told(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("techer: {}", encoding="utf-8")
    found = findings(str(path))
    assert not found["profile"].passed
    assert "did you mean teacher?" in found["profile"].found
    path.write_text(
        f"lake: {{root: {tmp_path}, minimum_free_mb: 99999999}}\n"
        "teacher: {endpoint: 'replay:/no'}",
        encoding="utf-8",
    )
    found = findings(str(path))
    assert "lake.minimum_free_mb" in found["disk"].found
    assert "there is no such file" in found["teacher"].found


def test_the_key_is_not_shown(profile: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", "sk-CANARY0123456789")
    found = findings(profile)
    assert "key set" in found["teacher"].found
    assert "sk-CANARY" not in repr(found)


def test_a_home_that_is_no_folder_is_told(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="which is no folder; create it or unset"):
        instance()
    assert not findings(profile)["runs"].passed
