"""Trains, measures and writes the tables: python -m benchmarks.distributions --help."""

import argparse
import shlex
import sys
from pathlib import Path

from benchmarks.distributions.run import OTHER, OWN, PROMPTS, RECORDED, TOKENIZER, Wanted, run
from benchmarks.distributions.table import report
from benchmarks.stages import Stages
from ops.errors import PipelineError

PROGRAM = "benchmarks.distributions"
TOKENIZERS = {"own": OWN, "other": OTHER}


def main() -> None:
    """Read the command line, make what is not there yet, and write Markdown to standard output."""
    options = _parser().parse_args()
    sizes = {"epochs": options.epochs, "hidden": options.hidden}
    tokenizers = [TOKENIZERS[name] for name in options.tokenizers]
    wanted = Wanted(
        options.data.resolve(), options.weights, options.seeds, **sizes, tokenizers=tokenizers
    )
    try:
        lines = run(wanted, Stages(options.work.resolve(), options.beside))
    except PipelineError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; what is finished is kept, and the same command goes on")
    folders = {str(options.work): "WORK", str(options.data): "DATA"}
    given = [folders.get(part, part) for part in sys.argv[1:]]
    sys.stdout.write(report(lines, f"python -m {PROGRAM} {shlex.join(given)}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="What recorded distributions are worth. The same command again goes on.",
    )
    parser.add_argument(
        "--data", type=Path, required=True,
        help=f"folder with {PROMPTS}/, {RECORDED}/*.jsonl.gz and {TOKENIZER}/",
    )  # fmt: skip
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps all results")
    parser.add_argument(
        "--weights", type=float, nargs="+", default=[0.0, 0.5],
        help="of the divergence; default 0 0.5",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9], help="default 7 8 9")
    parser.add_argument(
        "--tokenizers", nargs="+", choices=TOKENIZERS, default=list(TOKENIZERS),
        help="of the students: the teacher's own, another; default both",
    )  # fmt: skip
    parser.add_argument("--epochs", type=float, default=2.0, help="passes; default 2")
    parser.add_argument("--hidden", type=int, default=64, help="width; a multiple of 4")
    parser.add_argument("--beside", type=int, default=1, help="stages at a time; default 1")
    return parser


if __name__ == "__main__":
    main()
