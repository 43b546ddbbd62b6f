"""Measures and writes the tables: python -m benchmarks.training --help."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.training import lengths
from benchmarks.training.run import WARM, Options, known, run
from benchmarks.training.scene import Size
from benchmarks.training.table import report
from benchmarks.training.ways import WAYS


def main() -> None:
    """Read the command line, measure, and write the tables to standard output."""
    given = _parser().parse_args()
    size = Size(given.per_step, given.hidden, given.layers, given.vocabulary)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        wanted = Options(
            ways=known(given.ways),
            repetitions=given.repetitions,
            python=given.peers_python or Path(sys.executable),
            folder=Path(folder),
            size=WARM if given.small else size,
            examples=6 if given.small else given.examples,
            lengths=given.lengths or lengths.default(),
        )
        lines = []
        for line in run(wanted):
            lines.append(line)
            sys.stderr.write(json.dumps(line) + "\n")
    sys.stdout.write(report(lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description="What a whole training run on BFCL-like lengths costs, beside TRL's trainers.",
    )
    size = Size()
    parser.add_argument("--examples", type=int, default=48, help="of the run; default 48")
    parser.add_argument("--repetitions", type=int, default=2, help="the best counts; default 2")
    for name, what in (
        ("per_step", "examples of an optimizer step"),
        ("hidden", "width of the model"),
        ("layers", "of the model"),
        ("vocabulary", "tokens of the head"),
    ):
        value = getattr(size, name)
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=int, default=value, help=f"{what}; default {value}")
    parser.add_argument(
        "--lengths", choices=[lengths.FILES, *lengths.WRITTEN],
        help="files: BFCL as it lies beside the project; the others are quantiles; default files "
        "where they are, else offline",
    )  # fmt: skip
    parser.add_argument(
        "--ways", nargs="*", default=[], metavar="WAY", help=f"of {', '.join(WAYS)}; default all"
    )
    parser.add_argument(
        "--peers-python", type=Path, metavar="FILE",
        help="interpreter that has trl, datasets and distillkit beside our packages",
    )  # fmt: skip
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="for models and examples"
    )
    parser.add_argument("--small", action="store_true", help="tiny: see that it runs")
    return parser


if __name__ == "__main__":
    main()
