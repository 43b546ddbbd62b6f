"""Student and shards → a better student: what every training of a whole student does.

The stages kd and process differ in the objective that they pass. Not here: the loop (loop.py), and
the adapter, which trains something else (ops/lora).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import planned
from ops.training.config import TrainingConfig
from ops.training.loop import Objective, Run, fit


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Folders of a training: where the student and its examples are, and what it leaves."""

    stage: str
    student: Path
    shards: Path
    out: Path

    def train(self, objective: Objective, config: TrainingConfig) -> dict[str, Any]:
        """Train into `out/student`; figures in nats per supervised token."""
        model, tokenizer = students.load(self.student), tokenizers.load(self.student)
        trained = fit(
            model,
            Run(
                stage=self.stage,
                train=planned(self.shards, "train"),
                validation=planned(self.shards, "repair"),
                objective=objective,
                config=config,
                out=self.out,
            ),
        )
        students.save(model, tokenizer, self.out / "student")
        return asdict(trained)
