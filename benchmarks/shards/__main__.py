"""Measures and writes the tables: python -m benchmarks.shards --help."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.shards.run import Options, run
from benchmarks.shards.table import report


def main() -> None:
    """Read the command line, measure, and write the tables to standard output."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        peer = options.datasets_python or Path(sys.executable)
        wanted = Options(
            options.rows, options.memory, options.repetitions, Path(folder), peer
        )  # fmt: skip
        lines = []
        for line in run(wanted):
            lines.append(line)
            sys.stderr.write(json.dumps(line) + "\n")
    sys.stdout.write(report(lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shards",
        description="What making token shards costs, beside the bare tokenizer and datasets.map.",
    )
    parser.add_argument("--rows", type=int, default=10_000, help="examples; default 10000")
    parser.add_argument(
        "--memory", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], metavar="ROWS",
        help="numbers of short examples whose peak of memory is measured",
    )  # fmt: skip
    parser.add_argument("--repetitions", type=int, default=3, help="the best counts; default 3")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="for inputs and shards"
    )
    parser.add_argument(
        "--datasets-python", type=Path, metavar="FILE",
        help="interpreter of a virtual environment that has datasets and tokenizers",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
