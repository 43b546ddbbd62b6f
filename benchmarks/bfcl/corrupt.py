"""Answers that are wrong in one way each, made of the right one; some turn out to be right.

A corruption takes the right calls and their functions, and gives calls, or None where there is
nothing to corrupt. Where an answer has several calls the last is corrupted, so that those before
it are matched. Not here: what is right (gold.py), and which answers are judged (run.py).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ops.evaluation.bfcl.check import Call

Functions = Sequence[Mapping[str, Any]]
Corruption = Callable[[list[Call], Functions], list[Call] | None]
Change = Callable[[Any], Any]
_KEEP = object()


def _changed(calls: list[Call], change: Change) -> list[Call] | None:
    """The first argument of the last call that the change knows what to do with, changed."""
    for _, arguments in reversed(calls):
        for key, value in arguments.items():
            replaced = change(value)
            if replaced is not _KEEP:
                return [
                    (one, given | {key: replaced} if given is arguments else given)
                    for one, given in calls
                ]
    return None


def _by_value(change: Change) -> Corruption:
    return lambda calls, functions: _changed(calls, change)


def _is_number(value: Any, kind: type) -> bool:
    return type(value) is kind


def _wrong_name(calls: list[Call], functions: Functions) -> list[Call] | None:
    return [*calls[:-1], (calls[-1][0] + "_other", calls[-1][1])] if calls else None


def _dotted_name(calls: list[Call], functions: Functions) -> list[Call] | None:
    """The name as the benchmark's file has it: on the wire its dots are underscores."""
    dotted = {one["name"].replace(".", "_"): one["name"] for one in functions if "." in one["name"]}
    if not calls or calls[-1][0] not in dotted:
        return None
    return [*calls[:-1], (dotted[calls[-1][0]], calls[-1][1])]


def _other_function(calls: list[Call], functions: Functions) -> list[Call] | None:
    names = [one["name"].replace(".", "_") for one in functions]
    others = [name for name in names if calls and name != calls[-1][0]]
    return [*calls[:-1], (others[0], calls[-1][1])] if others else None


def _missing_required(calls: list[Call], functions: Functions) -> list[Call] | None:
    needed = {one["name"].replace(".", "_"): one["parameters"]["required"] for one in functions}
    name, arguments = calls[-1] if calls else ("", {})
    left_out = next((key for key in needed.get(name, ()) if key in arguments), None)
    if left_out is None:
        return None
    return [*calls[:-1], (name, {k: v for k, v in arguments.items() if k != left_out})]


def _last_left_out(calls: list[Call], functions: Functions) -> list[Call] | None:
    if not calls or not calls[-1][1]:
        return None
    name, arguments = calls[-1]
    return [*calls[:-1], (name, dict(list(arguments.items())[:-1]))]


def _extra_argument(calls: list[Call], functions: Functions) -> list[Call] | None:
    return [*calls[:-1], (calls[-1][0], calls[-1][1] | {"nobody_asked": 1})] if calls else None


def _optional_added(calls: list[Call], functions: Functions) -> list[Call] | None:
    """An argument that the schema knows and the right answer leaves out."""
    for one in functions:
        for key in one["parameters"]["properties"]:
            if calls and calls[-1][0] == one["name"].replace(".", "_") and key not in calls[-1][1]:
                return [*calls[:-1], (calls[-1][0], calls[-1][1] | {key: "guess"})]
    return None


def _wrong_type(value: Any) -> Any:
    return [value] if not isinstance(value, list) else "a text"


