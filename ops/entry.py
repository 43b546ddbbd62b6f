"""How a heavy stage starts as a process of its own: `python -m ops.<stage> --spec FILE --out DIR`.

The specification is one JSON file; figures go to DIR/figures.json; progress goes to standard
output, one JSON object a line (in a pod to Dagster's log, by Dagster Pipes); an error of ours goes
to DIR/error.json and to standard error as one line, with exit code 1. Who starts the process, and
what becomes of DIR, is the launcher's business.
"""

import argparse
import ctypes
import errno
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ops import progress
from ops.errors import DiskFull, PipelineError

Spec = TypeVar("Spec", bound=BaseModel)
FIGURES = "figures.json"
ERROR = "error.json"
RANK = "RANK"  # set by torchrun, which starts the same stage several times
PIPES = "DAGSTER_PIPES_CONTEXT"  # set by a Dagster that has no pipe to the process
PR_SET_PDEATHSIG = 1
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def disk_full(error: OSError, path: Path) -> DiskFull:
    """The one line that a user reads when a write found no room."""
    return DiskFull(
        f"no room left on the disk that holds {path} ({error.strerror or error}); free some space "
        f"or set lake.root in the profile to another disk, then run the same command again"
    )


def start(model: type[Spec], work: Callable[[Spec, Path], dict[str, Any]], about: str) -> None:
    """Run `work` on the specification that the command line names; exit 1 on an error of ours."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--spec", type=Path, required=True, help="JSON file with what to do")
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the result")
    options = parser.parse_args()
    rank = int(os.environ.get(RANK, "0"))
    if RANK in os.environ:
        die_with_parent()
    with _heard(rank):
        try:
            spec = model.model_validate_json(options.spec.read_text(encoding="utf-8"))
            figures = work(spec, options.out)
            if rank == 0:
                (options.out / FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")
        except PipelineError as error:
            _fail(error, options.out)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            _fail(disk_full(error, options.out), options.out)
        except Exception as error:
            if RANK in os.environ:
                told = "".join(traceback.format_exception(error)).strip()
                _tell(PipelineError(f"rank {rank} failed: {told}"), options.out)
            raise


def _heard(rank: int) -> AbstractContextManager[None]:
    """Who hears of the progress of the first rank: the parent, or Dagster that started a pod."""
    if rank > 0:
        return nullcontext()
    return _logged() if PIPES in os.environ else progress.sink(_say)


@contextmanager
def _logged() -> Iterator[None]:
    from dagster_pipes import open_dagster_pipes

    with open_dagster_pipes() as dagster, progress.sink(progress.quarters(dagster.log.info)):
        yield


def die_with_parent() -> None:
    """Let the kernel kill this process when the one that started it ends (prctl(2), Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _say(at: progress.Progress) -> None:
    line = {"stage": at.stage, "done": at.done, "total": at.total, "figures": at.figures}
    sys.stdout.write(json.dumps({"progress": line}) + "\n")
    sys.stdout.flush()


def _fail(error: PipelineError, out: Path) -> None:
    sys.stderr.write(f"{type(error).__name__}: {error}\n")
    sys.stderr.flush()
    _tell(error, out)
    sys.exit(1)


def _tell(error: PipelineError, out: Path) -> None:
    told = json.dumps({"type": type(error).__name__, "message": str(error)})
    try:
        # Of several ranks the first tells why; the others fail because it is gone.
        with (out / ERROR).open("x" if RANK in os.environ else "w", encoding="utf-8") as stream:
            stream.write(told)
    except FileExistsError:
        pass
    except OSError:
        sys.stderr.write(f"(and {out / ERROR} could not be written)\n")
