"""Measures and writes the tables: python -m benchmarks.head --help."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.head.run import Options, here, known, run
from benchmarks.head.table import report
from benchmarks.head.ways import WAYS


def main() -> None:
    """Read the command line, measure, and write the tables to standard output."""
    given = _parser().parse_args()
    python = given.peers_python or here()
    lines = []
    for line in run(Options(known(given.ways), given.repetitions, python, given.small)):
        lines.append(line)
        sys.stderr.write(json.dumps(line) + "\n")
    sys.stdout.write(report(lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.head",
        description="What a pass of the head costs, in multiples of its bare matrix products; "
        "hidden width 576, 49,152 tokens, 512 rows, 20 outcomes.",
    )
    parser.add_argument("--repetitions", type=int, default=5, help="the best counts; default 5")
    parser.add_argument(
        "--ways", nargs="*", default=[], metavar="WAY", help=f"of {', '.join(WAYS)}; default all"
    )
    parser.add_argument(
        "--peers-python", type=Path, metavar="FILE",
        help="interpreter that has trl, liger_kernel and distillkit beside our packages",
    )  # fmt: skip
    parser.add_argument("--small", action="store_true", help="a tiny head: see that it runs")
    return parser


if __name__ == "__main__":
    main()