def _other_value(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return value + "q" if isinstance(value, str) else _KEEP


def _nested_change(value: Any) -> Any:
    """Another value somewhere inside."""
    if isinstance(value, dict) and value:
        key = list(value)[-1]
        inner = value[key]
        return value | {key: _nested_change(inner) if isinstance(inner, dict | list) and inner
                        else "another"}  # fmt: skip
    if isinstance(value, list) and value:
        last = value[-1]
        return [*value[:-1], _nested_change(last) if isinstance(last, dict | list) and last
                else _other_value(last)]  # fmt: skip
    return _KEEP


def _nested_drop(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return dict(list(value.items())[:-1])
    if isinstance(value, list) and value:
        last = value[-1]
        return [*value[:-1], _nested_drop(last)] if isinstance(last, dict) else value[:-1]
    return _KEEP


def _nested_extra(value: Any) -> Any:
    if isinstance(value, dict):
        return value | {"nobody_asked": 1}
    if isinstance(value, list) and value:
        return [*value[:-1], _nested_extra(value[-1])] if isinstance(value[-1], dict) else (
            [*value, value[-1]])  # fmt: skip
    return _KEEP


def _items(change: Change) -> Change:
    """The change applied to every item of a list that it knows."""

    def inside(value: Any) -> Any:
        if not isinstance(value, list) or not value:
            return _KEEP
        made = [change(item) for item in value]
        return _KEEP if any(item is _KEEP for item in made) else made

    return inside


def _int_to_float(value: Any) -> Any:
    return float(value) if _is_number(value, int) else _KEEP


def _float_to_int(value: Any) -> Any:
    return int(value) if _is_number(value, float) else _KEEP


def _bool_to_int(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else _KEEP


def _int_to_bool(value: Any) -> Any:
    return bool(value) if _is_number(value, int) else _KEEP


def _number_to_text(value: Any) -> Any:
    return str(value) if _is_number(value, int) or _is_number(value, float) else _KEEP


def _case_and_marks(value: Any) -> Any:
    return f" {value.swapcase()}.,-/_*^ " if isinstance(value, str) else _KEEP


def _quotes(value: Any) -> Any:
    return value.replace('"', "'") + "'" if isinstance(value, str) else _KEEP


def _null(value: Any) -> Any:
    return None


def _nothing(value: Any) -> Any:
    return type(value)() if isinstance(value, dict | list | str) else _KEEP


def _swapped(calls: list[Call], functions: Functions) -> list[Call] | None:
    return calls[::-1] if len(calls) > 1 else None


def _dropped(calls: list[Call], functions: Functions) -> list[Call] | None:
    return calls[:-1] if len(calls) > 1 else None


def _doubled(calls: list[Call], functions: Functions) -> list[Call] | None:
    return [*calls, copy.deepcopy(calls[-1])] if calls else None


def _repeated(calls: list[Call], functions: Functions) -> list[Call] | None:
    """As many calls as are right, the last one a copy of the first."""
    return [*calls[:-1], copy.deepcopy(calls[0])] if len(calls) > 1 else None


def _empty(calls: list[Call], functions: Functions) -> list[Call] | None:
    return []


def _no_arguments(calls: list[Call], functions: Functions) -> list[Call] | None:
    return [(name, {}) for name, _ in calls] if calls else None


def _no_object(calls: list[Call], functions: Functions) -> list[Call] | None:
    return [*calls[:-1], (calls[-1][0], "a text")] if calls else None


CORRUPTIONS: dict[str, Corruption] = {
    "gold": lambda calls, functions: calls,
    "wrong_name": _wrong_name,
    "dotted_name": _dotted_name,
    "other_function": _other_function,
    "missing_required": _missing_required,
    "last_left_out": _last_left_out,
    "extra_argument": _extra_argument,
    "optional_added": _optional_added,
    "wrong_type": _by_value(_wrong_type),
    "other_value": _by_value(_other_value),
    "nested_value": _by_value(_nested_change),
    "nested_dropped": _by_value(_nested_drop),
    "nested_extra": _by_value(_nested_extra),
    "int_for_float": _by_value(_float_to_int),
    "float_for_int": _by_value(_int_to_float),
    "bool_for_int": _by_value(_int_to_bool),
    "int_for_bool": _by_value(_bool_to_int),
    "text_for_number": _by_value(_number_to_text),
    "items_int_for_float": _by_value(_items(_float_to_int)),
    "items_float_for_int": _by_value(_items(_int_to_float)),
    "items_text_for_number": _by_value(_items(_number_to_text)),
    "items_case_and_marks": _by_value(_items(_case_and_marks)),
    "case_and_marks": _by_value(_case_and_marks),
    "quotes": _by_value(_quotes),
    "null": _by_value(_null),
    "nothing_inside": _by_value(_nothing),
    "swapped": _swapped,
    "dropped_call": _dropped,
    "doubled_call": _doubled,
    "repeated_call": _repeated,
    "empty": _empty,
    "no_arguments": _no_arguments,
    "arguments_no_object": _no_object,
}
