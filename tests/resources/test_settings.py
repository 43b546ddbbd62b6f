"""Profiles: each that is shipped loads, and every problem of a wrong one is told at once."""

from pathlib import Path

import pytest

from ops.errors import SettingsError
from resources.profile import CONFIGS, load, shipped
from resources.settings import Settings


def profile(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_file_of_configs_is_a_profile_that_loads() -> None:
    files = {path.stem for path in CONFIGS.glob("*.yaml")} - {"phrases"}
    assert set(shipped()) == files
    assert "tiny" in files
    for name in files:
        assert load(name).name == name


def test_a_path_is_a_profile_too_and_gives_the_lake_its_name(tmp_path: Path) -> None:
    loaded = load(profile(tmp_path, "prompts: {prompts: 3}"))
    assert (loaded.name, loaded.prompts.prompts, loaded.lake.name) == ("mine", 3, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "teacher: {endpont: stub}", "teacher.endpont is not a setting; did you mean endpoint?",
            id="misspelt",
        ),
        pytest.param("techer: {}", "techer is not a setting; did you mean teacher?", id="section"),
        pytest.param(
            "kd: {training: {epochz: 2}}",
            "kd.training.epochz is not a setting; did you mean epochs?",
            id="deep",
        ),
        pytest.param("lake: {zzz: 1}", "lake.zzz is not a setting; known: root", id="nothing_near"),
        pytest.param("teacher: {temperature: hot}", "teacher.temperature is 'hot'", id="type"),
        pytest.param("teacher: {attempts: 0}", "teacher.attempts is 0: Input", id="range"),
        pytest.param(
            "prompts: {splits: {train: 0.5, repair: 0.1, heldout: 0.1}}",
            "prompts.splits: splits add up to 0.7, expected 1",
            id="shares",
        ),
        pytest.param("teacher: [1]", "teacher is [1]", id="section_is_a_list"),
        pytest.param("- a", "holds no sections", id="list"),
        pytest.param("a: [", "is not YAML", id="not_yaml"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile(tmp_path, text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = """
teacher: {endpont: stub, attempts: 0}
kd: {distillation: {divergence_weight: 2}}
shardz: {}
"""
    with pytest.raises(SettingsError) as caught:
        load(profile(tmp_path, text))
    weight = "kd.distillation.divergence_weight"
    for name in ("teacher.endpont", "teacher.attempts", weight, "shardz"):
        assert name in str(caught.value)


def test_a_key_in_the_endpoint_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile(tmp_path, "teacher: {endpoint: 'https://me:sk-SECRET@host/v1'}"))
    assert "sk-SECRET" not in str(caught.value)


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"profile 'tinny'.*shipped profiles: .*tiny"):
        load("tinny")


def test_overrides_replace_values_and_are_checked_alike() -> None:
    sources = "[{path: a, share: 0.5}]"
    loaded = load("tiny", {"kd.training.learning_rate": "1e-3", "prompts.sources": sources})
    assert loaded.kd.training.learning_rate == 1e-3
    assert [(one.path, one.share) for one in loaded.prompts.sources] == [("a", 0.5)]
    assert loaded.kd.training.epochs == load("tiny").kd.training.epochs
    for key, value, told in (
        ("kd.trainin.epochs", "1", "kd.trainin is not a setting; did you mean training?"),
        ("kd.training.epochs", "many", "kd.training.epochs is 'many'"),
        ("teacher.endpoint.x", "1", "endpoint is a value, not a section"),
        ("teacher.model", "[", "'[' is not YAML"),
    ):
        with pytest.raises(SettingsError, match=told.replace("[", r"\[").replace("?", r"\?")):
            load("tiny", {key: value})


@pytest.mark.parametrize("text", ["1e-3", "1.0e-3", "0.001", "1E-3"])
def test_small_numbers_may_be_written_as_in_code(tmp_path: Path, text: str) -> None:
    path = profile(tmp_path, f"kd: {{training: {{learning_rate: {text}}}}}")
    assert load(path).kd.training.learning_rate == 1e-3


def test_the_resource_gives_the_profile_with_its_overrides() -> None:
    settings = Settings(profile="tiny", overrides={"prompts.prompts": "5"})
    assert settings.load().prompts.prompts == 5
    assert settings.load() is settings.load()
