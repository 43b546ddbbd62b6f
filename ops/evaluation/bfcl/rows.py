"""One row of the table: a case, and what was answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.evaluation.bfcl.cases import Case
from ops.evaluation.bfcl.check import judge
from ops.evaluation.bfcl.decode import decode


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, as text or as an assistant message; or `missing`, which says why there is none.

    `missing` is a name, and in `detail` what was found.
    """

    answer: str | Mapping[str, Any] = ""
    finished: bool = True
    missing: str = ""
    detail: str = ""


def case_row(case: Case, said: Said) -> dict[str, Any]:
    """The row of CASES; a case that cannot be judged is outside of every share."""
    row: dict[str, Any] = {"id": case.id, "category": case.category}
    if case.problem:
        reason, _, detail = case.problem.partition(": ")
        return row | {"error_type": reason, "error": detail[:300]}
    if said.missing:
        return row | {"error_type": said.missing, "error": said.detail[:300]}
    decoded = decode(said.answer, case.tools)
    verdict = judge(case.category, case.functions, decoded, case.truth)
    calls = [{"name": name, "arguments": arguments} for name, arguments in decoded.calls]
    text = said.answer if isinstance(said.answer, str) else _written(said.answer)
    return row | {
        "output": _storable(text),
        "finished": said.finished,
        "calls": None if decoded.broken else _storable(json.dumps(calls, ensure_ascii=False)),
        "valid": verdict.valid,
        "error_type": verdict.error_type or None,
        "error": _storable(verdict.error) or None,
    }


def _written(message: Mapping[str, Any]) -> str:
    """The words alone where a message has no calls of its own."""
    if not message.get("tool_calls"):
        return str(message.get("content") or "")
    return json.dumps(message, ensure_ascii=False)


def _storable(text: str) -> str:
    """Half a character, which JSON can spell, is no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
