"""`apprentice verify`: a package of ours, checked as it lies here."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.options import FAILED


def verify(
    path: Annotated[Path, typer.Argument(help="A bundle, or the worker.mlpackage in it.")],
    student: Annotated[
        Path | None,
        typer.Option(help="The student that it was made from; its golden vectors by default."),
    ] = None,
) -> None:
    """Check a package on this machine: its files, its interface, and what it computes.

    Exit code 1 when a check fails.
    """
    from ops.coreml import proof

    console = Console()
    found = proof.prove(proof.opened(path), student)
    shown = Table("check", "found", "wanted", "what it says")
    for check in (one.record() for one in found.checks):
        rule = str(check["rule"]).replace("_", " ")
        verdict = "[green]passed[/]" if check["passed"] else "[red]failed[/]"
        shown.add_row(
            f"{check['name']} {verdict}",
            f"{check['value']:.3g}",
            f"{rule} {check['bound']:g}",
            check["where"] or check["meaning"],
        )
    console.print(shown)
    failed = [check for check in found.checks if not check.passed]
    against = "the student" if student else "its golden vectors"
    if failed:
        names = ", ".join(check.name for check in failed)
        console.print(f"{len(failed)} of {len(found.checks)} checks failed: {names}", style="red")
        raise typer.Exit(FAILED)
    console.print(f"all {len(found.checks)} checks passed, against {against}")
