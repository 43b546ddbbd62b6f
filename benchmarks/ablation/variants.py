"""What is left out or changed, and which two students tell what a term is worth.

The divergence is judged after kd alone: the second stage has a divergence of its own, which would
hide the first's. Process supervision is judged twice: beside as many steps of kd in one schedule,
and beside the same second stage whose whole weight is on distillation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PROCESS_SHARE = 0.2
"""Length of the second stage, as a share of the first's; that of the profile."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings that differ from the profile's (dotted key → YAML), and the stages that train.

    longer: the first stage takes the steps of the second too.
    """

    name: str
    title: str
    settings: Mapping[str, str] = field(default_factory=dict)
    process: bool = True
    longer: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the objective: the variant that has it and the one that has not."""

    title: str
    having: str
    lacking: str


DIVERGENCE = "kd.distillation.divergence_weight"
SUPERVISION = "process.supervision"
VARIANTS = {
    one.name: one
    for one in (
        Variant("profile", "kd, then process: the profile"),
        Variant("kd_longer", "kd alone, as many steps", process=False, longer=True),
        Variant(
            "kd_again",
            "kd, then process with all its weight on distillation",
            {f"{SUPERVISION}.kd_weight": "1.0", f"{SUPERVISION}.validity_weight": "0.0"},
        ),
        Variant(
            "no_grammar_mass",
            "kd, then process without grammar mass",
            {f"{SUPERVISION}.validity_weight": "0.0"},
        ),
        Variant("kd", "kd alone, the profile's weight of forward KL", process=False),
        Variant(
            "cross_entropy", "kd alone, without forward KL", {DIVERGENCE: "0.0"}, process=False
        ),
        Variant(
            "kd_half", "kd alone, weight 0.5 of forward KL", {DIVERGENCE: "0.5"}, process=False
        ),
    )
}
TERMS = (
    Term("Process supervision, beside as many steps of kd", "profile", "kd_longer"),
    Term("Process supervision, beside distillation in its place", "profile", "kd_again"),
    Term("Grammar mass in process supervision", "profile", "no_grammar_mass"),
    Term("Forward KL at the profile's weight, beside cross-entropy only", "kd", "cross_entropy"),
    Term("Forward KL at weight 0.5, beside cross-entropy only", "kd_half", "cross_entropy"),
)


def chosen(names: Sequence[str]) -> list[Variant]:
    """The variants of these names, all without any; an unknown name ends the program."""
    strange = [name for name in names if name not in VARIANTS]
    if strange:
        raise SystemExit(f"no variant is named {strange[0]}; there are {', '.join(VARIANTS)}")
    return [one for name, one in VARIANTS.items() if not names or name in names]
