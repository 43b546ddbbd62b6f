"""The one name for what is wrong with an answer, and the evidence for it.

The checks run in the order of CATEGORIES (contract.py); the first that finds something decides.
Each takes what the score found and returns evidence, or None.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.evaluation.contract import CATEGORIES
from ops.scoring.integration import Integration
from ops.scoring.match import Judged
from ops.toolcalls.call import Reading, ToolCall
from ops.toolcalls.validate import Problem

_SHORT = 200
_LEAK = re.compile(r"<\|[a-z0-9_]{1,40}\|>|</?(?:tool_call|tool_response|tools|think)>|\[/?INST\]")
_REFUSAL = re.compile(
    r"(?:i['’]?m |i am )?(?:very |really )?(?:sorry|unable to|not able to|afraid)\b"
    r"|(?:unfortunately,? )?i (?:cannot|can['’]?t|can not|won['’]?t)\b|as an ai\b"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the fault is in the output, what should be there, and what is."""

    offset: int | None
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the score found out about one answer; `right` None = what is right is not known."""

    reading: Reading
    calls: Sequence[ToolCall]
    problems: Sequence[tuple[ToolCall, Problem]]
    judged: Sequence[tuple[ToolCall | None, Sequence[Judged]]]
    expected: Sequence[Mapping[str, Any]] | None
    integration: Integration | None
    finished: bool
    right: bool | None

    @property
    def wanted(self) -> str:
        """The expected calls, short."""
        return ", ".join(str(one["name"]) for one in self.expected or ()) or "no call"


def categorise(finding: Finding) -> tuple[str | None, Evidence | None]:
    """The first category that applies and its evidence; (None, None) for an answer that is right.

    An answer that is right in all but a leaked token of the template is not right.
    """
    for category in CATEGORIES:
        evidence = _CHECKS[category](finding)
        if evidence:
            short = Evidence(evidence.offset, _short(evidence.expected), _short(evidence.found))
            return category, short
    return None, None


def _truncated(finding: Finding) -> Evidence | None:
    reading = finding.reading
    if reading.broken == "truncated":
        return Evidence(reading.broken_at, "a whole call", "the end of the text inside a call")
    if finding.finished or finding.right:
        return None
    return Evidence(None, "an end", reading.prose[-80:] or "an answer cut off")


def _parse_error(finding: Finding) -> Evidence | None:
    if finding.reading.broken is None:
        return None
    found = "not JSON" if finding.reading.broken == "json" else "JSON without name and arguments"
    return Evidence(finding.reading.broken_at, '{"name": ..., "arguments": {...}}', found)


def _invented(finding: Finding) -> Evidence | None:
    for call, problem in finding.problems:
        if problem.kind == "unknown_tool":
            return Evidence(_name_at(call), problem.expected, call.name)
    return None


def _needless(finding: Finding) -> Evidence | None:
    if finding.expected is None or finding.expected or not finding.calls:
        return None
    call = finding.calls[0]
    return Evidence(_name_at(call), "no call", call.name)


def _empty(finding: Finding) -> Evidence | None:
    silent = not finding.calls and not finding.reading.prose
    return Evidence(0, finding.wanted, "nothing") if silent else None


def _refusal(finding: Finding) -> Evidence | None:
    # Where no call is right, to decline may be the right answer, unless a result was there to tell.
    if finding.calls or not (finding.expected or finding.integration) or finding.right:
        return None
    opening = finding.reading.prose[:120]
    refused = _REFUSAL.match(opening.casefold())
    return Evidence(0, finding.wanted, opening) if refused else None


def _missing(finding: Finding) -> Evidence | None:
    if not finding.expected or finding.calls:
        return None
    return Evidence(0, finding.wanted, finding.reading.prose)


def _wrong_tool(finding: Finding) -> Evidence | None:
    answering = [id(call) for call, _ in finding.judged if call]
    for call in finding.calls if finding.expected else ():
        if id(call) not in answering:
            return Evidence(_name_at(call), finding.wanted, call.name)
    return None


def _wrong_type(finding: Finding) -> Evidence | None:
    for call, problem in finding.problems:
        if problem.kind in {"wrong_type", "not_an_object"}:
            return _of_problem(call, problem)
    return _of_argument(finding, "type")


def _schema(finding: Finding) -> Evidence | None:
    return next((_of_problem(call, problem) for call, problem in finding.problems), None)


def _incomplete(finding: Finding) -> Evidence | None:
    for i, (call, _) in enumerate(finding.judged):
        if call is None and finding.expected:
            return Evidence(None, str(finding.expected[i]["name"]), "no such call")
    return None


def _wrong_value(finding: Finding) -> Evidence | None:
    return _of_argument(finding, "value", "missing", "unexpected")


def _integration(finding: Finding) -> Evidence | None:
    if not finding.integration or not finding.integration.missing:
        return None
    return Evidence(None, finding.integration.missing[0], finding.reading.prose)


def _leak(finding: Finding) -> Evidence | None:
    leak = _LEAK.search(finding.reading.prose)
    return Evidence(None, "words alone", leak[0]) if leak else None


_CHECKS: dict[str, Callable[[Finding], Evidence | None]] = {
    "truncated": _truncated,
    "json_parse_error": _parse_error,
    "invented_tool": _invented,
    "needless_call": _needless,
    "empty": _empty,
    "refusal": _refusal,
    "missing_call": _missing,
    "wrong_tool": _wrong_tool,
    "wrong_type": _wrong_type,
    "schema_violation": _schema,
    "incomplete": _incomplete,
    "wrong_argument_value": _wrong_value,
    "integration_error": _integration,
    "format_leak": _leak,
}


def _of_problem(call: ToolCall, problem: Problem) -> Evidence:
    where = f"{problem.argument}: " if problem.argument else ""
    return Evidence(_arguments_at(call), f"{where}{problem.expected}", problem.found)


def _of_argument(finding: Finding, *faults: str) -> Evidence | None:
    for call, row in finding.judged:
        for one in row:
            if call and one.fault in faults:
                accepted = json.dumps(list(one.accepted), ensure_ascii=False)
                found = json.dumps(one.found, ensure_ascii=False)
                return Evidence(_arguments_at(call), f"{one.argument}: one of {accepted}", found)
    return None


def _name_at(call: ToolCall) -> int | None:
    return call.name_at.start if call.name_at else None


def _arguments_at(call: ToolCall) -> int | None:
    return call.arguments_at.start if call.arguments_at else None


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
