"""One walk through the DAG in this process, with progress for a person who watches.

The run is recorded in the Dagster instance like any other, so the UI shows it afterwards. Not here:
the commands (cli.py), what is printed at the end (summary.py).
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster import DagsterEvent, DagsterEventType
from dagster._core.utils import make_new_run_id
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ops import progress
from ops.errors import SettingsError
from resources.profile import ROOT

HOME_VARIABLE = "DAGSTER_HOME"
INTERRUPTED = "DagsterExecutionInterruptedError"
RESUMABLE = "TeacherStopped"


@dataclass
class Outcome:
    """How a run ended: the step that failed, if one did, with its message.

    `stopped` = somebody interrupted it; `resumable` = asking the teacher ended early.
    """

    run_id: str
    failed: str = ""
    message: str = ""
    stopped: bool = False
    resumable: bool = False


def instance() -> dg.DagsterInstance:
    """The project's own Dagster instance, in dagster_home/ unless DAGSTER_HOME says otherwise."""
    home = Path(os.environ.setdefault(HOME_VARIABLE, str(ROOT / "dagster_home")))
    if not home.is_dir():
        raise SettingsError(
            f"{HOME_VARIABLE} is {home}, which is no folder; create it or unset the variable"
        )
    return dg.DagsterInstance.get()


def today() -> str:
    """Today's partition; days begin at midnight UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


def walk(
    day: str, profile: str, overrides: dict[str, str], select: str | None, console: Console
) -> Outcome:
    """Materialize the selected assets (all by default) for a day, showing progress.

    Raises:
        SettingsError: the profile or the selection does not fit; nothing was started.
        KeyboardInterrupt: somebody stopped the run; it is recorded as failed.
    """
    from pipeline.definitions import defs

    job = defs.resolve_job_def("everything")
    outcome = Outcome(make_new_run_id())
    home = instance()
    with _Display(console) as display, progress.sink(display.progressed):

        def told(entry: dg.EventLogEntry) -> None:
            if entry.dagster_event is not None:
                display.stepped(entry.dagster_event, outcome)

        home.add_event_listener(outcome.run_id, told)
        try:
            result = job.execute_in_process(
                instance=home,
                run_id=outcome.run_id,
                partition_key=day,
                asset_selection=_selected(select, job),
                raise_on_error=False,
                run_config={
                    "resources": {
                        "settings": {"config": {"profile": profile, "overrides": overrides}}
                    },
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
        except dg.DagsterUnknownPartitionError as error:
            raise SettingsError(
                f"day {day!r} is no partition: {error}; write it as 2026-01-31"
            ) from error
    if outcome.stopped:
        raise KeyboardInterrupt
    if not result.success and not outcome.failed:
        # Not in a step: a resource, or Dagster itself.
        said = [event.message for event in result.all_events if event.is_failure]
        outcome.failed, outcome.message = "the run", "; ".join(str(one) for one in said)
    return outcome


def _selected(select: str | None, job: dg.JobDefinition) -> list[dg.AssetKey] | None:
    if select is None:
        return None
    try:
        selection = dg.AssetSelection.from_string(select)
        keys = selection.resolve(job.asset_layer.asset_graph)
    except dg.DagsterError as error:
        raise SettingsError(f"selection {select!r}: {str(error).splitlines()[0]}") from error
    if not keys:
        raise SettingsError(
            f"selection {select!r} names no asset; write it as 'key:kd_checkpoint+'"
        )
    return sorted(keys)


class _Display:
    """A bar for the step that runs and a line for each that ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[step]:<20}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._log = progress.quarters(lambda line: console.print(f"    {line}", highlight=False))

    def __enter__(self) -> "_Display":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def progressed(self, at: progress.Progress) -> None:
        """Move the bar; without a terminal say each quarter on a line of its own."""
        if not self._console.is_terminal:
            self._log(at)
        elif self._task is not None:
            self._bars.update(self._task, total=at.total, completed=at.done, text=str(at))

    def stepped(self, event: DagsterEvent, outcome: Outcome) -> None:
        """Begin a bar, or end it with a line."""
        step = event.step_key or ""
        if event.event_type == DagsterEventType.STEP_START:
            self._task = self._bars.add_task("", step=step, text="", total=None)
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            self._line(event, step)
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            self._end()
            outcome.failed, outcome.message = step, _message(event)
            names = _causes(event)
            outcome.stopped |= INTERRUPTED in names
            outcome.resumable |= RESUMABLE in names

    def _line(self, event: DagsterEvent, step: str) -> None:
        made = event.step_materialization_data.materialization
        asset, told = made.asset_key.to_user_string(), made.metadata
        if asset == step:
            self._end()  # otherwise the step only caught up with a day, and goes on
        else:
            asset = f"{asset} {made.partition}"
        reused, seconds = told["reused"].value, told["seconds"].value
        how = "as before" if reused else f"{seconds:.1f} s"
        self._console.print(f"  {asset:<20} {how}", highlight=False)

    def _end(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


def _causes(event: DagsterEvent) -> list[str | None]:
    """Class names of the error of a step and of what caused it."""
    names, error = [], event.step_failure_data.error
    while error is not None:
        names.append(error.cls_name)
        error = error.cause
    return names


def _message(event: DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "no message"
