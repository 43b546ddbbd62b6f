"""`python -m benchmarks.repair FOLDER`: both files and a tiny student, and what to run on them."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.repair.files import HARD_FAILURE_ROWS, SELF_CRITIQUE_ROWS, write
from ops.prompts.files.read import read_rows
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from resources.profile import load


def student(texts: list[str], folder: Path) -> None:
    """A student of the tiny profile's shape, with a tokenizer of these texts, untrained."""
    config = load("tiny").student
    trained = tokenizers.train(texts, config.scratch.vocabulary)
    tokenizer = tokenizers.wrap(trained, config.context, config.tools_shown)
    made = students.scratch(config.scratch, tokenizer, config.context, config.seed)
    students.save(made, tokenizer, folder)


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--self-critique", type=int, default=SELF_CRITIQUE_ROWS, help="rows")
    parser.add_argument("--hard-failures", type=int, default=HARD_FAILURE_ROWS, help="rows")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    paths = write(options.folder, options.self_critique, options.hard_failures)
    texts = [json.dumps(row.value) for path in paths for row in read_rows(path) if row.value]
    student(texts, options.folder / "student")
    sys.stdout.write(
        f"apprentice repair --base {options.folder / 'student'} --self-critique {paths[0]} "
        f"--hard-failures {paths[1]} --out {options.folder / 'repaired'}\n"
    )


if __name__ == "__main__":
    main()
