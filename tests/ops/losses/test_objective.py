"""What each term weighs, and which logits it reaches."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ops.losses.objective import Targets, Terms, combine, kd, process, topk_forward_kl
from ops.spans.contract import KINDS

N, V = 7, 13
NAME, JSON, CARRIES, PROSE = (
    KINDS.index(kind) for kind in ("tool_name", "json_arguments", "integration", "prose")
)
OF = torch.tensor([PROSE, NAME, NAME, JSON, PROSE, JSON, JSON])
WEIGHTS = {"tool_name": 0.15, "json_arguments": 0.05, "integration": 0.10}


def targets(rows: tuple[int, ...] = (1, 4)) -> Targets:
    drawn = torch.Generator().manual_seed(1)
    logp, ids = torch.randn(len(rows), V, generator=drawn).log_softmax(-1).topk(3)
    labels = torch.randint(0, V, (N,), generator=drawn)
    return Targets(labels, OF, torch.tensor(rows, dtype=torch.long), ids, logp)


def student() -> Tensor:
    return torch.randn(N, V, generator=torch.Generator().manual_seed(2)).requires_grad_()


def reached(logits: Tensor, loss: Tensor) -> list[int]:
    """Rows of the logits that the loss moves."""
    (grad,) = torch.autograd.grad(loss, logits)
    return grad.abs().sum(-1).nonzero().flatten().tolist()


def test_without_divergence_kd_is_cross_entropy() -> None:
    logits = student()
    terms = kd(logits, targets(), 0.0)
    torch.testing.assert_close(terms.total, functional.cross_entropy(logits, targets().labels_N))
    assert list(terms.parts) == ["cross_entropy"]


def test_kd_mixes_where_the_teacher_is_known_and_nowhere_else() -> None:
    logits, wanted = student(), targets()
    terms = kd(logits, wanted, 0.25)
    ce = functional.cross_entropy(logits, wanted.labels_N, reduction="none")
    kl = topk_forward_kl(logits[[1, 4]], wanted.teacher_ids_MK, wanted.teacher_logp_MK)
    expected = ce.clone()
    expected[[1, 4]] = 0.75 * ce[[1, 4]] + 0.25 * kl
    torch.testing.assert_close(terms.total, expected.mean())
    torch.testing.assert_close(terms.parts["divergence"], kl.mean().detach())
    torch.testing.assert_close(terms.parts["cross_entropy"], ce.mean().detach())


def test_divergence_alone_takes_no_account_of_the_text() -> None:
    wanted = targets(rows=tuple(range(N)))
    other = replace(wanted, labels_N=(wanted.labels_N + 1) % V)
    logits = student()
    torch.testing.assert_close(kd(logits, wanted, 1.0).total, kd(logits, other, 1.0).total)


def test_kd_without_any_distribution_is_cross_entropy() -> None:
    logits = student()
    none = targets(rows=())
    assert kd(logits, none, 0.5).total == kd(logits, none, 0.0).total
    assert "divergence" not in kd(logits, none, 0.5).parts


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        pytest.param("tool_name", [1, 2], id="tool_name"),
        pytest.param("json_arguments", [3, 5, 6], id="json_arguments"),
    ],
)
def test_a_process_term_reaches_only_the_tokens_of_its_kind(kind: str, rows: list[int]) -> None:
    logits = student()
    terms = process(logits, targets(), {kind: 1.0})
    assert terms is not None
    assert reached(logits, terms.total) == rows
    ce = functional.cross_entropy(logits, targets().labels_N, reduction="none")
    torch.testing.assert_close(terms.total, ce[rows].mean())


def test_process_weights_renormalise_over_the_kinds_in_the_batch() -> None:
    """Integration is absent: 0.15 and 0.05 become three quarters and one quarter."""
    logits = student()
    terms = process(logits, targets(), WEIGHTS)
    assert terms is not None
    assert set(terms.parts) == {"tool_name", "json_arguments"}
    expected = 0.75 * terms.parts["tool_name"] + 0.25 * terms.parts["json_arguments"]
    torch.testing.assert_close(terms.total.detach(), expected)


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param({"integration": 1.0}, id="no_token_of_the_kind"),
        pytest.param({"tool_name": 0.0}, id="no_weight"),
        pytest.param({}, id="nothing_asked"),
    ],
)
def test_process_is_none_when_there_is_nothing_to_supervise(weights: dict[str, float]) -> None:
    assert process(student(), targets(), weights) is None


def test_combine_adds_up() -> None:
    distilled = Terms(torch.tensor(2.0), {"cross_entropy": torch.tensor(2.0)})
    supervised = Terms(torch.tensor(5.0), {"tool_name": torch.tensor(5.0)})
    both = combine(distilled, supervised, 0.3)
    assert both.total.item() == pytest.approx(0.7 * 2 + 0.3 * 5)
    assert set(both.parts) == {"cross_entropy", "tool_name"}
    assert combine(distilled, None, 0.3) is distilled


def test_parts_carry_no_gradient() -> None:
    logits = student()
    supervised = process(logits, targets(), WEIGHTS)
    terms = combine(kd(logits, targets(), 0.5), supervised, 0.3)
    assert terms.total.requires_grad
    assert not any(part.requires_grad for part in terms.parts.values())
