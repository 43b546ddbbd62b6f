"""Whether a student may ship: the numbers on held-out prompts, free decoding, against the gate."""

from dataclasses import dataclass
from typing import Any

from ops.evaluation.config import GateConfig

Rates = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed, and every comparison as (name, found, wanted, passed); unknown never passes."""

    passed: bool
    compared: list[tuple[str, float | None, float, bool]]

    def sentence(self) -> str:
        """One line for a person."""
        parts = [
            f"{name} {'unknown' if found is None else f'{found:.1%}'} (wanted {wanted:.1%})"
            for name, found, wanted, _ in self.compared
        ]
        return f"gate {'passed' if self.passed else 'failed'}: " + ", ".join(parts)


def judge(after: Rates, before: Rates, gate: GateConfig) -> Verdict:
    """JSON validity and tool selection as wanted, and exact answers no fewer than before repair."""
    wanted = [
        ("json_validity", after.get("json_validity"), gate.json_validity),
        ("tool_selection", after.get("tool_selection"), gate.tool_selection),
        ("exact_match", after.get("exact_match"), before.get("exact_match") or 0.0),
    ]
    compared = [
        (name, found, least, found is not None and found >= least) for name, found, least in wanted
    ]
    return Verdict(all(row[3] for row in compared), compared)
