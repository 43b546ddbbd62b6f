"""The tool registry: configs/tools.json, a JSON list of OpenAI tool definitions."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.digest import digest
from ops.errors import SettingsError
from ops.prompts.schema import name_of, problem


@dataclass(frozen=True, slots=True)
class Registry:
    """Tools by name, in the order of the file; `fingerprint` is the digest of all definitions."""

    tools: dict[str, dict[str, Any]]
    fingerprint: str


def load_registry(path: Path) -> Registry:
    """Read and check a registry.

    Raises:
        SettingsError: the file is missing or no JSON list of tools, a name is not allowed or stands
            there twice, or a schema is broken or refers to something outside it.
    """
    listed = _read(path)
    tools: dict[str, dict[str, Any]] = {}
    for position, tool in enumerate(listed, start=1):
        name = name_of(tool)
        found = problem(tool) or (f"{name} stands there twice" if name in tools else "")
        if found:
            raise SettingsError(
                f"tool registry {path}: tool {position} ({name or 'no name'}) {found}"
            )
        tools[str(name)] = tool
    return Registry(tools, digest(list(tools.values())))


def _read(path: Path) -> list[Any]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"tool registry {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"tool registry {path} is not JSON: {error}") from error
    if not isinstance(listed, list) or not listed:
        raise SettingsError(
            f"tool registry {path} holds {type(listed).__name__}, expected a list of tools"
        )
    return listed
