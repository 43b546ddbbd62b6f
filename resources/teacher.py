"""The teacher: one OpenAI-compatible chat endpoint; an answer that is in the journal is not bought.

Not here: what is asked (ops/prompts, ops/critiques), how (ops/teacher/ask.py), what counts as an
answer (ops/teacher/wire), how bytes travel (http.py), where the endpoint is (endpoint.py).
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from ops.errors import TeacherStopped
from ops.lines import Lines
from ops.teacher.ask import Round
from ops.teacher.config import TeacherConfig
from ops.teacher.estimate import Estimate, estimate
from ops.teacher.journal.journal import Journal
from ops.teacher.journal.parts import Parts, Settled
from ops.teacher.outcome import Outcomes
from ops.teacher.pace.pace import Pace
from ops.teacher.planned import Planned, plan
from ops.teacher.reply import Reply
from ops.teacher.tally import Tally
from ops.teacher.wire import Answer, to_completion
from resources.endpoint import api_key, identity, listening
from resources.http import Connections
from resources.interrupt import Interrupt
from resources.lake import Lake
from resources.profile import CONFIGS
from resources.settings import Settings

JOURNAL = "journal"
BY_HAND = "was stopped by hand"


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one request; `answer.problem` says why there is no answer."""

    key: str
    answer: Answer
    cost: int
    cost_source: str
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of each request, read from the journal as it is iterated; and the figures."""

    planned: Planned
    parts: Parts
    failed: dict[str, Answer]
    tally: Tally

    def __len__(self) -> int:
        return len(self.planned.keys) // 32

    def __iter__(self) -> Iterator[Asked]:
        for key in self.planned.wanted():
            yield self._asked(key)

    def _asked(self, key: str) -> Asked:
        if key in self.parts:
            held: Settled = self.parts.get(key)
            return Asked(key, held.answer, held.cost, held.source, held.latency_ms)
        kind = "budget" if self.tally.by_limit else "cancelled"
        failed = self.failed.get(key, Answer(problem=kind, detail=self.tally.stopped[:300]))
        return Asked(key, failed, 0, "none", None)


class Teacher(dg.ConfigurableResource):
    """The endpoint of the profile."""

    settings: dg.ResourceDependency[Settings]
    lake: dg.ResourceDependency[Lake]

    def identity(self) -> str:
        """What stands for the endpoint in request keys."""
        profile = self.settings.load()
        return identity(profile.teacher, CONFIGS / profile.prompts.phrases)

    @property
    def journal(self) -> Path:
        """Where the journal of the lake lies."""
        return self.lake.base / JOURNAL

    def plan(self, bodies: Iterable[dict[str, Any]]) -> Planned:
        """Write down what is wanted; nothing is sent."""
        return plan(self.journal / "requests", self.identity(), bodies)

    def estimate(self, bodies: Iterable[dict[str, Any]]) -> Estimate:
        """What asking for these will need; nothing is sent."""
        config = self.settings.load().teacher
        return estimate(config, self.plan(bodies), Parts(self.journal / "parts"))

    def ask(
        self,
        bodies: Iterable[dict[str, Any]],
        stage: str,
        say: Callable[[str], None] = lambda told: None,
        asked_as: TeacherConfig | None = None,
    ) -> Answers:
        """Ask every request body that the journal does not settle; a failure is an answer too.

        `say` is told what a log should hold; `asked_as` is what the bodies were made with, the
        profile's own teacher if it is left out: its cap is what the budget holds back. A limit of
        the profile ends the asking early without an error: `tally.stopped` names it.

        Raises:
            TeacherStopped: the endpoint cannot be reached, refuses the key or everything, or has
                answered nothing for long. What was answered is in the journal.
            DiskFull: the journal cannot be written.
        """
        config = asked_as or self.settings.load().teacher
        planned = self.plan(bodies)
        interrupt = None
        with Journal(self.journal, say) as journal:
            if config.retry_failed:
                journal.parts.forget_failures()
            parts = journal.parts
            cached = sum(key in parts for key, _ in planned.requests())
            tally = Tally(stage, planned.count, cached, config.budget, parts.spent)
            failed: dict[str, Answer] = {}
            if cached < planned.count:
                phrases = CONFIGS / self.settings.load().prompts.phrases
                say(f"{stage}: {planned.count} requests, {cached} of them answered before")
                with listening(config, phrases) as url, _recording(config.record) as keep:
                    session = _Session(url, config, journal, tally, keep)
                    failed, interrupt = asyncio.run(session.ask(planned))
        if interrupt is not None:
            interrupt.pass_on()
        if tally.stopped and not tally.by_limit:
            raise stopped(config, tally)
        return Answers(planned, Parts(self.journal / "parts"), failed, tally)


def stopped(config: TeacherConfig, tally: Tally) -> TeacherStopped:
    """The error that says why asking ended early, what is kept, and how to go on."""
    who = "" if tally.by_limit else f"{config.endpoint} "
    what = f"{who}{tally.stopped}"
    if "the key" in what or "access" in what:
        what += f"; set the environment variable {config.api_key_env}"
    done = tally.cached + tally.answered
    return TeacherStopped(
        f"{what}; {done} of {tally.wanted} requests are answered and kept, "
        f"${tally.spent / 1e6:.4f} spent: run the same command again to go on"
    )


@dataclass(frozen=True, slots=True)
class _Session:
    """One round of asking, over real connections."""

    url: str
    config: TeacherConfig
    journal: Journal
    tally: Tally
    keep: Callable[[bytes, Answer], None]

    async def ask(self, planned: Planned) -> tuple[dict[str, Answer], Interrupt]:
        """What failed, and whether somebody interrupted."""
        config = self.config
        connections = Connections(
            f"{self.url.rstrip('/')}/chat/completions",
            api_key(config),
            config.concurrency,
            environment_proxy=config.environment_proxy,
        )

        async def post(number: int, body: bytes) -> Reply:
            return await connections.post(number, body, config.deadline_s)

        pace = Pace(config, asyncio.get_running_loop().time(), random.Random())
        outcomes = Outcomes(config, self.journal, pace, self.tally, self.keep)
        asking = Round(config, post, self.journal, outcomes)

        def stop() -> str:
            asking.stop(BY_HAND)
            return f"finishing {asking.in_flight} requests that are in flight"

        interrupt = Interrupt(stop, asking.abort)
        settled = self.journal.parts
        new = ((key, body) for key, body in planned.requests() if key not in settled)
        try:
            with interrupt.caught():
                await asking.run(new)
        finally:
            await connections.close()
        return outcomes.failed, interrupt


@contextmanager
def _recording(file: str | None) -> Iterator[Callable[[bytes, Answer], None]]:
    """Keeps each answered request as a line that replay:FILE serves, without key and reasoning."""
    if file is None:
        yield lambda body, answer: None
        return
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    with Lines(Path(file)) as lines:

        def keep(body: bytes, answer: Answer) -> None:
            if not answer.problem:
                line = {"request": json.loads(body), "status": 200}
                line |= {"response": to_completion(answer)}
                text = json.dumps(line, ensure_ascii=False) + "\n"
                # The journal has it for good: not worth a wait for the disk.
                lines.append([text.encode("utf-8")], durable=False)

        yield keep
