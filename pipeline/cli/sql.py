"""`apprentice sql`: questions to the published snapshot."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.options import STOPPED, Profile

if TYPE_CHECKING:
    from resources.warehouse.question import Limits

TABLES = "show tables"


def sql(
    query: Annotated[
        str | None, typer.Argument(help="A DuckDB question over the tables of the lake.")
    ] = None,
    profile: Profile = "tiny",
    lake: Annotated[
        str | None, typer.Option(help="Folder inside data_lake; the profile's by default.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(help="Ask what a file holds: a path, or a name from --list.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="The queries that are shipped.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    parquet: Annotated[
        Path | None, typer.Option(help="Write the answer to this Parquet file.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="Rows of the table that are printed.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that a query may take.")] = 60.0,
    memory: Annotated[int, typer.Option(min=50, help="Megabytes that a query may take.")] = 2000,
) -> None:
    """Ask the published snapshot, read-only. Without a query: a prompt, or where nobody types, the
    tables.
    """
    from pipeline import queries
    from resources.profile import load
    from resources.warehouse.question import Limits

    if listed:
        _list(queries.shipped())
        return
    question = queries.text(file) if file is not None else query
    folder = load(profile, {"lake.name": lake} if lake else {}).lake_folder
    everything = as_csv or parquet is not None
    limits = Limits(timeout, memory, None if everything else rows)
    try:
        if question is None and sys.stdin.isatty() and not everything:
            _prompt(folder, limits)
        else:
            _answer(folder, question or TABLES, limits, parquet or as_csv)
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None


def _list(shipped: dict[str, str]) -> None:
    table = Table("query", "what it answers", box=None)
    for name, meaning in shipped.items():
        table.add_row(name, meaning)
    Console().print(table)


def _answer(folder: Path, question: str, limits: "Limits", to: Path | bool) -> None:
    """Print the answer as a table, or as CSV if `to` is true, or write it to the file."""
    from pipeline import answers
    from resources.warehouse.question import asked, held

    with held(folder) as snapshot, asked(snapshot, question, limits) as answer:
        if isinstance(to, Path):
            print(f"{to}: {answers.as_parquet(answer, to):,} rows")
        elif to:
            try:
                answers.as_csv(answer, sys.stdout)
                sys.stdout.flush()
            except BrokenPipeError:  # who reads has enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        else:
            answers.as_table(answer, Console())


def _prompt(folder: Path, limits: "Limits") -> None:
    import readline  # noqa: F401  input() edits lines with it

    from pipeline.answers import as_table
    from pipeline.console import prompt
    from resources.warehouse.question import asked, held

    console = Console()
    with held(folder) as snapshot:

        def answer(question: str) -> None:
            with asked(snapshot, question, limits) as found:
                as_table(found, console)

        console.print("a question ends with ; or an empty line, Ctrl-D ends; try: show tables;")
        prompt(answer, console, input)
