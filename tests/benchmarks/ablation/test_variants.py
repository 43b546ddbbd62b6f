"""Each variant leaves out what it says, and nothing else of what is trained."""

import pytest

from benchmarks.ablation.run import settings
from benchmarks.ablation.variants import TERMS, VARIANTS, chosen
from ops.losses.distillation import Distillation
from ops.losses.supervision import ProcessSupervision
from ops.training.order import Order
from resources.profile import Profile, load

THERE = dict.fromkeys(
    ("cross_entropy", "divergence", "tool_name", "json_arguments", "integration", "json_validity"),
    True,
)


def profile(variant: str, epochs: float = load("tiny").kd.training.epochs) -> Profile:
    return load("tiny", settings(VARIANTS[variant], 9, epochs))


def second(variant: str) -> dict[str, float]:
    """Shares in the second stage."""
    return ProcessSupervision(profile(variant).process.supervision).weights(THERE, 0.0)


def test_the_profile_is_as_it_is_but_for_the_seeds() -> None:
    given, made = load("tiny"), profile("profile")
    seeded = {"training": given.kd.training.model_copy(update={"seed": 9})}
    assert made.kd == given.kd.model_copy(update=seeded)
    seeded = {"training": given.process.training.model_copy(update={"seed": 9})}
    assert made.process == given.process.model_copy(update=seeded)


def test_one_schedule_has_the_steps_of_both_stages() -> None:
    made = profile("kd_longer", epochs=2.0).kd.training
    whole = profile("profile", epochs=2.0)
    assert Order(500, made).steps == sum(
        Order(500, one.training).steps for one in (whole.kd, whole.process)
    )
    assert not VARIANTS["kd_longer"].process


def test_kd_again_has_the_second_stage_without_a_share_for_what_is_supervised() -> None:
    shares = second("kd_again")
    assert shares["cross_entropy"] + shares["divergence"] == pytest.approx(1.0)
    assert [shares[name] for name in ("tool_name", "json_arguments", "json_validity")] == [0, 0, 0]


def test_without_grammar_mass_the_decisions_have_its_share() -> None:
    whole, without = second("profile"), second("no_grammar_mass")
    assert whole["json_validity"] == pytest.approx(0.3 * 0.3)
    assert without["json_validity"] == 0.0
    assert without["cross_entropy"] == whole["cross_entropy"]
    assert without["tool_name"] == pytest.approx(whole["tool_name"] / 0.7)


@pytest.mark.parametrize(
    ("variant", "share"), [("kd", 0.2), ("cross_entropy", 0), ("kd_half", 0.5)]
)
def test_the_first_stage_has_the_weight_of_the_divergence(variant: str, share: float) -> None:
    weights = Distillation(profile(variant).kd.distillation).weights(THERE, 0.0)
    assert weights["divergence"] == pytest.approx(share)
    assert weights["cross_entropy"] == pytest.approx(1 - share)


def test_terms_compare_variants_that_are_there_and_train_as_long() -> None:
    for term in TERMS:
        having, lacking = VARIANTS[term.having], VARIANTS[term.lacking]
        lengths = {1 + (one.process or one.longer) for one in (having, lacking)}
        assert len(lengths) == 1, term.title


def test_a_variant_that_is_not_known_is_named() -> None:
    assert [one.name for one in chosen(["kd", "profile"])] == ["profile", "kd"]
    assert len(chosen([])) == len(VARIANTS)
    with pytest.raises(SystemExit, match="no variant is named theirs"):
        chosen(["theirs"])
