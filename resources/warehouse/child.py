"""`python -m resources.warehouse.child`: answer one question to a snapshot, within limits, and end.

Read from standard input: JSON of Spec. Written to standard output: the answer as an Arrow stream;
to standard error, as the last line: JSON of what was left off, or of why there is no answer. The
kernel holds the process to its memory, its processor time, and to writing no file; DuckDB has no
file system but the snapshot's (files.py), no settings that can be changed, and asks nobody. Not
here: the time on the clock, which the process that started this one keeps (question.py).
"""

import json
import os
import re
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from resources.warehouse.files import ROOT, Published
from resources.warehouse.tables import names
from resources.warehouse.views import statements

ROWS_AT_ONCE = 10_000
LIBRARIES_MB = 2_000
"""Address space of the libraries and of DuckDB's threads, beside what a question may use."""
QUESTIONS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.MULTI,  # a pivot that finds its columns itself
}
BARE: dict[str, str | bool | int | float | list[str]] = {
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
_AT = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spec:
    """A question: the folder of the snapshot, at most so many rows (None = all), the limits."""

    snapshot: str
    question: str
    rows: int | None
    memory_mb: int
    processor_s: int


@dataclass(frozen=True, slots=True)
class Report:
    """How it ended: rows that were not sent, or what was wrong and with what."""

    left_off: int = 0
    problem: str = ""
    about: str = ""  # question | memory | snapshot


class RefusedError(Exception):
    """It is no question; the message says what it is."""


def opened(snapshot: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """A connection that knows the views of a snapshot, reads its files, and can do nothing else."""
    listed = names(snapshot)
    connection = duckdb.connect(config=BARE | {"memory_limit": f"{memory_mb}MB"})
    connection.register_filesystem(Published(snapshot, listed))
    for view in statements(ROOT, listed):
        connection.execute(view)
    addresses = ", ".join(f"'{ROOT}{name}'" for name in listed)
    connection.execute(f"set allowed_paths = [{addresses}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set disabled_filesystems = 'LocalFileSystem'")
    connection.execute("set lock_configuration = true")
    return connection


def relation(connection: duckdb.DuckDBPyConnection, question: str) -> duckdb.DuckDBPyRelation:
    """The one question, not yet computed. Raises RefusedError if it is none, or several."""
    found = connection.extract_statements(question)
    if len(found) != 1:
        raise RefusedError("it is empty" if not found else f"it is {len(found)} statements, not 1")
    if found[0].type not in QUESTIONS:
        kind = found[0].type.name.lower().replace("_", " ")
        raise RefusedError(f"it is no question but {kind}; the tables are for reading")
    asked = connection.sql(found[0].query)
    if asked is None:
        raise RefusedError("it has no answer")
    return asked


def send(asked: duckdb.DuckDBPyRelation, rows: int | None, out: BinaryIO) -> int:
    """Stream the first rows (None = all) as Arrow; count the others."""
    reader = asked.to_arrow_reader(ROWS_AT_ONCE)
    left = 0
    room = sys.maxsize if rows is None else rows
    with pa.ipc.new_stream(out, reader.schema) as stream:
        for batch in reader:
            head = batch.slice(0, room)
            if head.num_rows:
                stream.write_batch(head)
            room -= head.num_rows
            left += batch.num_rows - head.num_rows
    return left


def told(error: Exception, question: str) -> str:
    """The first line of an error, and where in the question it is.

    >>> print(told(Exception('Parser Error: near "x"\\n\\nLINE 1: frm x\\n        ^'), "frm x"))
    Parser Error: near "x" (line 1, column 1)
    """
    text = str(error)
    lines = [line for line in text.splitlines() if line.strip()] or [type(error).__name__]
    # A file system that is Python's own ends its stack with the message.
    first = lines[-1] if "Traceback" in text else lines[0]
    at = _AT.search(text)
    if at is None:
        return first.strip()
    number, shown, indent = int(at[1]), at[2], len(at[3]) - len(f"LINE {at[1]}: ")
    line = question.splitlines()[number - 1] if number <= len(question.splitlines()) else ""
    begins = max(line.find(shown.strip(".")), 0) - (3 if shown.startswith("...") else 0)
    return f"{first.strip()} (line {number}, column {begins + indent + 1})"


def answer(spec: Spec, out: BinaryIO) -> Report:
    """Answer into the stream; what is wrong is told, not raised."""
    try:
        connection = opened(Path(spec.snapshot), spec.memory_mb)
    except (duckdb.Error, OSError) as error:
        return Report(problem=told(error, ""), about="snapshot")
    try:
        return Report(send(relation(connection, spec.question), spec.rows, out))
    except RefusedError as error:
        return Report(problem=str(error), about="question")
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        return Report(problem=told(error, spec.question), about="memory")
    except (duckdb.Error, pa.ArrowException, UnicodeError) as error:
        about = "memory" if "bad_alloc" in str(error) else "question"
        return Report(problem=told(error, spec.question), about=about)


def limit(memory_mb: int, processor_s: int) -> None:
    """Hold this process to its limits, for good."""
    space = (memory_mb + LIBRARIES_MB) * 1_000_000
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_CPU, processor_s),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Answer the question on standard input."""
    held: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    spec = Spec(**held)
    limit(spec.memory_mb, spec.processor_s)
    report = answer(spec, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    sys.stderr.write(json.dumps(asdict(report)) + "\n")
    sys.stderr.flush()
    # Nothing is to be saved, and taking DuckDB apart takes longer than most questions.
    os._exit(1 if report.problem else 0)


if __name__ == "__main__":
    main()
