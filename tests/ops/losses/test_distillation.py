"""Distillation against a loop over tokens, and which rows each of its parts reaches."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ops.losses.config import (
    DistillationConfig,
    DivergenceConfig,
    EntropyConfig,
    TemperatureConfig,
)
from ops.losses.contract import Outcomes, Targets
from ops.losses.distillation import Distillation, divergence_share
from ops.losses.outcomes import teacher
from tests.ops.losses.naive import (
    descended,
    distances,
    draw,
    gradient,
    kl,
    look,
    merged,
    nats,
    tempered,
    told,
)

N, V = 8, 11
UNTAUGHT, TRUTH, BROKEN = (2, 5), 4, 7
WEIGHTS = torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 0.0, 1.0]).double()


def targets() -> Targets:
    """Eight tokens: two not taught, one known to be right, one of no weight, one broken."""
    plain = told(draw(1, N, V), [0, 10, 3, 3, 7, 2, 9, 1], 3, ["prose"] * N, UNTAUGHT)
    at = torch.arange(N)
    return replace(plain, weights_N=WEIGHTS, truth_N=at == TRUTH, broken_N=at == BROKEN)


def student() -> Tensor:
    return draw(2, N, V).requires_grad_()


def reached(loss: Tensor, logits: Tensor) -> list[int]:
    return gradient(loss, logits).abs().sum(-1).nonzero().flatten().tolist()


def mean(values: Tensor, rows: list[int]) -> Tensor:
    return (values[rows] * WEIGHTS[rows]).sum() / WEIGHTS[rows].sum()


def test_is_the_weighted_means_of_its_parts() -> None:
    logits, wanted = student(), targets()
    config = DistillationConfig(divergence_weight=0.4, truth_start=0.25)
    found = descended(Distillation(config), look(logits, wanted), wanted)
    text, apart = nats(logits, wanted), distances(logits, wanted, kl)
    expected = 0.75 * 0.6 * mean(text, [0, 1, 2, 3, 5, 6])
    expected = expected + 0.75 * 0.4 * mean(apart, [0, 1, 3, 4, 6]) + 0.25 * text[TRUTH]
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-9, rtol=0
    )


def test_a_temperature_and_a_divergence_are_those_that_are_named() -> None:
    logits, wanted = student(), targets()
    config = DistillationConfig(
        divergence=DivergenceConfig(name="reverse_kl"),
        divergence_weight=1.0,
        temperature=TemperatureConfig(kind="linear", start=3.0, end=1.0),
        truth_start=0.0,
        truth_end=0.0,
    )
    found = descended(Distillation(config), look(logits, wanted), wanted, progress=0.5)

    def distance(p: Tensor, q: Tensor) -> Tensor:
        return 4 * kl(tempered(q, 2.0), tempered(p, 2.0))

    expected = mean(distances(logits, wanted, distance), [0, 1, 3, 4, 6])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        gradient(found, logits), gradient(expected, logits), atol=1e-9, rtol=0
    )


def test_entropy_shares_the_loss_of_each_token_out() -> None:
    logits, wanted = student(), targets()
    config = DistillationConfig(entropy=EntropyConfig(low=0.2, high=0.8), truth_start=0.0)
    found = descended(Distillation(config), look(logits, wanted), wanted)
    text, apart = nats(logits, wanted), distances(logits, wanted, kl)
    rows = [0, 1, 2, 3, 5, 6]
    mixed = []
    for row, (p, _) in enumerate(merged(logits, wanted)):
        entropy = -(p * p.log()).sum() / torch.tensor(5.0).log()  # four listed tokens and the tail
        share = 0.0 if row in UNTAUGHT else 0.2 + 0.6 * entropy
        mixed.append(share * apart[row] + (1 - share) * text[row])
    torch.testing.assert_close(found, mean(torch.stack(mixed), rows), atol=1e-6, rtol=1e-6)


def test_a_small_entropy_still_leaves_a_divergence() -> None:
    """A third of a nat, as a teacher of tool calls has: not a share of 0."""
    wanted = replace(
        targets().chunk(slice(0, 1)),
        ids_NK=torch.tensor([[0, 1]]),
        teacher_logp_NK=torch.tensor([[0.9, 0.1]]).double().log(),
    )
    share = divergence_share(EntropyConfig(low=0.0, high=1.0), teacher(wanted))
    assert share.item() == pytest.approx(0.325 / 1.0986, abs=1e-3)


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_the_sums_do_not_depend_on_how_the_rows_are_cut(cut: int) -> None:
    logits, wanted = student(), targets()
    for name in ("forward_kl", "adaptive", "wasserstein"):
        config = DistillationConfig(divergence=DivergenceConfig(name=name))
        seen, objective = look(logits, wanted), Distillation(config, draw(5, V, 3))
        whole = descended(objective, seen, wanted)
        torch.testing.assert_close(descended(objective, seen, wanted, cut=cut), whole)


def test_micro_batches_add_up_to_the_batch() -> None:
    wanted, objective = targets(), Distillation(DistillationConfig())
    halves = [wanted.chunk(slice(0, 3)), wanted.chunk(slice(3, None))]
    counts = [objective.counts(half, 0.0) for half in halves]
    whole = objective.counts(wanted, 0.0)
    assert {name: sum(one[name] for one in counts) for name in whole} == pytest.approx(whole)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        pytest.param(["cross_entropy", "divergence", "ground_truth"], [0.35, 0.35, 0.3], id="all"),
        pytest.param(["cross_entropy", "divergence"], [0.5, 0.5], id="no_truth"),
        pytest.param(["cross_entropy"], [1.0], id="text_alone"),
        pytest.param(["divergence", "ground_truth"], [0.7, 0.3], id="no_text"),
    ],
)
def test_what_is_absent_leaves_its_weight_to_its_siblings(
    present: list[str], expected: list[float]
) -> None:
    objective = Distillation(DistillationConfig())
    names = ("cross_entropy", "divergence", "ground_truth")
    found = objective.weights({name: name in present for name in names}, 0.0)
    assert found == pytest.approx(dict(zip(present, expected, strict=True)))


def test_the_weight_of_truth_grows_over_the_run_and_stops() -> None:
    objective = Distillation(DistillationConfig(truth_start=0.3, truth_end=0.7))
    there = dict.fromkeys(("cross_entropy", "divergence", "ground_truth"), True)
    found = [objective.weights(there, at)["ground_truth"] for at in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    assert found == pytest.approx([0.3, 0.3, 0.5, 0.7, 0.7])


def test_each_part_reaches_its_own_rows() -> None:
    logits, wanted = student(), targets()
    sums = Distillation(DistillationConfig()).sums(look(logits, wanted), wanted, 0.0)
    assert reached(sums["cross_entropy"], logits) == [0, 1, 2, 3, 5]
    assert reached(sums["divergence"], logits) == [0, 1, 3, 4]
    assert reached(sums["ground_truth"], logits) == [TRUTH]


def test_rows_without_weight_are_as_if_they_were_not_there() -> None:
    logits, wanted = student(), targets()
    short = wanted.chunk(slice(0, 6))
    padded = replace(wanted, weights_N=WEIGHTS * (torch.arange(N) < 6))
    objective = Distillation(DistillationConfig())
    torch.testing.assert_close(
        descended(objective, look(logits, padded), padded),
        descended(objective, look(logits[:6], short), short),
    )


@pytest.mark.parametrize("rows", [slice(0, 0), slice(BROKEN, None)], ids=["none", "broken"])
def test_without_a_row_each_sum_is_zero_with_a_path_for_the_gradient(rows: slice) -> None:
    logits, wanted = student(), targets().chunk(rows)
    objective = Distillation(DistillationConfig(entropy=EntropyConfig()))
    sums = objective.sums(look(logits[rows], wanted), wanted, 0.0)
    assert {name: value.item() for name, value in sums.items()} == dict.fromkeys(sums, 0.0)
    assert gradient(sum(sums.values(), torch.zeros(())), logits).abs().max() == 0
    assert set(objective.counts(wanted, 0.0).values()) == {0.0}
    assert objective.weights(dict.fromkeys(sums, False), 0.0) == {}


def test_a_value_that_is_not_finite_in_a_row_without_weight_adds_nothing() -> None:
    wanted = replace(targets(), weights_N=WEIGHTS * 0)
    seen = look(student(), wanted)
    broken = Outcomes(torch.full_like(seen.logq_CK, float("-inf")), seen.tail_C)
    sums = Distillation(DistillationConfig()).sums(broken, wanted, 0.0)
    assert sums["cross_entropy"].item() == 0


def test_adaptive_goes_on_from_the_agreement_of_the_step_before() -> None:
    logits, wanted = student(), targets()
    config = DistillationConfig(divergence=DivergenceConfig(name="adaptive"))
    first, seen = Distillation(config), look(logits, wanted)
    counts, sums = first.counts(wanted, 0.0), first.sums(seen, wanted, 0.0)
    p_q = [(p[:-1], q[:-1]) for p, q in merged(logits, wanted)]
    agrees = torch.tensor([p.argmax() == q.argmax() if len(p) else False for p, q in p_q])
    rows = [0, 1, 3, 4, 6]
    assert (sums["agreement"] / counts["agreement"]).item() == pytest.approx(
        mean(agrees.double(), rows).item()
    )
    first.stepped({"agreement": 0.75})
    second = Distillation(config)
    second.restore(first.state())
    at = [one.sums(seen, wanted, 0.0)["divergence"].item() for one in (first, second)]
    assert at[0] == at[1] != sums["divergence"].item()
