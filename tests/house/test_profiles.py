"""Profiles hold values that some model names, and every setting says what it means."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from resources.profile import CONFIGS, Profile, load, shipped

ROOT = Path(__file__).parents[2]


def fields(model: type[BaseModel], at: str = "") -> Iterator[tuple[str, type[BaseModel], str]]:
    """Every setting as (dotted name, its model, its description)."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{at}{name}.")
        else:
            yield f"{at}{name}", model, field.description or ""


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_loads_and_names_its_parts(name: str) -> None:
    profile = load(name)
    assert profile.name == name
    for file in (profile.prompts.registry, profile.prompts.phrases):
        assert (CONFIGS / file).is_file()


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_says_what_it_is_for(name: str) -> None:
    first = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, _, about in fields(Profile) if not about] == []


def test_every_model_is_closed_and_frozen() -> None:
    for model in {model for _, model, _ in fields(Profile)}:
        assert model.model_config.get("extra") == "forbid", model
        assert model.model_config.get("frozen") is True, model


def test_a_profile_has_no_key_twice() -> None:
    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:  # type: ignore[type-arg]
            names = [self.construct_object(key) for key, _ in node.value]
            assert len(names) == len(set(names)), f"{node.start_mark}: {names}"
            return super().construct_mapping(node, deep)

    for path in CONFIGS.glob("*.yaml"):
        yaml.load(path.read_text(encoding="utf-8"), Strict)
