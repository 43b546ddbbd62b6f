"""`apprentice prune`: what the lake no longer needs."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.options import Profile, Sets
from pipeline.overrides import pair


def prune(
    profile: Profile = "tiny",
    sets: Sets = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without, only say what.")] = False,
) -> None:
    """Remove what nothing newer came from: superseded versions, days before the last shards.days
    answered ones, drafts of runs that stopped. The teacher's answers stay in its journal.
    """
    from pipeline import prune as pruning
    from resources.lake import Lake
    from resources.settings import Settings

    console = Console()
    lake = Lake(settings=Settings(profile=profile, overrides=dict(map(pair, sets or []))))
    done = pruning.prune(lake) if yes else pruning.Pruned(pruning.waste(lake))
    table = Table("asset", "why", "number", "MB", box=None)
    for (asset, why), found in pruning.by_reason(done.removed).items():
        table.add_row(asset, why, str(len(found)), f"{pruning.megabytes(found):.1f}")
    if done.removed:
        console.print(table)
    for held in done.busy:
        console.print(f"left as it is: {held}", highlight=False, soft_wrap=True)
    much = f"{len(done.removed)} things, {pruning.megabytes(done.removed):.1f} MB"
    told = f"removed {much}" if yes else f"would remove {much}; add --yes to remove them"
    told = told if done.removed else "nothing to remove"
    console.print(f"{lake.base}: {told}", highlight=False, soft_wrap=True)
