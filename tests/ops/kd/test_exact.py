"""Distilling from the embedded teacher, checked exactly: a student that can hold any distribution
per context, one row of logits each, arrives at the teacher's.

The road is the project's own: the stub's answer over the wire's boundary, the mapping of the
shards, the objective of the distillation.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ops.losses.config import DistillationConfig
from ops.losses.contract import Targets
from ops.losses.distillation import Distillation
from ops.losses.head import Aim, head_pass
from ops.losses.product import Head
from ops.phrases.book import load_book
from ops.prompts.registry import load_registry
from ops.shards.teacher import Told, map_logprobs
from ops.spans.contract import KINDS
from ops.teacher.embedded.stub import Stub
from ops.teacher.wire import from_wire
from ops.training.batch import collate

pytestmark = pytest.mark.usefixtures("one_thread")
CONFIGS = Path(__file__).parents[3] / "configs"
REGISTRY = load_registry(CONFIGS / "tools.json")
STUB = Stub(load_book(CONFIGS / "phrases.yaml"))
COVERS = 20
"""The most outcomes a server reports; no step of these prompts has more."""
STEPS = 300


def asked(text: str, *tools: str) -> dict[str, Any]:
    offered = [REGISTRY.tools[name] for name in tools]
    return {"messages": [{"role": "user", "content": text}], "tools": offered}


PROMPTS = (
    asked("what is the weather in Oslo in celsius", "get_weather"),
    asked("set an alarm for 7:30 am", "set_alarm", "set_timer", "book_hotel"),
    asked("define candid, and also set the volume to 3", "define_word", "set_volume"),
    asked("hello", "define_word"),
)


@dataclass(frozen=True)
class Lesson:
    """What the student is taught: targets of N contexts, and the truth about them, [N, V]."""

    targets: Targets
    truth_NV: Tensor
    before: tuple[str, ...]


def told(request: dict[str, Any], k: int) -> list[tuple[bytes, list[tuple[bytes, float]]]]:
    """The stub's answer over the boundary: each token with its outcomes."""
    answer = STUB.answer({**request, "logprobs": True, "top_logprobs": k})
    tokens = from_wire(json.dumps(answer).encode()).tokens
    return [(one.token, list(one.top)) for one in tokens.positions()]


def arrays(tokens: list[tuple[bytes, list[tuple[bytes, float]]]], k: int) -> Told:
    """The same as the lake keeps it, under the student's ids."""
    padded = [top + [(b"\xff", -60.0)] * (k - len(top)) for _, top in tokens]
    return Told(
        [token for token, _ in tokens],
        np.asarray([IDS.get(token, -1) for token, _ in tokens], np.int32),
        np.asarray([[IDS.get(one, -1) for one, _ in top] for top in padded], np.int32),
        np.asarray([[nats for _, nats in top] for top in padded]),
    )


def lesson(k: int) -> Lesson:
    """The K reported outcomes of every step of the prompts' answers, but for END's own step: it
    has no text, and the boundary keeps the tokens of the visible answer."""
    steps, labels, at, kept_ids, kept_logp = [], [], [], [], []
    for request in PROMPTS:
        tokens = told(request, k)
        said = [token.decode() for token, _ in tokens]
        pieces = [token for token, _ in tokens]
        ids = np.asarray([IDS[piece] for piece in pieces], np.int32)
        mapped = map_logprobs(pieces, ids, arrays(tokens, k), k)
        at += [len(steps) + index for index in mapped.at.tolist()]
        steps += [(request, said[:index]) for index in range(len(said))]
        labels += [IDS[piece.encode()] for piece in said]
        kept_ids.append(np.ravel(mapped.ids))
        kept_logp.append(np.ravel(mapped.logp))
    asked, said = KINDS.index("prompt"), KINDS.index("prose")
    example = {
        "input_ids": [0, *labels],
        "span_kind": [asked] + [said] * len(labels),
        "teacher_at": [1 + place for place in at],
        "teacher_ids": np.concatenate(kept_ids).tolist(),
        "teacher_logp": np.concatenate(kept_logp).tolist(),
    }
    targets = collate([example]).targets
    truth = torch.stack([row(STUB.distribution(*step)) for step in steps])
    return Lesson(targets, truth, tuple(said[-1] if said else "" for _, said in steps))


