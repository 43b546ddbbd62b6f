"""A small head, targets and masks, objectives that are written here, and the naive reference.

Everything in 64 bits unless it is asked for otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ops.grammar.masks import MaskTable
from ops.losses.allowed import Allowed
from ops.losses.contract import Outcomes, Sums, Targets

N, V, H, K = 13, 37, 5, 4
F64 = torch.float64
Loss = Callable[[Outcomes, Targets], Tensor]
TERMS: dict[str, Loss] = {}


def term(loss: Loss) -> Loss:
    TERMS[loss.__name__] = loss
    return loss


@term
def ce(seen: Outcomes, targets: Targets) -> Tensor:
    return -(targets.weights_N * seen.logq_CK[:, 0]).sum()


@term
def forward_kl(seen: Outcomes, targets: Targets) -> Tensor:
    known = targets.ids_NK >= 0
    p = targets.teacher_logp_NK.exp() * known
    tail = (1 - p.sum(1)).clamp_min(1e-6)
    apart = torch.where(known, targets.teacher_logp_NK - seen.logq_CK, 0.0)
    return ((p * apart).sum(1) + tail * (tail.log() - seen.tail_C)).sum()


@term
def reverse_kl(seen: Outcomes, targets: Targets) -> Tensor:
    known = targets.ids_NK >= 0
    logq = torch.where(known, seen.logq_CK, 0.0)
    apart = torch.where(known, logq.exp() * (logq - targets.teacher_logp_NK), 0.0)
    return (apart.sum(1) + seen.tail_C.exp() * (seen.tail_C + 1.5)).sum()


@term
def grammar(seen: Outcomes, targets: Targets) -> Tensor:
    assert seen.allowed_C is not None
    return -(targets.weights_N * seen.allowed_C).sum()


class Sum:
    """The named terms; what the contract asks for besides sums is not used by a pass."""

    looks_first = False

    def __init__(self, *names: str) -> None:
        self.names = names

    def sums(self, seen: Outcomes, targets: Targets, progress: float) -> Sums:
        return {name: TERMS[name](seen, targets) for name in self.names}

    def counts(self, targets: Targets) -> dict[str, float]:
        return dict.fromkeys(self.names, float(len(targets)))

    def weights(self, present: Mapping[str, bool], progress: float) -> dict[str, float]:
        return dict.fromkeys(self.names, 1 / len(self.names))

    def prepared(self, seen: Outcomes, targets: Targets, progress: float) -> Targets:
        return targets

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None: ...

    def stepped(self, means: Mapping[str, float]) -> None: ...


SCALES = {"ce": 0.3, "forward_kl": 0.07, "reverse_kl": 0.11, "grammar": 0.5}


def draw(seed: int, *shape: int, dtype: torch.dtype = F64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64).to(dtype)


def made(k: int = K, missing: bool = True, rows: int = N, dtype: torch.dtype = F64) -> Targets:
    """Targets whose rows list different tokens, some of them none but the label."""
    drawn = torch.Generator().manual_seed(3)
    ids = torch.stack([torch.randperm(V, generator=drawn)[:k] for _ in range(N)])
    logp = draw(4, N, k + 1, dtype=dtype).log_softmax(1)[:, :k]
    if missing and k > 1:
        ids[::3, -1], logp[::3, -1] = -1, float("-inf")
        ids[1, 1:], logp[1, 1:] = -1, float("-inf")
    zeros, weights = torch.zeros(N, dtype=torch.long), draw(5, N, dtype=dtype).abs()
    whole = Targets(ids, logp, zeros, weights, torch.arange(N), zeros.bool())
    return whole.chunk(slice(0, rows))


class World:
    """A head and hidden states that can be differentiated by."""

    def __init__(self, bias: bool = True, dtype: torch.dtype = F64, size: float = 1.0) -> None:
        self.hidden = (size * draw(0, N, H, dtype=dtype)).requires_grad_()
        self.weight = draw(1, V, H, dtype=dtype).requires_grad_()
        self.bias = draw(2, V, dtype=dtype).requires_grad_() if bias else None

    def factors(self) -> list[Tensor]:
        return [one for one in (self.hidden, self.weight, self.bias) if one is not None]

    def logits(self) -> Tensor:
        return nn.functional.linear(self.hidden, self.weight, self.bias)


def masks() -> tuple[Allowed, Tensor]:
    """Three masks that allow the label among others; and as booleans, all true without one."""
    drawn, ids = torch.Generator().manual_seed(8), made().ids_NK
    at = torch.tensor([-1, 0, 1, 2] * 4)[:N]
    legal = torch.rand(3, V, generator=drawn) < 0.2
    legal[at.clamp_min(0), ids[:, 0]] = True
    table = MaskTable(V)
    for row in legal:
        words = sum(1 << v for v in row.nonzero()[:, 0].tolist())
        table.number(words.to_bytes(8, "little"))
    everywhere = legal[at.clamp_min(0)] | (at < 0)[:, None]
    return Allowed(at, torch.from_numpy(table.rows().copy())), everywhere


def naive(logits_NV: Tensor, targets: Targets, legal_NV: Tensor | None = None) -> Outcomes:
    """From full log-probabilities and a mask of what is listed."""
    logq = logits_NV.log_softmax(1)
    listed = torch.zeros_like(logq, dtype=torch.bool)
    for row, ids in enumerate(targets.ids_NK.tolist()):
        listed[row, [one for one in ids if one >= 0]] = True
    picked = torch.stack(
        [
            torch.stack(
                [logq[row, one] if one >= 0 else logq.new_tensor(-torch.inf) for one in ids]
            )
            for row, ids in enumerate(targets.ids_NK.tolist())
        ]
    )
    tail = logq.masked_fill(listed, -torch.inf).logsumexp(1)
    if legal_NV is None:
        return Outcomes(picked, tail)
    some = ~legal_NV.all(1)
    legal = logq.masked_fill(~legal_NV, -torch.inf).logsumexp(1)
    return Outcomes(picked, tail, torch.where(some, legal, 0.0))


def same(found: Tensor | None, expected: Tensor | None, atol: float = 1e-9) -> None:
    torch.testing.assert_close(found, expected, atol=atol, rtol=0)


class Products(TorchDispatchMode):
    """How many large matrix products were made."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm_)
        return func(*args, **(kwargs or {}))


@contextmanager
def products() -> Iterator[Products]:
    with Products() as counted:
        yield counted
