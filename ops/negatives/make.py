"""Every negative of an example: which kinds are tried, in which order, and what they come to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ops.negatives.arguments import extra_argument, missing_argument, truncated, wrong_type
from ops.negatives.change import Change
from ops.negatives.config import NegativeKind, NegativesConfig
from ops.negatives.example import Example
from ops.negatives.judge import Claim, objection
from ops.negatives.tools import invented_tool, needless_call, wrong_tool

MAKERS: dict[NegativeKind, Callable[[Example], Change | str]] = {
    "wrong_tool": wrong_tool,
    "missing_argument": missing_argument,
    "extra_argument": extra_argument,
    "wrong_type": wrong_type,
    "invented_tool": invented_tool,
    "truncated": truncated,
    "needless_call": needless_call,
}


@dataclass(slots=True)
class Made:
    """The changes by kind, and the reasons why other kinds are absent."""

    changes: dict[NegativeKind, Change] = field(default_factory=dict)
    absent: dict[NegativeKind, str] = field(default_factory=dict)


def make(example: Example, config: NegativesConfig) -> Made:
    """The negatives of one example, `config.most` of them; the kinds take turns at being first."""
    made = Made()
    for kind in sorted(config.kinds, key=lambda one: (example.rank(one), one)):
        if len(made.changes) >= config.most:
            made.absent[kind] = "over_most"
            continue
        found = MAKERS[kind](example)
        if isinstance(found, Change):
            claim = Claim(kind, found.other, found.argument)
            against = objection(
                claim, found.answer, example.tools, example.expected, example.carries
            )
            found = "not_rejected" if against or found.answer == example.answer else found
        if isinstance(found, Change):
            made.changes[kind] = found
        else:
            made.absent[kind] = found
    return made
