"""Whether a student may ship: held-out prompts, free decoding, against the gate and the past.

It must reach the shares that are wanted, and be significantly worse than before the repair in no
share of right answers, over all prompts or over those of a kind (compare.py has the test).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ops.evaluation.config import GateConfig

Rates = dict[str, Any]
SHIPPED = ("heldout", "free")
"""Split and mode that the gate and the uplift look at: unseen prompts, decoded as anybody would."""
# Not perplexity, where a change too small to matter is soon significant; not the grammar's bytes.
LOOKED_AT = (
    "json_validity", "tool_selection", "argument_accuracy", "exact_match", "needless_calls",
    "missing_calls", "integration_f1", "truncation",
)  # fmt: skip
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed; each share as (name, found, wanted, passed), unknown never passes; what is worse."""

    passed: bool
    compared: list[tuple[str, float | None, float, bool]]
    worse: list[str]

    def sentence(self) -> str:
        """One line for a person: what fails, or all that holds."""
        parts = [
            f"{name} {'unknown' if found is None else f'{found:.1%}'} (wanted {wanted:.1%})"
            for name, found, wanted, passed in self.compared
            if self.passed or not passed
        ]
        more = f" and {len(self.worse) - SHOWN} more" if len(self.worse) > SHOWN else ""
        if self.worse:
            parts.append(f"worse than before: {'; '.join(self.worse[:SHOWN])}{more}")
        elif self.passed:
            parts.append("nothing worse than before")
        return f"gate {'passed' if self.passed else 'failed'}: " + ", ".join(parts)


def judge(after: Rates, comparison: Iterable[Rates], gate: GateConfig) -> Verdict:
    """Judge the rates of the repaired student, and the rows of COMPARISON with the one before."""
    wanted = [
        ("json_validity", after.get("json_validity"), gate.json_validity),
        ("tool_selection", after.get("tool_selection"), gate.tool_selection),
    ]
    compared = [
        (name, found, least, found is not None and found >= least) for name, found, least in wanted
    ]
    worse = [_told(row) for row in comparison if _is_worse(row)]
    return Verdict(all(row[3] for row in compared) and not worse, compared, worse)


def _is_worse(row: Rates) -> bool:
    shipped = (row["split"], row["mode"]) == SHIPPED
    return shipped and row["verdict"] == "worse" and row["measure"] in LOOKED_AT


def _told(row: Rates) -> str:
    return (
        f"{row['measure']} of {row['kind']} {row['before']:.1%} to {row['after']:.1%} "
        f"({row['lost']} lost, {row['gained']} gained, p {row['p_adjusted']:.2g})"
    )
