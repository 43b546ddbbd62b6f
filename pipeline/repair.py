"""A user's own corrections of a student → an adapter, and the student merged with it; no DAG.

    <out>/critiques.parquet   what is learnt: rows of ops.critiques.contract.CRITIQUES
    <out>/rejected.parquet    rows that are not, with file, line and reason
    <out>/lora/               adapter, steps, training_summary.json, curves
    <out>/merged/student/     the repaired student, a Hugging Face folder
    <out>/repair.json         which repair this is, and the figures of each step that is done

The folder is one repair's: of these files, this student and these settings. A step that is done is
found again; the training goes on from its last checkpoint. Not here: printing (cli/repair.py).
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import tables
from ops.critiques.contract import CRITIQUES, REJECTED
from ops.errors import InputError
from ops.lora.config import LoraConfig
from ops.student.source import room
from ops.training.fingerprint import fingerprint
from resources.launcher import Launcher
from resources.profile import ROOT, Profile

MANIFEST = "repair.json"
STUDENT = Path("merged", "student")
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The user's files, the folder of his student, and where the repair is to lie (None = in the
    lake's root, by its key).
    """

    files: tuple[Path, ...]
    base: Path
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair in its folder."""

    wanted: Wanted
    profile: Profile
    launcher: Launcher
    key: str
    out: Path

    @classmethod
    def of(cls, wanted: Wanted, profile: Profile, launcher: Launcher) -> "Repair":
        """The repair, and its folder if it is not there.

        Raises:
            InputError: a file or the student is not there, or the folder holds something else.
        """
        for path in wanted.files:
            if not path.is_file():
                raise InputError(f"{path} is no file; name one of JSON lines, a list or Parquet")
        if not wanted.files:
            raise InputError("nothing to learn from: name --self-critique or --hard-failures")
        room(wanted.base, _tokenizer(wanted.base))  # raises where there is no student
        key = _key(wanted, profile.lora)
        out = wanted.out or ROOT / profile.lake.root / "repairs" / key[:12]
        found = cls(wanted, profile, launcher, key, out)
        found._claim()
        return found

    def run(self) -> dict[str, Figures]:
        """Do what is not done; figures of the steps read, train and merge.

        Raises:
            InputError: not one row can be learnt.
            PipelineError: of the stage that failed.
        """
        read = self._step("read", self._read)
        if not read["learnt"]:
            raise InputError(
                f"none of {read['read']} rows can be learnt; {self.out / 'rejected.parquet'} says "
                f"why of each: {told(read['rejected'])}"
            )
        return {
            "read": read,
            "train": self._step("train", self._train),
            "merge": self._step("merge", self._merge),
        }

    def _read(self) -> Figures:
        from ops.critiques.gather import gather
        from ops.student.turn import turns

        tokenizer = _tokenizer(self.wanted.base)
        context = room(self.wanted.base, tokenizer)
        found = gather(self.wanted.files, turns(tokenizer), context)
        tables.write(tables.from_rows(found.corrections, CRITIQUES), self._critiques)
        tables.write(tables.from_rows(found.rejected, REJECTED), self.out / "rejected.parquet")
        return {
            "read": found.read,
            "learnt": dict(sorted(Counter(one["origin"] for one in found.corrections).items())),
            "rejected": dict(sorted(Counter(one["reason"] for one in found.rejected).items())),
        }

    def _train(self) -> Figures:
        spec = {
            "student": str(self.wanted.base.resolve()),
            "shards": None,
            "critiques": str(self._critiques.resolve()),
            "config": self.profile.lora.model_dump(),
        }
        folder = self.out / "lora"
        folder.mkdir(exist_ok=True)
        return self.launcher.train("ops.lora", spec, folder, self.profile.launch)

    def _merge(self) -> Figures:
        spec = {
            "student": str(self.wanted.base.resolve()),
            "adapter": str((self.out / "lora" / "adapter").resolve()),
        }
        folder = self.out / STUDENT.parent
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return self.launcher.run("ops.lora.merged", spec, folder)

    @property
    def _critiques(self) -> Path:
        return self.out / "critiques.parquet"

    def _step(self, name: str, do: Callable[[], Figures]) -> Figures:
        """The figures of a step that is done, or it is done now."""
        held = _manifest(self.out)["steps"]
        if name not in held:
            held[name] = do()
            self._write(held)
        figures: Figures = held[name]
        return figures

    def _claim(self) -> None:
        """Take the folder, or go on in it."""
        held = _manifest(self.out)
        if held["key"] == self.key:
            return
        if held["key"] is not None or (self.out.exists() and any(self.out.iterdir())):
            what = "another repair" if held["key"] else "other files"
            raise InputError(f"--out {self.out} holds {what}; name an empty folder or none")
        self.out.mkdir(parents=True, exist_ok=True)
        self._write({})

    def _write(self, steps: dict[str, Figures]) -> None:
        beside = self.out / f".{MANIFEST}"
        beside.write_text(json.dumps({"key": self.key, "steps": steps}, indent=1), "utf-8")
        beside.replace(self.out / MANIFEST)


def told(counts: dict[str, int]) -> str:
    """Counts by name on a line, the largest first.

    >>> told({"empty": 2, "too_long": 5})
    'too_long 5, empty 2'
    """
    listed = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name} {count:,}" for name, count in listed)


def _key(wanted: Wanted, config: LoraConfig) -> str:
    """Digest of all that the repaired student depends on."""
    of = [*wanted.files, wanted.base]
    return fingerprint("repair", config.model_dump(mode="json"), of)


def _manifest(out: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"key": None, "steps": {}}
    return found


def _tokenizer(base: Path) -> Any:
    from ops.student import tokenizer

    try:
        return tokenizer.load(base)
    except (OSError, ValueError) as error:
        raise InputError(
            f"--base {base} has no tokenizer: {str(error).splitlines()[0]}; expected a Hugging "
            f"Face folder (config.json, model.safetensors, tokenizer.json)"
        ) from error
