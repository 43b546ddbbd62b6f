"""`apprentice doctor`: what is wrong, before a run or before training."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.options import FAILED, Profile, Sets
from pipeline.overrides import pair


def doctor(
    profile: Profile = "tiny",
    training: Annotated[
        bool, typer.Option("--training", help="Check the data in the lake, before training on it.")
    ] = False,
    sets: Sets = None,
) -> None:
    """Check machine, profile, teacher and lake; exit code 1 if something is wrong."""
    from pipeline import doctor as looks
    from resources.settings import Settings

    console = Console()
    table = Table("", "what", "found", box=None)
    settings = Settings(profile=profile, overrides=dict(map(pair, sets or [])))
    found, figures = looks.training(settings) if training else (looks.examine(settings), {})
    for one in found:
        table.add_row("ok" if one.passed else "WRONG", one.name, one.found)
    console.print(table)
    for name, value in figures.items():
        console.print(f"{name.replace('_', ' ')}: {_listed(value)}", highlight=False)
    if not all(one.passed for one in found):
        raise typer.Exit(FAILED)


def _listed(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {figure}" for name, figure in value.items()) or "none"