def vocabulary() -> dict[bytes, int]:
    """Ids of all that the teacher can say here, and of words that it never says."""
    found = {f"never {number}".encode() for number in range(8)}
    for request in PROMPTS:
        said = [token.decode() for token, _ in told(request, 0)]
        for index in range(len(said)):
            found |= {piece.encode() for piece in STUB.distribution(request, said[:index])}
    return {piece: index for index, piece in enumerate(sorted(found))}


def row(outcomes: dict[str, float]) -> Tensor:
    found = torch.zeros(len(IDS), dtype=torch.float64)
    for piece, share in outcomes.items():
        found[IDS[piece.encode()]] = share
    return found


IDS = vocabulary()


def apart(logits_NV: Tensor, targets: Targets) -> Tensor:
    """The mean divergence, of a student whose last states are its logits."""
    objective = Distillation(DistillationConfig(divergence_weight=1.0))
    scale = {"divergence": 1 / objective.counts(targets, 0.0)["divergence"]}
    head = Head(torch.eye(logits_NV.shape[1], dtype=logits_NV.dtype))
    return head_pass(logits_NV, head, targets, Aim(objective, scale, norms=False)).total


def distil(taught: Lesson, contexts: Sequence[object]) -> Tensor:
    """Probabilities [N, V] of a student with one row of logits per different context."""
    places = {context: index for index, context in enumerate(dict.fromkeys(contexts))}
    rows_N = torch.tensor([places[context] for context in contexts])
    table = torch.zeros(len(places), len(IDS), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([table], lr=0.4, betas=(0.9, 0.95))
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        apart(table[rows_N], taught.targets).backward()
        optimizer.step()
        pace.step()
    return table.detach()[rows_N].softmax(-1)


def named(rows_NV: Tensor, truth_NV: Tensor) -> Tensor:
    """What the wire can name, [N, V], the others zero: END has no text, so it is in the tail."""
    kept = truth_NV > 0
    kept[:, IDS[b""]] = False
    return rows_NV * kept


def divergence(truth_NV: Tensor, student_NV: Tensor) -> Tensor:
    """KL(truth ‖ student) of each context over what can be named and one outcome more, nats."""
    truth, left = named(truth_NV, truth_NV), 1 - named(truth_NV, truth_NV).sum(-1)
    learnt = 1 - named(student_NV, truth_NV).sum(-1)
    return torch.special.xlogy(truth, truth / student_NV).sum(-1) + left * (left / learnt).log()


def test_every_step_of_the_answers_is_mapped_and_covered() -> None:
    taught = lesson(COVERS)
    assert len(taught.targets) == len(taught.truth_NV) and bool(taught.targets.taught_N.all())
    assert int((taught.truth_NV > 0).sum(-1).max()) <= COVERS


def test_with_all_outcomes_told_the_student_becomes_the_teacher() -> None:
    taught = lesson(COVERS)
    student = distil(taught, range(len(taught.truth_NV)))
    assert divergence(taught.truth_NV, student).max() < 1e-3
    learnt, truth = named(student, taught.truth_NV), named(taught.truth_NV, taught.truth_NV)
    torch.testing.assert_close(learnt, truth, atol=1e-4, rtol=0)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_with_k_told_it_learns_these_and_how_much_is_left(k: int) -> None:
    taught = lesson(k)
    student = distil(taught, range(len(taught.truth_NV)))
    is_told_NK = taught.targets.teacher_logp_NK.isfinite()
    ids = taught.targets.ids_NK.clamp_min(0)
    kept, learnt = (of.gather(-1, ids) * is_told_NK for of in (taught.truth_NV, student))
    torch.testing.assert_close(learnt, kept, atol=1e-4, rtol=0)
    torch.testing.assert_close(1 - learnt.sum(-1), 1 - kept.sum(-1), atol=1e-4, rtol=0)


def test_a_student_that_sees_one_piece_back_cannot_become_the_teacher() -> None:
    """After `_` the teacher goes on otherwise in each prompt: the distributions are of contexts."""
    taught = lesson(COVERS)
    student = distil(taught, taught.before)
    assert divergence(taught.truth_NV, student).max() > 0.1


@pytest.mark.parametrize("k", [1, 5, 12, COVERS])
def test_at_the_teacher_the_gradient_is_zero(k: int) -> None:
    taught = lesson(k)
    logits = taught.truth_NV.clamp_min(1e-12).log().requires_grad_()
    apart(logits, taught.targets).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() < 1e-6
    away = (logits.detach() + 0.1 * torch.eye(*logits.shape)).requires_grad_()
    apart(away, taught.targets).backward()
    assert away.grad is not None
    assert away.grad.abs().max() > 1e-6
