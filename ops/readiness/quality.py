"""How good the teacher is at its own task: named scores, never one number.

A single score hides which half fails: an earlier composite gave a perfect short call less than a
long explanation. Each share names what it is a share of.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ops.teacher.contract import REASONS

# Reasons behind which there is a whole answer, up to the first that judges what it says.
_ANSWERED = REASONS[REASONS.index("truncated") :]


def quality(responses: Iterable[Path]) -> dict[str, float]:
    """Shares of the teacher's answers over these folders; empty if there was no answer.

    answered_in_full   of all answers that came: not cut at max_tokens
    speaks             of those in full: words or a call, no refusal
    calls_parse        of those that speak: no broken call
    calls_fit_schema   of those that parse: offered tool, arguments that fit
    decision_right     of those that fit: not known to be wrong
    with_distribution  of the accepted: log-probabilities that are kept
    """
    reasons, accepted, told = Counter[str](), 0, 0
    for folder in responses:
        kept = pq.read_table(folder / "responses.parquet", columns=["logprobs"])["logprobs"]
        accepted += len(kept)
        told += kept.to_pylist().count("kept")
        refused = pq.read_table(folder / "refused.parquet", columns=["reason"])["reason"]
        reasons.update(refused.to_pylist())
    left = accepted + sum(reasons[reason] for reason in _ANSWERED)
    if not left:
        return {}
    scores: dict[str, Any] = {}
    for name, lost in (
        ("answered_in_full", ("truncated",)),
        ("speaks", ("refusal", "empty")),
        ("calls_parse", ("broken_call",)),
        ("calls_fit_schema", ("schema",)),
        ("decision_right", ("wrong_answer",)),
    ):
        kept_of = left - sum(reasons[reason] for reason in lost)
        scores[name] = round(kept_of / max(1, left), 4)
        left = kept_of
    return scores | {"with_distribution": round(told / max(1, accepted), 4)}
