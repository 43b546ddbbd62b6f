"""`apprentice evaluate`: a student or an endpoint by the rules of a public benchmark."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ops.errors import SettingsError
from pipeline.cli.options import STOPPED, Profile, Sets
from pipeline.overrides import overrides_of


def evaluate(
    bfcl: Annotated[
        Path, typer.Option(help="Folder with BFCL's files, as the package bfcl-eval has them.")
    ],
    categories: Annotated[
        str, typer.Option(help="Names with commas between; all whose files are there by default.")
    ] = "",
    model: Annotated[
        str | None,
        typer.Option(help="Folder of a student; with --endpoint the model's name there."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="stub, replay:FILE, or a base URL that ends in /v1.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Cases of each category.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results, and of what a rerun goes on from.")
    ] = None,
    constrained: Annotated[
        bool, typer.Option("--constrained", help="Decode under the grammar of the offered tools.")
    ] = False,
    max_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Of an answer; 512, or a quarter of a student's context."),
    ] = None,
    profile: Profile = "tiny",
    sets: Sets = None,
) -> None:
    """Score a student or an endpoint by BFCL's own rules: the categories of one turn.

    An endpoint is asked with the teacher's settings of the profile: pace, prices, budget.
    """
    from ops.evaluation.bfcl.categories import chosen
    from ops.evaluation.bfcl.identity import LONGEST, Decoding, longest_answer
    from pipeline import bfcl as benchmark

    console, aside = Console(), Console(stderr=True)
    if model is None and endpoint is None:
        raise SettingsError("nobody to ask: give --model FOLDER or --endpoint URL")
    if endpoint is not None and constrained:
        raise SettingsError("--constrained decodes here: it wants --model, not --endpoint")
    named = [name.strip() for name in categories.split(",") if name.strip()]
    asked = benchmark.questions(bfcl, chosen(named) if named else [], limit)
    try:
        with benchmark.shown(aside):
            if endpoint is not None:
                given = {"teacher.max_tokens": str(LONGEST)}
                given |= overrides_of(profile, None, endpoint, sets, False)
                given |= _typed("teacher.max_tokens", max_tokens) | _typed("teacher.model", model)
                settings, who, folder = benchmark.endpoint_settings(profile, given, out)
                said = benchmark.ask_endpoint(settings, asked.usable, aside)
            else:
                student = Path(model or "")
                decoding = Decoding(max_tokens or longest_answer(student), constrained)
                said, who, folder = benchmark.ask_student(student, asked.usable, decoding, out)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what is answered is kept: the same command goes on\n")
        raise typer.Exit(STOPPED) from None
    benchmark.show(benchmark.write(asked, said, who, folder), asked, folder, console)


def _typed(key: str, value: str | int | None) -> dict[str, str]:
    """The setting that an option replaces, if it was given."""
    return {} if value is None else {key: json.dumps(value)}
