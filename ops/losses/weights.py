"""What each token of an example counts for in the objective of process supervision.

The same sums as supervision.py makes of means where no grammar is known and nothing compared: for a
person who looks at an example, and as a second account of what is trained. Unit: none; the mean
over targets is 1, or 0 if all weight is on decisions and there are none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from ops.spans.contract import CONTEXT_KINDS, DECISIONS, KINDS

_DECISION = {KINDS.index(kind): name for name, kinds in DECISIONS.items() for kind in kinds}
_CONTEXT = frozenset(KINDS.index(kind) for kind in CONTEXT_KINDS)


def token_weights(
    span_kind: Sequence[int], process_weight: float, decisions: Mapping[str, float]
) -> list[float]:
    """The weight of each token, 0 for context; the example taken as a batch of its own.

    >>> prompt, prose, name = (KINDS.index(kind) for kind in ("prompt", "prose", "tool_name"))
    >>> token_weights([prompt, name, prose, prose], 0.5, {"tool_name": 0.15})
    [0.0, 2.0, 0.5, 0.5]
    """
    targets = sum(kind not in _CONTEXT for kind in span_kind)
    counted = Counter(_DECISION[kind] for kind in span_kind if kind in _DECISION)
    present = {name: weight for name, weight in decisions.items() if weight > 0 and counted[name]}
    whole = sum(present.values())
    shared = 1.0 - process_weight if present or process_weight == 1.0 else 1.0

    def weight(kind: int) -> float:
        if kind in _CONTEXT:
            return 0.0
        name = _DECISION.get(kind, "")
        extra = present[name] / whole / counted[name] if name in present else 0.0
        return shared + process_weight * extra * targets

    return [weight(kind) for kind in span_kind]
