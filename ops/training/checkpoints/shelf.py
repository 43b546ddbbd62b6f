"""Which checkpoints of a run there are: the newest whole one, broken ones put aside, old ones gone.

A shelf belongs to one run, known by the fingerprint of its data, settings and base: a run with
another one has a shelf of its own. What remains is the newest few, and of each the best that it
names, so that any of them can be gone on from and end as an uninterrupted run does.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import ContractError
from ops.training.checkpoints import folder

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that was found whole."""

    path: Path
    manifest: dict[str, Any]

    @property
    def step(self) -> int:
        """Optimizer steps that were done."""
        return int(self.manifest["step"])

    @property
    def best_step(self) -> int:
        """The step whose folder holds the best weights so far; it may be this one."""
        return int(self.manifest["best_step"])


@dataclass(frozen=True, slots=True)
class Shelf:
    """The checkpoints of a run: `out/checkpoints/<fingerprint>/step-*`."""

    out: Path
    fingerprint: str

    @property
    def place(self) -> Path:
        """The folder of this run's checkpoints."""
        return self.out / "checkpoints" / self.fingerprint[:16]

    def latest_valid(self, say: Say) -> Held | None:
        """The newest checkpoint that is whole, and whose best is; broken ones are renamed.

        Args:
            say: is told of each folder that is put aside, and why.
        """
        usable: dict[int, Held] = {}
        for path in sorted(self.place.glob("step-*")):
            found = _found(path, self.fingerprint, say)
            if found is not None:
                usable[found.step] = found
        for step in sorted(usable, reverse=True):
            if usable[step].best_step in usable:
                return usable[step]
            say(f"{usable[step].path.name} is passed over: its best, step "
                f"{usable[step].best_step}, is broken or gone")  # fmt: skip
        return None

    def at(self, step: int) -> Path:
        """The folder of a step."""
        return self.place / folder.name(step)

    def rotate(self, keep: int) -> None:
        """Remove all but the newest `keep` and the best that each of these names.

        Only what was published is counted, and the newest is always among what stays.
        """
        held = {
            one.step: one
            for one in (_read(path) for path in sorted(self.place.glob("step-*")))
            if one is not None
        }
        newest = sorted(held)[-keep:]
        stay = {*newest, *(held[step].best_step for step in newest)}
        for step in sorted(set(held) - stay):
            folder.remove(held[step].path)

    def clear(self) -> None:
        """Remove the checkpoints of a run whose result is on disk."""
        shutil.rmtree(self.out / "checkpoints", ignore_errors=True)


def _found(path: Path, fingerprint: str, say: Say) -> Held | None:
    """The checkpoint if it is whole; else it is renamed to `broken-...`, and said."""
    try:
        held = Held(path, folder.verify(path))
        if held.manifest.get("fingerprint") != fingerprint or held.best_step > held.step:
            raise ContractError(f"{path.name}/{folder.MANIFEST} is of another run")
    except (ContractError, KeyError, ValueError) as error:
        aside = path.with_name(f"broken-{path.name}")
        shutil.rmtree(aside, ignore_errors=True)
        path.rename(aside)
        say(f"{error}; the folder is now {aside.name}, and an older checkpoint is used")
        return None
    return held


def _read(path: Path) -> Held | None:
    """The checkpoint by its manifest, its files unread: it was written by this run, or verified."""
    try:
        held = Held(path, json.loads((path / folder.MANIFEST).read_text(encoding="utf-8")))
        return held if held.best_step <= held.step else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
