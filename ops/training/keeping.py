"""When a run's state is saved, and how it is found again: the loop's hand on its checkpoints."""

import time
from collections.abc import Mapping
from typing import NoReturn

from ops import progress
from ops.training import ranks
from ops.training.checkpoints import folder, saved
from ops.training.checkpoints.shelf import Shelf
from ops.training.run import Run
from ops.training.state import State
from ops.training.window import Learner

SIGNALLED = 128


def shelf(run: Run) -> Shelf:
    """Where the checkpoints of a run are."""
    return Shelf(run.out, run.fingerprint)


class Keeping:
    """Checkpoints of one run: at validations, after so many seconds, and when it is asked to end.

    Every rank calls each method; the first names folders, and the others follow.
    """

    def __init__(self, learner: Learner) -> None:
        """Nothing is read or written yet."""
        self._learner = learner
        self._shelf = shelf(learner.run)
        self._last = time.monotonic()
        self._saved_step = -1

    def resumed(self) -> State:
        """The state of the newest checkpoint that is whole, with its weights; else a fresh one."""
        run, learner = self._learner.run, self._learner

        def say(text: str) -> None:
            progress.note(run.stage, 0, run.order.steps, text)

        found = self._shelf.latest_valid(say) if ranks.number() == 0 else None
        path = ranks.told(found.path if found else None)
        if path is None:
            return State()
        state = saved.read_state(path)
        saved.read(path, learner.model, learner.optimizer)
        run.objective.restore(state.objective)
        self._saved_step = state.step
        progress.note(run.stage, state.step, run.order.steps, f"goes on from {path.name}")
        return state

    def save(self, state: State) -> None:
        """Write a checkpoint, and then let older ones go."""
        run, learner = self._learner.run, self._learner
        state.objective = dict(run.objective.state())
        first = ranks.number() == 0
        draft = ranks.told(folder.draft(self._shelf.place, state.step) if first else None)
        saved.write(draft, learner.model, learner.optimizer)
        ranks.told(None)  # every rank has written its part
        if first:
            saved.write_state(draft, state)
            folder.publish(draft, self._told(state))
            self._shelf.rotate(run.config.keep)
        ranks.told(None)  # none goes on before the folder has its name
        self._saved_step, self._last = state.step, time.monotonic()

    def _told(self, state: State) -> Mapping[str, object]:
        return {
            "step": state.step,
            "best_step": state.best.step,
            "fingerprint": self._learner.run.fingerprint,
        }

    def save_if_due(self, state: State) -> None:
        """Save if the last checkpoint is older than the settings allow."""
        waited = time.monotonic() - self._last
        if ranks.told(waited >= self._learner.run.config.save_seconds):
            self.save(state)

    def leave(self, state: State, signal: int) -> NoReturn:
        """Save what was done, and end the process as the signal would have.

        Raises:
            SystemExit: always.
        """
        if self._saved_step != state.step:
            self.save(state)
        raise SystemExit(SIGNALLED + signal)

    def put_best(self, state: State) -> None:
        """Give the model the weights of its best step."""
        saved.read_weights(self._shelf.at(state.best.step), self._learner.model)
