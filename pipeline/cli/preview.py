"""`apprentice preview`: one training example, as a person can check it."""

from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.options import Profile, Sets
from pipeline.overrides import pair


def preview(
    example: Annotated[
        str, typer.Argument(help="Its number from 0, or how its prompt id begins.")
    ] = "0",
    kind: Annotated[
        str | None, typer.Option(help="The first from there with a span of this kind: tool_name.")
    ] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="A line a token: kind, label, weight, the teacher.")
    ] = False,
    profile: Profile = "tiny",
    sets: Sets = None,
) -> None:
    """Show a training example that is in the lake: words coloured by kind, token edges."""
    from pipeline.preview import find, show
    from resources.lake import Lake
    from resources.settings import Settings

    settings = Settings(profile=profile, overrides=dict(map(pair, sets or [])))
    found = find(Lake(settings=settings), example, kind)
    show(found, settings.load(), Console(), tokens)
