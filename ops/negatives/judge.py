"""Is a negative wrong, and for exactly the reason of its kind? The scorer and the validator say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.scoring.score import Score, score
from ops.student.render import END
from ops.toolcalls.validate import Problem, Validator

# What the scorer calls each kind, and the problems that the validator has then.
CATEGORY = {
    "wrong_tool": "wrong_tool",
    "missing_argument": "schema_violation",
    "extra_argument": "schema_violation",
    "wrong_type": "wrong_type",
    "invented_tool": "invented_tool",
    "truncated": "truncated",
    "needless_call": "needless_call",
}
_PROBLEM = {
    "missing_argument": "missing_argument",
    "extra_argument": "unexpected_argument",
    "wrong_type": "wrong_type",
    "invented_tool": "unknown_tool",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a row says is wrong: its kind, the tool that is called and the argument."""

    kind: str
    other: str
    argument: str


def objection(
    claim: Claim,
    answer: str,
    tools: Sequence[Mapping[str, Any]],
    expected: Sequence[Mapping[str, Any]],
    carries: Sequence[str] | None,
) -> str:
    """What speaks against the claim about an answer with its end token; "" if it holds."""
    judged = score(
        answer.removesuffix(END), tools=tools, expected=expected, carries=carries, finished=True
    )
    if judged.exact is not False:
        return "the answer is right"
    if judged.category != CATEGORY[claim.kind]:
        return f"the scorer says {judged.category}"
    if claim.kind in {"wrong_tool", "invented_tool", "needless_call"}:
        found = judged.evidence.found if judged.evidence else ""
        if found != claim.other:
            return f"the scorer names {found}"
    return _unlike(claim, judged, Validator(tools))


def _unlike(claim: Claim, judged: Score, validator: Validator) -> str:
    """Problems of the calls other than the one that is claimed."""
    problems = [problem for call in judged.calls for problem in validator.problems(call)]
    if claim.kind == "wrong_tool":
        # The arguments are still those of the right tool.
        return ""
    wanted = _PROBLEM.get(claim.kind)
    if wanted is None:
        return f"the validator finds {problems[0].kind}" if problems else ""
    hits = [one for one in problems if one.kind == wanted and one.argument == claim.argument]
    others = [one for one in problems if one not in hits and not _same_value(one, claim)]
    if not hits or others:
        kinds = ", ".join(f"{one.kind} {one.argument}".strip() for one in problems) or "nothing"
        return f"the validator finds {kinds}"
    return ""


def _same_value(problem: Problem, claim: Claim) -> bool:
    """A value of another type is also not in its enum, or breaks a bound: the fault is one."""
    return claim.kind == "wrong_type" and problem.argument == claim.argument
