"""Judges with both checkers and writes the tables: python -m benchmarks.bfcl --help."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.bfcl import run, sources, table
from ops.evaluation.bfcl import cases


def main() -> None:
    """Read the command line, judge the answers, and write the tables to standard output."""
    options = _parser().parse_args()
    python = run.environment(options.peers_venv)
    folder = cases.folder_of(options.bfcl or run.package_data(options.peers_venv))
    scored, _ = cases.present(folder)
    listed = [case for name in scored for case in cases.read(folder, name)]
    unusable = [f"{case.id}: {case.problem}" for case in listed if case.problem]
    rows = [run.answered(case) for case in listed if not case.problem]
    texts = sources.texts(options.texts)
    version, all_theirs = run.peer([*rows, *texts], python)
    theirs, values = all_theirs[: len(rows)], [value for [value] in all_theirs[len(rows) :]]
    found = run.compared(rows, theirs)
    differ = [*table.differences(found), *sources.differences(texts, values)]
    told = [
        f"{len(rows)} cases, bfcl_eval {version['version']} on Python {version['python']}",
        table.by_category(found),
        table.by_kind(found),
        sources.told(texts, values),
        "Not judged:\n" + ("\n".join(unusable) or "none"),
        "Differences:\n" + ("\n".join(differ[: options.most]) or "none"),
    ]
    if options.record:
        options.record.write_text(
            "".join(json.dumps(line) + "\n" for line in run.recorded(rows, theirs)),
            encoding="utf-8",
        )
    sys.stdout.write("\n\n".join(told) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bfcl",
        description="Our verdicts beside those of the benchmark's own checker, on the right answer "
        "of every case and on answers that are wrong in one way each.",
    )
    parser.add_argument("--bfcl", type=Path, help="folder of its files; the package's by default")
    parser.add_argument(
        "--peers-venv", type=Path, metavar="DIR", required=True,
        help="install the benchmark here, without what it depends on, or use what is there",
    )  # fmt: skip
    parser.add_argument("--texts", type=int, default=20_000, help="source texts a language")
    parser.add_argument("--most", type=int, default=50, help="differences that are printed")
    parser.add_argument("--record", type=Path, help="write the fixture of the tests here")
    return parser


if __name__ == "__main__":
    main()
