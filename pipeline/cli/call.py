"""`apprentice call`: ask the shipped package, or a student, one thing."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ops.errors import SettingsError
from pipeline.cli.options import Profile, Sets
from pipeline.overrides import pair


def call(
    request: Annotated[str, typer.Argument(help="What a user would say.")],
    tools: Annotated[
        Path | None, typer.Option(help="JSON list of OpenAI tools; the profile's by default.")
    ] = None,
    package: Annotated[
        Path | None, typer.Option(help="A bundle; coreml_worker of the profile by default.")
    ] = None,
    student: Annotated[
        Path | None, typer.Option(help="Folder of a student, in place of a package.")
    ] = None,
    constrained: Annotated[
        bool, typer.Option("--constrained", help="Decode under the grammar of the tools.")
    ] = False,
    max_tokens: Annotated[int, typer.Option(min=1, help="Of the answer.")] = 256,
    profile: Profile = "tiny",
    sets: Sets = None,
) -> None:
    """Ask a package, run here by the interpreter, or a student: its answer and the calls in it."""
    from ops.prompts.registry import load_registry
    from pipeline.call import of_package, of_student
    from resources.lake import Lake
    from resources.profile import CONFIGS
    from resources.settings import Settings

    if package is not None and student is not None:
        raise SettingsError("--package and --student: one of them answers; leave the other out")
    settings = Settings(profile=profile, overrides=dict(map(pair, sets or [])))
    file = tools or CONFIGS / settings.load().prompts.registry
    offered = list(load_registry(file).tools.values())
    if student is not None:
        speaker = of_student(student, max_tokens)
    else:
        path = package or Lake(settings=settings).current("coreml_worker").path
        speaker = of_package(path, max_tokens)
    said = speaker.answer(request, offered, constrained)
    console = Console()
    console.print(said.text, markup=False, highlight=False, soft_wrap=True)
    for one in [*said.reading.calls, *said.reading.invented]:
        arguments = json.dumps(one.arguments, ensure_ascii=False)
        known = "" if one in said.reading.calls else "  (no such tool)"
        console.print(f"call  {one.name} {arguments}{known}", markup=False, soft_wrap=True)
    if said.reading.broken:
        console.print(f"call  broken: {said.reading.broken}")
    cut = "" if said.finished else ", cut off"
    rate = said.tokens / said.seconds
    console.print(f"{said.tokens} tokens{cut}, {rate:.1f} a second: {speaker.name}", style="dim")
