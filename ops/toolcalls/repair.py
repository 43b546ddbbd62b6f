"""What a broken value was probably meant to be: the library json_repair, within bounds.

A repair is data, not a reading: it makes a correction out of a broken answer, and its calls stand
apart from those that were read (`Reading.repaired`). Only a text whose end is there is repaired:
of one that was cut off the library makes a whole value with a wrong end ("config.js" for
"config.json"). The library is no scanner, so a text gets MAX_REPAIR characters of it in all.
"""

import json
from dataclasses import replace
from typing import Any

import json_repair

from ops.toolcalls.call import Dialect, Edit, Span, ToolCall
from ops.toolcalls.parse import check_levels, check_value
from ops.toolcalls.scan import Scanner
from ops.toolcalls.shape import name_and_arguments, read_arguments


def repair_value(scanner: Scanner, span: Span) -> tuple[Any, Edit] | None:
    """The object or list that `span` was meant to be, and the edit; None if there is none.

    >>> repair_value(Scanner("{'a': 1,}"), Span(0, 9))
    ({'a': 1}, Edit(before="{'a': 1,}", after='{"a": 1}'))
    """
    size = span.end - span.start
    if size > scanner.repairable:
        return None
    scanner.repairable -= size
    before = scanner.text[span.start : span.end]
    try:
        check_levels(before)
        value = check_value(json_repair.loads(before))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list) or not value:
        return None
    return value, Edit(before, json.dumps(value, ensure_ascii=False))


def repair_calls(scanner: Scanner, span: Span, region: Span, dialect: Dialect) -> list[ToolCall]:
    """The calls that the broken JSON at `span` was meant to be; [] if it was none.

    Each has the span of the whole `region`: within it nothing has a place of its own.
    """
    repaired = repair_value(scanner, span)
    if repaired is None:
        return []
    value, edit = repaired
    pairs = [name_and_arguments(item) for item in (value if isinstance(value, list) else [value])]
    calls = []
    for pair in pairs:
        arguments = read_arguments(pair[1]) if pair else None
        if pair is None or arguments is None:
            return []
        text = json.dumps(arguments, ensure_ascii=False)
        calls.append(ToolCall(pair[0], arguments, text, dialect, call=region, edit=edit))
    return calls


def repair_arguments(scanner: Scanner, call: ToolCall, span: Span) -> list[ToolCall]:
    """`call` with the object that the broken arguments at `span` were meant to be; [] if none."""
    repaired = repair_value(scanner, span)
    if repaired is None or not isinstance(repaired[0], dict):
        return []
    arguments, edit = repaired
    return [replace(call, arguments=arguments, edit=edit)]
