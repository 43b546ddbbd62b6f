"""Trains, judges and writes the tables: python -m benchmarks.ablation --help."""

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks import lake
from benchmarks.ablation.run import Wanted, run
from benchmarks.ablation.table import report
from benchmarks.ablation.variants import VARIANTS, chosen
from benchmarks.stages import Stages
from ops.errors import PipelineError

PROGRAM = "benchmarks.ablation"
SPLITS = "{train: 0.88, repair: 0.03, heldout: 0.09}"


def main() -> None:
    """Read the command line, make what is not there yet, and write Markdown to standard output."""
    options = _parser().parse_args()
    work = options.work.resolve()
    wanted = Wanted(chosen(options.variants), options.seeds, options.epochs, options.evaluate)
    width = {"hidden": options.hidden, "heads": 4, "kv_heads": 2, "layers": options.layers}
    overrides = {
        "prompts.prompts": str(options.prompts),
        "prompts.splits": SPLITS,
        **{f"student.scratch.{name}": str(value) for name, value in width.items()},
        "student.scratch.feed_forward": str(3 * options.hidden),
    }
    try:
        data = lake.made(work, options.profile, overrides)
        lines = run(data, wanted, Stages(work, options.beside))
    except PipelineError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; what is finished is kept, and the same command goes on")
    about = {
        "prompts": options.prompts,
        "examples": data.figures["train"],
        "passes of kd": options.epochs,
        "width": options.hidden,
        "layers": options.layers,
    }
    given = ["WORK" if part == str(options.work) else part for part in sys.argv[1:]]
    sys.stdout.write(report(lines, about, f"python -m {PROGRAM} {shlex.join(given)}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="What each term of the objective is worth. The same command again goes on.",
    )
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps all results")
    parser.add_argument("--profile", default="tiny", help="name or path; default tiny")
    parser.add_argument("--prompts", type=int, default=4000, help="of all splits; default 4000")
    parser.add_argument("--epochs", type=float, default=1.0, help="passes of kd; default 1")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9], help="default 7 8 9")
    parser.add_argument(
        "--variants", nargs="*", default=[], metavar="NAME", help=f"of {', '.join(VARIANTS)}"
    )
    parser.add_argument("--evaluate", type=int, default=200, help="held-out prompts; default 200")
    parser.add_argument("--hidden", type=int, default=128, help="width; a multiple of 4")
    parser.add_argument("--layers", type=int, default=3, help="decoder blocks; default 3")
    parser.add_argument("--beside", type=int, default=2, help="stages at a time; default 2")
    return parser


if __name__ == "__main__":
    main()
