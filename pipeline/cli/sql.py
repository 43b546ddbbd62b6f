"""`apprentice sql`: questions to the published snapshot."""

import csv
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.options import Profile


def sql(
    query: Annotated[
        str, typer.Argument(help="A DuckDB question over the tables of the lake.")
    ] = "show tables",
    profile: Profile = "tiny",
    lake: Annotated[
        str | None, typer.Option(help="Folder inside data_lake; the profile's by default.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
) -> None:
    """Ask the published snapshot, read-only. Without a query: the tables."""
    from resources.lake import Lake
    from resources.settings import Settings
    from resources.warehouse import Warehouse, ask

    overrides = {"lake.name": lake} if lake else {}
    house = Warehouse(lake=Lake(settings=Settings(profile=profile, overrides=overrides)))
    names, rows = ask(house.path, query)
    if as_csv:
        csv.writer(sys.stdout).writerows([names, *rows])
        return
    table = Table(*names)
    for row in rows:
        table.add_row(*["" if value is None else str(value) for value in row])
    Console().print(table)
