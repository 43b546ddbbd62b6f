"""`python -m pipeline.cli`, which is what `apprentice` runs: the commands, and how they end."""

import sys

import typer

from ops.errors import PipelineError, TeacherStopped
from pipeline.cli.call import call
from pipeline.cli.doctor import doctor
from pipeline.cli.evaluate import evaluate
from pipeline.cli.options import FAILED, RESUMABLE
from pipeline.cli.pod import pod
from pipeline.cli.preview import preview
from pipeline.cli.prune import prune
from pipeline.cli.repair import repair
from pipeline.cli.road import demo, plan, run
from pipeline.cli.sql import sql
from pipeline.cli.verify import verify

COMMANDS = (demo, plan, run, preview, evaluate, doctor, sql, repair, pod, prune, verify, call)

app = typer.Typer(
    help="Distil a tool-calling student from a teacher endpoint, repair it, and ship it as CoreML.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)


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
