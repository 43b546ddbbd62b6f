"""Exports, verifies, measures, and writes the tables: python -m benchmarks.coreml --help."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import get_args

from benchmarks.coreml.run import Options, run
from benchmarks.coreml.table import report
from ops.coreml.config import Precision
from ops.errors import PipelineError

PROGRAM = "benchmarks.coreml"


def main() -> None:
    """Read the command line, make what was not made yet, and write Markdown."""
    given = _parser().parse_args()
    options = Options(
        given.work.resolve(), given.base.resolve(), given.precisions, given.probes, given.context
    )
    try:
        found = run(options)
    except PipelineError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; what is finished is kept, and the same command goes on")
    named = {str(given.work): "WORK", str(given.base): given.base.name}
    arguments = shlex.join([named.get(part, part) for part in sys.argv[1:]])
    sys.stdout.write(report(found, options, f"python -m {PROGRAM} {arguments}"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PROGRAM}",
        description="A student as CoreML packages. The same command again goes on.",
    )
    parser.add_argument("--base", type=Path, required=True, help="Hugging Face folder or GGUF file")
    parser.add_argument("--work", type=Path, required=True, help="folder that keeps all results")
    parser.add_argument(
        "--precisions", nargs="+", choices=get_args(Precision), default=["fp16", "int8"],
        help="default fp16 int8",
    )  # fmt: skip
    parser.add_argument("--probes", type=int, default=24, help="tool prompts; default 24")
    parser.add_argument("--context", type=int, default=1024, help="tokens; default 1024")
    return parser


if __name__ == "__main__":
    main()
