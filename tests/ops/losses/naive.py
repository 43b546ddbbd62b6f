"""What a head shows of whole logits, targets that a teacher left, and references written plainly.

The references know nothing of the code under test: they walk over tokens one by one, over the whole
vocabulary, in double precision, and leave the gradient to autograd on the logits.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ops.losses.contract import Objective, Outcomes, Targets
from ops.spans.contract import KINDS

Distance = Callable[[Tensor, Tensor], Tensor]


def draw(seed: int, *shape: int, scale: float = 2.0) -> Tensor:
    """Normal numbers in double precision."""
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


def logs(seed: int, rows: int, outcomes: int, scale: float = 2.0) -> Tensor:
    """Log-probabilities of rows."""
    return draw(seed, rows, outcomes, scale=scale).log_softmax(-1)


def look(logits_NV: Tensor, targets: Targets, allowed_NV: Tensor | None = None) -> Outcomes:
    """The outcomes of whole logits."""
    log_NV, ids_NK = logits_NV.log_softmax(-1), targets.ids_NK
    there_NK = ids_NK >= 0
    listed_NK = log_NV.gather(-1, ids_NK.clamp_min(0))
    hidden_NV = torch.zeros_like(log_NV, dtype=torch.bool)
    for row, ids in enumerate(ids_NK.tolist()):
        hidden_NV[row, [token for token in ids if token >= 0]] = True
    return Outcomes(
        torch.where(there_NK, listed_NK, float("-inf")),
        log_NV.masked_fill(hidden_NV, float("-inf")).logsumexp(-1),
        None
        if allowed_NV is None
        else log_NV.masked_fill(~allowed_NV, float("-inf")).logsumexp(-1),
    )


def told(
    teacher_NV: Tensor, labels: list[int], k: int, kinds: list[str], untaught: tuple[int, ...] = ()
) -> Targets:
    """Targets of a teacher that tells its k likeliest tokens in all but some rows."""
    log_NV = teacher_NV.log_softmax(-1)
    ids, logp = [], []
    for row, label in enumerate(labels):
        top = {} if row in untaught else dict(zip(*_top(log_NV[row], k), strict=True))
        others = [token for token in top if token != label]
        width = k + 1
        ids.append(([label, *others] + [-1] * width)[:width])
        known = [top.get(label, float("-inf")), *(top[token] for token in others)]
        logp.append((known + [float("-inf")] * width)[:width])
    rows = len(labels)
    return Targets(
        ids_NK=torch.tensor(ids),
        teacher_logp_NK=torch.tensor(logp, dtype=torch.float64),
        kinds_N=torch.tensor([KINDS.index(kind) for kind in kinds]),
        weights_N=torch.ones(rows, dtype=torch.float64),
        spans_N=torch.arange(rows) // 2,
        broken_N=torch.zeros(rows, dtype=torch.bool),
    )


def _top(log_V: Tensor, k: int) -> tuple[list[int], list[float]]:
    values, ids = log_V.topk(k)
    return ids.tolist(), values.tolist()


def merged(logits_NV: Tensor, targets: Targets) -> list[tuple[Tensor, Tensor]]:
    """(p, q) of each row over the tokens that the teacher told and all others together."""
    pairs = []
    for row, q_V in enumerate(logits_NV.softmax(-1)):
        known = {
            token: p
            for token, p in zip(
                targets.ids_NK[row].tolist(),
                targets.teacher_logp_NK[row].exp().tolist(),
                strict=True,
            )
            if token >= 0 and p > 0
        }
        rest = [token for token in range(len(q_V)) if token not in known]
        p = torch.tensor([*known.values(), 1 - sum(known.values())], dtype=torch.float64)
        pairs.append((p, torch.stack([*(q_V[token] for token in known), q_V[rest].sum()])))
    return pairs


def distances(logits_NV: Tensor, targets: Targets, distance: Distance) -> Tensor:
    """The distance of each row; 0 where the teacher told nothing."""
    return torch.stack([distance(p, q) for p, q in merged(logits_NV, targets)])


def kl(p: Tensor, q: Tensor) -> Tensor:
    """KL(p ‖ q) of two vectors."""
    return (p * (p / q).log()).sum()


def tempered(p: Tensor, temperature: float) -> Tensor:
    """p^(1/T), renormalised."""
    powers = p ** (1.0 / temperature)
    return powers / powers.sum()


def nats(logits_NV: Tensor, targets: Targets) -> Tensor:
    """-log q of the label of each row."""
    q_NV = logits_NV.softmax(-1)
    return torch.stack([-q_NV[row, ids[0]].log() for row, ids in enumerate(targets.ids_NK)])


def descended(
    objective: Objective, seen: Outcomes, targets: Targets, progress: float = 0.0, cut: int = 0
) -> Tensor:
    """What the loop descends: Σ weight · sum / count, the rows in one chunk or cut in two."""
    counts = objective.counts(targets, progress)
    weights = objective.weights({name: count > 0 for name, count in counts.items()}, progress)
    whole: dict[str, Tensor] = {}
    for rows in (slice(0, cut), slice(cut, None)) if cut else (slice(None),):
        allowed = None if seen.allowed_C is None else seen.allowed_C[rows]
        part = Outcomes(seen.logq_CK[rows], seen.tail_C[rows], allowed)
        for name, value in objective.sums(part, targets.chunk(rows), progress).items():
            whole[name] = whole.get(name, torch.zeros((), dtype=torch.float64)) + value
    assert set(whole) == set(counts)
    assert not any(weights.values()) or abs(sum(weights.values()) - 1) < 1e-12
    return weighted(whole, counts, weights)


def weighted(
    sums: Mapping[str, Tensor], counts: Mapping[str, float], weights: Mapping[str, float]
) -> Tensor:
    """Σ weight · sum / count."""
    loss = torch.zeros((), dtype=torch.float64)
    for name, weight in weights.items():
        loss = loss + weight * sums[name] / counts[name]
    return loss


def gradient(loss: Tensor, logits_NV: Tensor) -> Tensor:
    """d loss / d logits."""
    (found,) = torch.autograd.grad(loss, logits_NV, retain_graph=True)
    return found
