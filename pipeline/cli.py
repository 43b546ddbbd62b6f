"""The `apprentice` command: plan, run, preview, doctor, sql and more. Prints; no more than that."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from ops.errors import InputError, PipelineError, TeacherStopped
from pipeline.overrides import overrides_of, pair

app = typer.Typer(
    help="Distil a tool-calling student from a teacher endpoint, repair it, and ship it as CoreML.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
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


@app.command()
def demo(profile: Profile = "tiny") -> None:
    """The whole road for today: minutes on two cores, no network, no key; micro is the quickest."""
    _walk(profile, None, {}, None)


@app.command()
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
    from resources.settings import Settings, load

    overrides = overrides_of(profile, prompts, teacher, sets, unsupervised)
    on = _materialize(profile, day, overrides, "key:prompt_mix")
    settings = Settings(profile=profile, overrides=overrides)
    show(needs(settings, on), load(profile, overrides), Console())
    training.show(load(profile, overrides), Console())


@app.command()
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


@app.command()
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


@app.command()
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


def _listed(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {figure}" for name, figure in value.items()) or "none"


@app.command()
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


@app.command()
def pod(profile: Profile = "tiny", sets: Sets = None) -> None:
    """Print the pod in which a stage that trains would run, for kubectl apply --dry-run=client."""
    from resources.launcher import ranked
    from resources.pods import rendered
    from resources.settings import load

    launch = load(profile, dict(map(pair, sets or []))).launch
    if launch.pod is None:
        raise InputError(f"profile {profile} sets no launch.pod; worker_9b is one that does")
    command = ["python", *ranked("ops.kd", launch.ranks), "--spec", "FILE", "--out", "DIR"]
    sys.stdout.write(yaml.safe_dump(rendered(launch.pod, command), sort_keys=False))


@app.command()
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
    from resources.settings import load

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


def main() -> None:
    """Run the command line; an error of ours is one line on standard error and exit code 1.

    Where asking ended early and the same command goes on later it is 75, EX_TEMPFAIL of sysexits.h.
    """
    try:
        app()
    except PipelineError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(RESUMABLE if isinstance(error, TeacherStopped) else FAILED)


if __name__ == "__main__":
    main()
