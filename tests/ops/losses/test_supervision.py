"""Process supervision: what each decision weighs, what it reaches, and that it is learnt."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ops.losses.config import DistillationConfig, SupervisionConfig
from ops.losses.contract import Targets
from ops.losses.supervision import ProcessSupervision
from tests.ops.losses.naive import descended, distances, draw, gradient, kl, look, nats, told

V = 11
KINDS = ["prose", "action", "tool_name", "tool_name", "json_arguments", "json_value", "integration"]
N = len(KINDS)


def targets(masked: bool = True) -> Targets:
    plain = told(draw(1, N, V), [0, 10, 3, 3, 7, 2, 9], 3, KINDS, untaught=(1,))
    if not masked:
        return plain
    return replace(plain, masked_N=torch.tensor([True, True, True, False, True, True, True]))


def allowed() -> Tensor:
    """What the grammar allows; the label always."""
    mask = draw(3, N, V) > 0
    mask[range(N), targets().ids_NK[:, 0]] = True
    return mask


def reached(loss: Tensor, logits: Tensor) -> list[int]:
    return gradient(loss, logits).abs().sum(-1).nonzero().flatten().tolist()


def test_is_the_two_groups() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    found = descended(
        ProcessSupervision(SupervisionConfig()), look(logits, wanted, allowed()), wanted
    )
    text, apart = nats(logits, wanted), distances(logits, wanted, kl)
    kd = 0.5 * text.mean() + 0.5 * apart[[0, 2, 3, 4, 5, 6]].mean()
    mass = (logits.softmax(-1) * allowed()).sum(-1)
    valid = -mass.log()[[1, 2, 4, 5]].mean()
    decisions = 0.15 * text[2:4].mean() + 0.15 * text[4:6].mean() + 0.10 * text[6]
    expected = 0.7 * kd + 0.3 * (0.3 * valid + 0.7 * decisions / 0.4)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-9, rtol=0
    )


@pytest.mark.parametrize("cut", [1, 4])
def test_the_sums_do_not_depend_on_how_the_rows_are_cut(cut: int) -> None:
    logits, wanted = draw(2, N, V), targets()
    objective, seen = ProcessSupervision(SupervisionConfig()), look(logits, wanted, allowed())
    torch.testing.assert_close(
        descended(objective, seen, wanted, cut=cut), descended(objective, seen, wanted)
    )


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tool_name", [2, 3]),
        ("json_arguments", [4, 5]),
        ("integration", [6]),
        ("json_validity", [1, 2, 4, 5]),
    ],
)
def test_each_term_reaches_its_own_rows(name: str, rows: list[int]) -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    sums = ProcessSupervision(SupervisionConfig()).sums(
        look(logits, wanted, allowed()), wanted, 0.0
    )
    assert reached(sums[name], logits) == rows


def test_a_span_that_lies_one_further_reaches_one_further() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    moved = replace(wanted, kinds_N=wanted.kinds_N.roll(1))
    objective = ProcessSupervision(SupervisionConfig())
    rows = [
        reached(objective.sums(look(logits, one), one, 0.0)["tool_name"], logits)
        for one in (wanted, moved)
    ]
    assert rows == [[2, 3], [3, 4]]


def test_a_broken_output_is_never_a_decision() -> None:
    logits, wanted = draw(2, N, V).requires_grad_(), targets()
    wanted = replace(wanted, broken_N=torch.arange(N) == 2)
    sums = ProcessSupervision(SupervisionConfig()).sums(look(logits, wanted), wanted, 0.0)
    assert reached(sums["tool_name"], logits) == [3]


def test_validity_is_zero_if_and_only_if_all_mass_is_allowed() -> None:
    wanted = targets()
    objective = ProcessSupervision(SupervisionConfig())
    everything = torch.ones(N, V, dtype=torch.bool)
    logits = draw(2, N, V)
    free = objective.sums(look(logits, wanted, everything), wanted, 0.0)["json_validity"]
    assert free.item() == pytest.approx(0.0, abs=1e-12)
    kept = logits.masked_fill(~allowed(), -1e9)
    sure = objective.sums(look(kept, wanted, allowed()), wanted, 0.0)["json_validity"]
    assert sure.item() == pytest.approx(0.0, abs=1e-12)
    assert objective.sums(look(logits, wanted, allowed()), wanted, 0.0)["json_validity"] > 0.1


def test_without_a_grammar_validity_is_absent_and_the_decisions_have_its_weight() -> None:
    wanted = targets(masked=False)
    objective = ProcessSupervision(SupervisionConfig())
    counts = objective.counts(wanted, 0.0)
    assert counts["json_validity"] == 0
    shares = objective.weights({name: count > 0 for name, count in counts.items()}, 0.0)
    assert "json_validity" not in shares
    assert sum(shares[name] for name in ("tool_name", "json_arguments", "integration")) == (
        pytest.approx(0.3)
    )


def test_without_any_decision_it_is_distillation() -> None:
    config = SupervisionConfig()
    wanted = told(draw(1, 3, V), [1, 2, 3], 3, ["prose"] * 3)
    seen = look(draw(2, 3, V), wanted)
    objective = ProcessSupervision(config)
    torch.testing.assert_close(
        descended(objective, seen, wanted), descended(objective.kd, seen, wanted)
    )


def test_the_published_name_is_the_weight_of_distillation() -> None:
    read = SupervisionConfig.model_validate({"process_supervision_weight": 0.6})
    assert read.kd_weight == 0.6
    with pytest.raises(ValueError, match="two names of one weight"):
        SupervisionConfig.model_validate({"process_supervision_weight": 0.6, "kd_weight": 0.6})


@pytest.mark.parametrize("kd_weight", [0.0, 0.7])
def test_descending_it_learns_the_decisions(kd_weight: float) -> None:
    """With the process group alone too: every tool name and argument is then the likeliest."""
    wanted = targets()
    config = SupervisionConfig(
        kd_weight=kd_weight, distillation=DistillationConfig(divergence_weight=0.0)
    )
    objective, logits = ProcessSupervision(config), draw(2, N, V).requires_grad_()
    optimizer = torch.optim.Adam([logits], lr=0.6)
    for _ in range(30):
        optimizer.zero_grad()
        descended(objective, look(logits, wanted, allowed()), wanted).backward()
        optimizer.step()
    assert logits.argmax(-1)[2:].tolist() == wanted.ids_NK[2:, 0].tolist()
