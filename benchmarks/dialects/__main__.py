"""Reads the texts and writes the tables: python -m benchmarks.dialects --help."""

import argparse
import sys
from pathlib import Path

from benchmarks.dialects import run, table, texts

DATA = run.ROOT.parent / "shared" / "data"


def main() -> None:
    """Read the command line, read the texts, and write the tables to standard output."""
    options = _parser().parse_args()
    written = list(texts.written(options.bfcl, options.most))
    recorded = list(texts.recorded(options.recorded, options.most * len(texts.KINDS)))
    every = [*written, *recorded]
    scores, readings = run.ours(every)
    python, why = run.environment(options.peers_venv) if options.peers_venv else (None, "not asked")
    peers, calls, version = run.peer(every, python) if python else (None, [], "")
    told = [f"## BFCL's right calls\n\n{table.written_table(scores, peers)}"]
    if not written:
        told = ["## BFCL's right calls\n\nNot read: the folder of --bfcl is not there."]
    if peers and written:
        lines = table.differences(every, readings, calls)
        errors = sorted({error for score in peers.values() for error in score.errors})
        told.append(f"## Differences from sglang {version}\n\n" + "\n".join(lines + errors))
    elif not peers:
        told.append(f"sglang was not run: {why}.")
    if recorded:
        told.append(f"## Recorded answers\n\n{table.recorded_table(every, readings, calls)}")
    else:
        told.append("## Recorded answers\n\nNot read: the file of --recorded is not there.")
    sys.stdout.write("\n\n".join(told) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dialects",
        description="How many of the tool calls in texts are read, name and arguments and where "
        "they stand, and how fast; beside sglang's parsers on the same texts.",
    )
    parser.add_argument("--bfcl", type=Path, default=DATA / "bfcl", help="folder of BFCL's files")
    parser.add_argument(
        "--recorded", type=Path, default=DATA / "recorded" / "bfcl_dev.jsonl.gz",
        help="recorded answers, gzip of JSON lines of request and response",
    )  # fmt: skip
    parser.add_argument("--most", type=int, default=1000, help="prompts of each kind")
    parser.add_argument(
        "--peers-venv", type=Path, metavar="DIR", help="install sglang here, or use what is there"
    )
    return parser


if __name__ == "__main__":
    main()
