"""Stages outside the DAG, started as the DAG starts them, whose results are kept.

A result lies in `work/stages/<stage>-<key>`. The key is of the stage and of all that its
specification says; students, shards and prompts are named in it by folders whose own names are
keys. What is finished is found, and training that was stopped goes on from its checkpoint. Code is
not in the key: take another folder after a change of it.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.digest import canonical_json, digest
from resources.launcher import Launcher

Spec = dict[str, Any]
Start = Callable[[str, Spec, Path], dict[str, Any]]
_KEPT = "kept.json"


@dataclass(frozen=True, slots=True)
class Done:
    """Where a result lies, the figures of its stage, and the seconds that it took."""

    path: Path
    figures: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of one benchmark: `beside` of them at a time, with a thread each.

    start: (module, specification, folder) → figures.
    resumes: what a stopped stage left is gone on with, not begun anew.
    """

    work: Path
    beside: int = 1
    start: Start = Launcher(threads=1).run
    resumes: bool = True

    def all(self, module: str, specs: Sequence[Spec]) -> list[Done]:
        """The results for these specifications, in their order; equal ones are made once.

        Raises:
            PipelineError: of the first that failed; those that run then end before it is told.
        """
        different = {canonical_json(spec): spec for spec in specs}
        with ThreadPoolExecutor(self.beside) as pool:
            running = {key: pool.submit(self.one, module, spec) for key, spec in different.items()}
            try:
                done = {key: future.result() for key, future in running.items()}
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return [done[canonical_json(spec)] for spec in specs]

    def one(self, module: str, spec: Spec) -> Done:
        """The result for one specification, kept or made now."""
        out = self.work / "stages" / f"{module.split('.')[-1]}-{self._key(module, spec)}"
        kept = out / _KEPT
        if not kept.exists():
            if not self.resumes and out.exists():
                shutil.rmtree(out)
            out.mkdir(parents=True, exist_ok=True)
            begun = time.monotonic()
            figures = self.start(module, spec, out)
            held = {"figures": figures, "seconds": time.monotonic() - begun, "spec": spec}
            beside = kept.with_suffix(".part")
            beside.write_text(json.dumps(held, indent=1), encoding="utf-8")
            beside.replace(kept)
            sys.stderr.write(f"{out.name}: {held['seconds']:.0f} s\n")
        held = json.loads(kept.read_text(encoding="utf-8"))
        return Done(out, held["figures"], held["seconds"])

    def _key(self, module: str, spec: Spec) -> str:
        """Of equal work in another folder too: paths count from the folder of the benchmark."""
        return digest(module, canonical_json(spec).replace(str(self.work), ""))[:16]
