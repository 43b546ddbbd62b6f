"""Measures and writes the table: python -m benchmarks.warehouse --help."""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from benchmarks.warehouse.measure import PEERS, Line, lines
from benchmarks.warehouse.scene import Size, publish

GOAL_S = 2.0
WAYS = ("apprentice sql", "in process", *PEERS)


def main() -> None:
    """Read the command line, make the lake, measure, and write the table to standard output."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        lake = publish(Path(folder), Size(options.rows, options.rows // 10))
        found = []
        for line in lines(lake, options.peers_python, options.repetitions):
            found.append(line)
            sys.stderr.write(f"{line}\n")
    sys.stdout.write(report(found))


def report(found: Iterable[Line]) -> str:
    """A row a query: seconds of each way, those of the processors in brackets."""
    by_query: dict[str, dict[str, Line]] = defaultdict(dict)
    for line in found:
        by_query[line.query][line.way] = line
    told = [
        f"| query | rows | {' | '.join(WAYS)} | under {GOAL_S:g} s | load |",
        f"|---|---|{'---|' * len(WAYS)}---|---|",
    ]
    for query, ways in by_query.items():
        ours = ways["apprentice sql"]
        cells = [_cell(ways.get(way)) for way in WAYS]
        met = "yes" if ours.seconds < GOAL_S else "no"
        load = max(line.load for line in ways.values())
        told.append(f"| {query} | {ours.rows} | {' | '.join(cells)} | {met} | {load:.1f} |")
    return "\n".join(told) + "\n"


def _cell(line: Line | None) -> str:
    return f"{line.seconds:.2f} s ({line.processor_s:.2f})" if line else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.warehouse",
        description="The shipped queries over millions of answers, beside Polars and pandas.",
    )
    parser.add_argument("--rows", type=int, default=10_000_000, help="of evaluations")
    parser.add_argument("--repetitions", type=int, default=3, help="the least counts; default 3")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="for the lake"
    )
    parser.add_argument(
        "--peers-python", type=Path, metavar="FILE",
        help="interpreter of a virtual environment that has polars, pandas and pyarrow",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
