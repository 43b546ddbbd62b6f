"""`apprentice repair`: a student repaired with corrections that the user brings."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from pipeline.cli.options import STOPPED, Profile, Sets
from pipeline.overrides import pair


def repair(
    base: Annotated[Path, typer.Option(help="The student: a Hugging Face folder.")],
    self_critique: Annotated[
        Path | None, typer.Option(help="Rows of instruction, input (what was wrong), output.")
    ] = None,
    hard_failures: Annotated[
        Path | None, typer.Option(help="Rows of instruction, reference_answer, category.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of this repair; in data_lake by default.")
    ] = None,
    profile: Profile = "tiny",
    sets: Sets = None,
) -> None:
    """Train an adapter on your own corrections of a student and merge it: the section lora of a
    profile, without the rest of the pipeline. Run it again to go on after a stop.
    """
    from pipeline.repair import Repair, Wanted
    from resources.launcher import Launcher
    from resources.profile import load

    console = Console()
    settings = load(profile, dict(map(pair, sets or [])))
    files = tuple(path for path in (self_critique, hard_failures) if path is not None)
    mending = Repair.of(Wanted(files, base, out), settings, Launcher())
    try:
        with _shown(console):
            figures = mending.run()
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what is done is kept: run the same command again to go on\n")
        raise typer.Exit(STOPPED) from None
    for line in _lines(figures, mending.out):
        console.print(line, highlight=False, soft_wrap=True)


def _lines(figures: dict[str, dict[str, Any]], out: Path) -> Iterator[str]:
    from pipeline.repair import STUDENT, told

    read, train, merge = figures["read"], figures["train"], figures["merge"]
    learnt = sum(read["learnt"].values())
    yield f"{read['read']:,} rows read, {learnt:,} learnt: {told(read['learnt'])}"
    if read["rejected"]:
        refused = sum(read["rejected"].values())
        yield f"{refused:,} refused: {told(read['rejected'])}; see {out / 'rejected.parquet'}"
    if "not_run" in train:
        yield train["not_run"]
    else:
        yield (
            f"{train['steps']:,} steps, {train['stopped']}; validation "
            f"{train['start_validation']:.4f} before, {train['best_validation']:.4f} nats a token "
            f"after step {train['best_step']}, which was restored"
        )
        yield "no other examples were mixed in against forgetting: evaluate it before you ship it"
    yield (
        f"merged in {merge['dtype']}: logits differ by at most "
        f"{merge['logits_max_difference']:.1e}, {merge['logits_relative_difference']:.1e} of the "
        f"largest (allowed {merge['tolerance']:.0e})"
    )
    yield f"Adapter:  {out / 'lora' / 'adapter'}"
    yield f"Student:  {out / STUDENT}"


@contextmanager
def _shown(console: Console) -> Iterator[None]:
    """How far the stages are: a line that moves, or without a terminal one each quarter."""
    from ops import progress

    if not console.is_terminal:
        with progress.sink(progress.quarters(lambda line: console.print(line, highlight=False))):
            yield
        return
    with console.status("reading") as status, progress.sink(lambda at: status.update(str(at))):
        yield
