"""Walks the DAG seed by seed and writes the tables: python -m benchmarks.uplift --help."""

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.uplift.run import run
from benchmarks.uplift.table import report
from ops.errors import PipelineError
from pipeline.overrides import pair

PROGRAM = "benchmarks.uplift"


def main() -> None:
    """Read the command line, walk what was not walked yet, and write Markdown."""
    options = _parser().parse_args()
    try:
        overrides = dict(pair(text) for text in options.set)
        found = run(options.work.resolve(), options.profile, options.seeds, overrides)
    except PipelineError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; what is finished is kept, and the same command goes on")
    given = ["WORK" if part == str(options.work) else part for part in sys.argv[1:]]
    sys.stdout.write(report(found, f"python -m {PROGRAM} {shlex.join(given)}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="What the repair changes on held-out prompts. The same command again goes on.",
    )
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps all results")
    parser.add_argument("--profile", default="tiny", help="name or path; default tiny")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9], help="default 7 8 9")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="as of apprentice run"
    )
    return parser


if __name__ == "__main__":
    main()
