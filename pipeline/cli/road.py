"""`apprentice demo`, `plan` and `run`: walks of the DAG for a day."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from ops.errors import PipelineError, TeacherStopped
from pipeline.cli.options import STOPPED, Day, Endpoint, Profile, Prompts, Sets, Unsupervised
from pipeline.overrides import overrides_of


def demo(profile: Profile = "tiny") -> None:
    """The whole road for today: minutes on two cores, no network, no key; micro is the quickest."""
    _walk(profile, None, {}, None)


def plan(
    profile: Profile = "tiny",
    day: Day = None,
    prompts: Prompts = None,
    teacher: Endpoint = None,
    sets: Sets = None,
    unsupervised: Unsupervised = False,
) -> None:
    """What a day will need: of the teacher new answers, cost, tokens, disk; of training memory."""
    from pipeline import training
    from pipeline.plan import plan as needs
    from pipeline.plan import show
    from resources.profile import load
    from resources.settings import Settings

    overrides = overrides_of(profile, prompts, teacher, sets, unsupervised)
    on = _materialize(profile, day, overrides, "key:prompt_mix")
    settings = Settings(profile=profile, overrides=overrides)
    show(needs(settings, on), load(profile, overrides), Console())
    training.show(load(profile, overrides), Console())


def run(
    profile: Profile = "tiny",
    day: Day = None,
    prompts: Prompts = None,
    teacher: Endpoint = None,
    select: Annotated[
        str | None, typer.Option(help="Dagster asset selection, such as 'key:kd_checkpoint+'.")
    ] = None,
    sets: Sets = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again what the teacher refused for good.")
    ] = False,
    unsupervised: Unsupervised = False,
) -> None:
    """Materialize the DAG for a day. Run it again to go on after a stop; what is done is kept."""
    overrides = overrides_of(profile, prompts, teacher, sets, unsupervised)
    if retry_failed:
        overrides["teacher.retry_failed"] = "true"
    _walk(profile, day, overrides, select)


def _walk(profile: str, day: str | None, overrides: dict[str, str], select: str | None) -> None:
    from pipeline import summary
    from resources.lake import Lake
    from resources.settings import Settings

    on = _materialize(profile, day, overrides, select)
    lake = Lake(settings=Settings(profile=profile, overrides=overrides))
    summary.summarise(lake, on, Console())


def _materialize(
    profile: str, day: str | None, overrides: dict[str, str], select: str | None
) -> str:
    """Walk the selected assets with progress; returns the day."""
    from pipeline import run
    from resources.profile import load

    console = Console()
    load(profile, overrides)
    day = day or run.today()
    console.print(f"profile {profile}, day {day}", highlight=False)
    try:
        outcome = run.walk(day, profile, overrides, select, console)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what is done is kept: run the same command again to go on\n")
        raise typer.Exit(STOPPED) from None
    if outcome.resumable:
        raise TeacherStopped(outcome.message)
    if outcome.failed:
        raise PipelineError(f"{outcome.failed} failed: {outcome.message}")
    return day
