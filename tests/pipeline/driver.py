"""A process that runs command lines of `apprentice` when it is told to, for tests of many of them.

    python -m tests.pipeline.driver

It imports once what every command imports, and forks for each line: a process of its own, with its
own arguments, environment, streams and exit, without the seconds of an interpreter that starts. A
line is JSON on standard input: arguments, environment, the folder for what is written to standard
output and error, and the most bytes a file may have. Told back is the wait status.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import dagster as dg

from ops.prompts import gather
from pipeline import definitions, doctor, plan, prune, run, summary
from pipeline.cli.__main__ import main
from resources import http
from resources.warehouse import snapshot

IMPORTED = (definitions, doctor, gather, http, plan, prune, run, snapshot, summary)


def become(wanted: dict[str, Any]) -> None:
    """Make this process the one that was asked for."""
    sys.argv = ["apprentice", *wanted["arguments"]]
    os.environ.clear()
    os.environ.update(wanted["environment"])
    for number, name in ((1, "stdout"), (2, "stderr")):
        opened = os.open(Path(wanted["folder"]) / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)
    if wanted["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (wanted["limit"], wanted["limit"]))


def serve() -> None:
    """Fork for each line until there is none; returns in the child as in the parent."""
    with dg.instance_for_test() as instance:  # its storage imports as much as all the rest
        dg.AssetSelection.from_string("key:prompt_mix")
        assert instance.get_runs() == []
    tell(0)
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            become(json.loads(line))
            return main()
        tell(os.waitpid(child, 0)[1])
    return None


def tell(status: int) -> None:
    sys.stdout.write(f"{status}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
