"""Heavy stages as child processes: started, listened to, and never left behind.

A profile may have those that train in a pod of a cluster instead (pods.py). The child is
`python -m ops.<stage> --spec FILE --out DIR` (see ops/entry.py). Its memory is free again when it
ends, its crash is an error of its step and not of the run, and it runs without Dagster too. It dies
with its parent, and a Ctrl-C reaches it as a termination.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import dagster as dg

from ops import entry, errors, progress
from ops.errors import PipelineError
from resources import pods
from resources.profile import ROOT, LaunchConfig

GRACE_S = 10
THREADS = "OMP_NUM_THREADS"
# Turns that a thread waits for its next piece of work before it sleeps. GNU OpenMP's own number
# burns whole cores where others want them: converting and verifying took 105 s of processor at a
# load of three, and 34 s with this one; on a machine of its own training takes the same time.
SPIN = {"GOMP_SPINCOUNT": "1000"}
# What torchrun tells of ranks that a signal ended, and the signals by which it ends the others.
RANK_ENDED = re.compile(r"^ *rank *: (?P<rank>\d+) .*\n *exitcode *: -(?P<how>\d+)", re.MULTILINE)
TORCHRUN_S = {"2", "15"}


class Launcher(dg.ConfigurableResource):
    """Starts stages on this machine.

    threads: of each process; 0 = as OMP_NUM_THREADS says, or one a core.
    """

    threads: int = 0

    def train(
        self, module: str, spec: dict[str, Any], out: Path, launch: LaunchConfig
    ) -> dict[str, Any]:
        """Run a stage that trains, as `run` does, where and in as many processes as is set."""
        what = ranked(module, launch.ranks)
        if launch.pod is None:
            return self._run(what, spec, out)
        told = _asked(spec, out)
        try:
            pods.run(launch.pod, ["python", *what, *_options(told, out)])
        except PipelineError as error:
            raise _own(out) or error from None
        return _figures(told, out)

    def run(self, module: str, spec: dict[str, Any], out: Path) -> dict[str, Any]:
        """Run a stage to its end and return its figures.

        Raises:
            PipelineError: of the child's own type and message, or how the child died.
        """
        return self._run(["-m", module], spec, out)

    def _run(self, what: list[str], spec: dict[str, Any], out: Path) -> dict[str, Any]:
        told = _asked(spec, out)
        with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
            child = subprocess.Popen(
                [sys.executable, *what, *_options(told, out)],
                cwd=ROOT,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
                preexec_fn=entry.die_with_parent,
            )
            try:
                code = self._listen(child)
            finally:
                _end(child)
                if child.stdout is not None:
                    child.stdout.close()
            complaints.seek(0)
            if code != 0:
                raise _failure(what[-1], code, out, complaints.read())
        return _figures(told, out)

    def _environment(self) -> dict[str, str]:
        cores = str(len(os.sched_getaffinity(0)))
        threads = str(self.threads) if self.threads else os.environ.get(THREADS, cores)
        return {**SPIN, **os.environ, THREADS: threads, "TOKENIZERS_PARALLELISM": "false"}

    def _listen(self, child: subprocess.Popen[str]) -> int:
        assert child.stdout is not None
        for line in child.stdout:
            try:
                at = json.loads(line)["progress"]
                figures = at.get("figures", {})
                if progress.NOTE in figures:
                    progress.note(at["stage"], at["done"], at["total"], figures[progress.NOTE])
                else:
                    progress.report(at["stage"], at["done"], at["total"], **figures)
            except (ValueError, KeyError, TypeError):
                sys.stdout.write(line)
        return child.wait()


def ranked(module: str, ranks: int) -> list[str]:
    """What Python runs: the stage, or torchrun that starts it so many times.

    >>> ranked("ops.kd", 1)
    ['-m', 'ops.kd']
    """
    if ranks == 1:
        return ["-m", module]
    torchrun = ["-m", "torch.distributed.run", "--standalone"]
    return [*torchrun, f"--nproc-per-node={ranks}", "-m", module]


def _asked(spec: dict[str, Any], out: Path) -> Path:
    """The file with the specification; what another attempt told is gone."""
    for left in (entry.FIGURES, entry.ERROR):
        (out / left).unlink(missing_ok=True)
    told = out.with_name(out.name + ".spec.json")
    told.write_text(json.dumps(spec), encoding="utf-8")
    return told


def _options(told: Path, out: Path) -> list[str]:
    return ["--spec", str(told.resolve()), "--out", str(out.resolve())]


def _figures(told: Path, out: Path) -> dict[str, Any]:
    """What the stage found; the folder is the artifact's alone then."""
    told.unlink()
    figures: dict[str, Any] = json.loads((out / entry.FIGURES).read_text(encoding="utf-8"))
    (out / entry.FIGURES).unlink()
    return figures


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _failure(module: str, code: int, out: Path, complaints: str) -> PipelineError:
    killed = [one for one in RANK_ENDED.finditer(complaints) if one["how"] not in TORCHRUN_S]
    if killed:
        # What the other ranks tell is only that this one is gone.
        sys.stderr.write(complaints)
        rank, how = killed[0]["rank"], killed[0]["how"]
        return PipelineError(f"{module}: rank {rank} ended with signal {how}")
    own = _own(out)
    if own is not None:
        return own
    lines = [line for line in complaints.splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    if "No space left" in last or "File too large" in last:
        return errors.DiskFull(
            f"{module}: {last}; free some space, then run the same command again"
        )
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    sys.stderr.write(complaints)
    return PipelineError(f"{module} ended with {how}: {last}")


def _own(out: Path) -> PipelineError | None:
    """The error that the stage told itself."""
    try:
        told = json.loads((out / entry.ERROR).read_text(encoding="utf-8"))
        kind: type[PipelineError] = getattr(errors, told["type"], PipelineError)
        return kind(told["message"])
    except (OSError, ValueError, KeyError):
        return None
