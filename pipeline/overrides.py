"""The settings that options of a command replace: what is typed → dotted keys and YAML values."""

import json
from pathlib import Path

from ops.errors import InputError


def overrides_of(
    profile: str,
    prompts: Path | None,
    teacher: str | None,
    sets: list[str] | None,
    unsupervised: bool,
) -> dict[str, str]:
    """The settings that the options of a command replace."""
    overrides = dict(pair(text) for text in sets or [])
    if prompts is not None:
        overrides |= _imported(profile, prompts)
    if teacher is not None:
        overrides["teacher.endpoint"] = _absolute(teacher)
    if unsupervised:
        overrides["shards.process_supervision"] = "false"
    return overrides


def pair(text: str) -> tuple[str, str]:
    """Key and value of a --set.

    >>> pair("kd.training.epochs=4")
    ('kd.training.epochs', '4')
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {text!r}: expected KEY=VALUE, such as kd.training.epochs=4")
    return key, value


def _imported(profile: str, prompts: Path) -> dict[str, str]:
    """Only these prompts, in a lake of their own beside the profile's."""
    if not prompts.exists():
        raise InputError(f"--prompts {prompts}: there is no such file or folder")
    name = f"{Path(profile).stem}-{prompts.resolve().name.split('.')[0]}"
    return {
        "prompts.sources": json.dumps([{"path": str(prompts.resolve())}]),
        "prompts.prompts": "null",
        "lake.name": name,
    }


def _absolute(teacher: str) -> str:
    kind, _, file = teacher.partition(":")
    return f"replay:{Path(file).resolve()}" if kind == "replay" else teacher
