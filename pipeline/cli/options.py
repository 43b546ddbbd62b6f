"""What several commands take and how they end: options by name, exit codes."""

from pathlib import Path
from typing import Annotated

import typer

STOPPED = 130
FAILED = 1
RESUMABLE = 75

Profile = Annotated[
    str,
    typer.Option(
        envvar="APPRENTICE_PROFILE", help="Name of a profile in configs/, or a path to one."
    ),
]
Day = Annotated[str | None, typer.Option(help="Partition, as 2026-01-31; today (UTC) by default.")]
Prompts = Annotated[
    Path | None,
    typer.Option(help="Ask these prompts instead: OpenAI, ShareGPT, Hermes, xLAM or BFCL rows."),
]
Endpoint = Annotated[
    str | None, typer.Option(help="stub, replay:FILE, or a base URL that ends in /v1.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="KEY=VALUE, dotted: --set kd.training.epochs=4. Repeatable."),
]
Unsupervised = Annotated[
    bool,
    typer.Option(
        "--no-process-supervision",
        help="Only distil: no extra weight on tool names, arguments and use of results.",
    ),
]
