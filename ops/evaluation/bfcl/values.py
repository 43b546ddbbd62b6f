"""One value against its accepted values: the type first, then the value by the rule of its type.

Restated from the rules of bfcl_eval 2026.3.23, eval_checker/ast_eval/ast_checker.py. What looks
odd is theirs, and kept, since agreement is the aim:

- equality is Python's: true is 1, also inside lists and objects (but a type is its own);
- an empty list is accepted where "" is, as an argument that was left out;
- the inner type of a list is not looked at if any accepted value is no list, "" among them;
- objects are read one level deep: what is nested deeper must be equal to the letter;
- of several accepted values the last that was tried names the fault;
- a missing key of an object hides a wrong value of another.

How this differs from the judge of the pipeline is said in ops/scoring/match.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ops.evaluation.bfcl.verdict import RIGHT, CannotJudgeError, Verdict, wrong
from ops.scoring.match import squash

Accepted = Sequence[Any]
_Rule = Callable[[Any, Accepted], Verdict]


def judge_value(value: Any, accepted: Accepted, kind: type, inner: type | None) -> Verdict:
    """The value of one argument; `kind` is the declared type in Python, `inner` that of a list.

    Raises:
        CannotJudgeError: an accepted value is of no form that the rules know.
    """
    stated = _stated(accepted)
    if type(value) is kind:
        if inner and not any(_items_typed(value, one, inner) for one in accepted):
            fault = "type_error:nested" if accepted else "type_error:simple"
            return wrong(fault, f"an item of {value!r} is not of type {inner.__name__}")
        # Of another type than was declared, the accepted values are names of variables.
        variable = stated is not None and stated is not kind
    elif stated is type(value):
        variable = True
    else:
        return wrong(
            "type_error:simple", f"{value!r} is {type(value).__name__}, expected {kind.__name__}"
        )
    if not variable and kind in _RULES:
        rule: _Rule = judge_dicts if inner is dict else _RULES[kind]
        return rule(value, accepted)
    return RIGHT if value in accepted else _none_of("value_error:others", value, accepted)


def _stated(accepted: Accepted) -> type | None:
    """The type of the first accepted value that is one."""
    return next((type(one) for one in accepted if one != ""), None)


def _items_typed(items: Any, one: Any, inner: type) -> bool:
    """Each of the inner type, or of the type of the accepted list's first value."""
    if not isinstance(one, list):
        return True
    stated = _stated(one)
    return all(type(item) is inner or type(item) is stated for item in items)


def judge_string(value: str, accepted: Accepted) -> Verdict:
    """Without case, spaces and the characters ,./-_*^ ; either kind of quotation mark."""
    if squash(value) in [squash(one) for one in accepted if isinstance(one, str)]:
        return RIGHT
    return _none_of("value_error:string", value, accepted)


def judge_list(value: list[Any], accepted: Accepted) -> Verdict:
    """Item by item and in order, strings as above."""
    if _read(value) in [_read(_sequence(one)) for one in accepted]:
        return RIGHT
    return _none_of("value_error:list/tuple", value, accepted)


def judge_dict(value: Mapping[str, Any], accepted: Accepted) -> Verdict:
    """Every key is known and has an accepted value; a key may be left out if "" is among them."""
    verdict = wrong("dict_checker:unclear", "no object is accepted here")
    for one in accepted:
        if one == "":
            continue
        if not isinstance(one, Mapping):
            raise CannotJudgeError(f"{one!r} stands among the accepted objects")
        verdict = _judge_keys(value, one)
        if verdict.valid:
            break
    return verdict


def judge_dicts(value: Sequence[Any], accepted: Accepted) -> Verdict:
    """A list of objects, in order."""
    verdict = wrong("list_dict_checker:unclear", "no list of objects is accepted here")
    for one in accepted:
        if len(_sequence(one)) != len(value):
            verdict = wrong(
                "value_error:list_dict_count", f"{len(value)} objects, expected {len(one)}"
            )
            continue
        verdict = RIGHT
        for item, wanted in zip(value, one, strict=True):
            verdict = judge_dict(_object(item), [wanted])
            if not verdict.valid:
                break
        if verdict.valid:
            break
    return verdict


def _judge_keys(value: Mapping[str, Any], one: Mapping[str, Any]) -> Verdict:
    verdict = RIGHT
    for key, member in value.items():
        if key not in one:
            verdict = wrong("value_error:dict_key", f"key {key!r} is not known")
            break
        if _read_one(member) not in _read(_sequence(one[key])):
            verdict = _none_of("value_error:dict_value", member, one[key])
            break
    for key, members in one.items():
        if key not in value and "" not in _sequence(members):
            return wrong("value_error:dict_key", f"key {key!r} is missing")
    return verdict


def _read(items: Sequence[Any]) -> list[Any]:
    return [_read_one(item) for item in items]


def _read_one(item: Any) -> Any:
    return squash(item) if isinstance(item, str) else item


def _sequence(one: Any) -> Sequence[Any]:
    """A list; or a text, which the benchmark takes for the list of its characters."""
    if not isinstance(one, list | str):
        raise CannotJudgeError(f"{one!r} stands where a list of accepted values should")
    return one


def _object(item: Any) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise CannotJudgeError(f"{item!r} stands in a list of objects")
    return item


def _none_of(error_type: str, value: Any, accepted: Any) -> Verdict:
    return wrong(error_type, f"{value!r} is none of {accepted!r}")


_RULES: dict[type, _Rule] = {
    dict: judge_dict,
    str: judge_string,
    list: judge_list,
}
