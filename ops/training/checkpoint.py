"""Student and shards → a better student: what every training of a whole student does.

The stages kd and process differ in the objective that they pass. Not here: the loop (loop.py), and
the adapter, which trains something else (ops/lora).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ops.losses.config import DenseConfig, SupervisionConfig
from ops.losses.contract import Objective
from ops.losses.joint import Joint
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.source import files
from ops.training import ranks, teacher
from ops.training.batch import collate, planned
from ops.training.config import TrainingConfig
from ops.training.contrast import Collate, contrasted
from ops.training.curriculum import first_epoch
from ops.training.fingerprint import fingerprint
from ops.training.grammar import Grammatical
from ops.training.keeping import shelf
from ops.training.loop import fit
from ops.training.precision import is_bf16
from ops.training.run import Run
from ops.training.sharding import whole


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Folders of a training: where the student and its examples are, and what it leaves.

    `grammar`: the objective looks at what the tools' grammar allows. `contrast`: what it compares
    with what was not written, and with the wrong answers of `negatives`. `dense`: a teacher that is
    here, whose whole distribution has a share beside the objective.
    """

    stage: str
    student: Path
    shards: Path
    out: Path
    grammar: bool = False
    contrast: SupervisionConfig | None = None
    negatives: Path | None = None
    dense: DenseConfig | None = None

    def train(
        self,
        objective: Callable[[Tensor], Objective],
        config: TrainingConfig,
        settings: dict[str, Any],
    ) -> dict[str, Any]:
        """Train into `out/student`; figures in nats.

        Args:
            objective: what is minimised, given the student's token embeddings, [V, H].
            config: optimizer and pace.
            settings: all settings of the stage, for the fingerprint of the run.
        """
        with ranks.joined():
            model, tokenizer = students.load(self.student), tokenizers.load(self.student)
            train = planned(self.shards, "train")
            run = Run(
                stage=self.stage,
                train=train,
                validation=planned(self.shards, "repair"),
                objective=self._joint(objective(model.get_input_embeddings().weight.detach())),
                config=config,
                out=self.out,
                fingerprint=fingerprint(self.stage, settings, self._inputs()),
                collate=self._taught(self._collate(tokenizer), (model, tokenizer), config),
                first=first_epoch(train, config),
            )
            trained = fit(model, run)
            weights = whole(model)
            if ranks.number() == 0:
                students.save(model, tokenizer, self.out / "student", weights)
                shelf(run).clear()
            return asdict(trained)

    def _inputs(self) -> list[Path]:
        found = [self.student, self.shards] + ([self.negatives] if self.negatives else [])
        return found if self.dense is None else found + files(Path(self.dense.teacher))

    def _joint(self, objective: Objective) -> Objective:
        return objective if self.dense is None else Joint(objective, self.dense.weight)

    def _taught(
        self, collate: Collate, student: tuple[Any, Any], config: TrainingConfig
    ) -> Collate:
        if self.dense is None:
            return collate
        model, tokenizer = student
        head = model.lm_head.weight
        bf16 = is_bf16(config, head.device)
        return teacher.Taught(collate, teacher.load(self.dense, tokenizer, len(head), bf16=bf16))

    def _collate(self, tokenizer: Any) -> Collate:
        made: Collate = Grammatical(tokenizer) if self.grammar else collate
        if self.contrast is None:
            return made
        return contrasted(made, tokenizer, self.contrast, self.negatives)
