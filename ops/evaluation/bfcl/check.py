"""The calls of one answer against the accepted ones: the benchmark's rules for a case of one turn.

Restated from bfcl_eval 2026.3.23, eval_runner.py and ast_eval/ast_checker.py, and held to them case
by case (benchmarks/bfcl). What looks odd is theirs, and kept:

- in parallel categories each accepted call takes the first free call that fits, in order, so that
  an answer may fail where another matching would be right;
- an argument whose accepted values lack "" must be given, also where the schema does not ask for
  it; and one that the schema asks for must be given, also where "" is accepted;
- an answer whose calls cannot be read is as good as none where no call is right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.evaluation.bfcl import java, javascript
from ops.evaluation.bfcl.categories import RELEVANCE, language
from ops.evaluation.bfcl.values import judge_value
from ops.evaluation.bfcl.verdict import RIGHT, UNJUDGED, CannotJudgeError, Verdict, wrong

PYTHON: dict[str, type] = {
    "string": str, "any": str, "integer": int, "float": float, "boolean": bool, "array": list,
    "tuple": list, "dict": dict,
}  # fmt: skip
_NESTED = ("array", "tuple", "Array", "ArrayList")
Call = tuple[str, Any]
"""The name that was called, and its arguments: an object, or the call has the wrong form."""
Truth = Sequence[Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The calls of an answer, in order; `broken` says why they could not be read."""

    calls: tuple[Call, ...] = ()
    broken: str = ""

    @property
    def formed(self) -> bool:
        """Whether every call has an object of arguments."""
        return all(isinstance(arguments, Mapping) for _, arguments in self.calls)


def judge(
    category: str, functions: Sequence[Mapping[str, Any]], decoded: Decoded, truth: Truth
) -> Verdict:
    """The verdict on an answer; `functions` as the benchmark has them, `truth` its accepted calls.

    A schema that the rules say nothing about gives a wrong answer of the kind UNJUDGED.
    """
    if category in RELEVANCE:
        return _judge_relevance(category, decoded)
    if decoded.broken:
        return wrong("ast_decoder:decoder_failed", decoded.broken)
    if not decoded.formed:
        return wrong("ast_decoder:decoder_wrong_output_format", "arguments that are no object")
    rule = "parallel" if "parallel" in category else "multiple" if "multiple" in category else ""
    kind = {"parallel": "parallel_function_checker_no_order", "": "simple_function_checker"}
    wanted = len(truth) if rule else 1
    if len(decoded.calls) != wanted:
        name = kind.get(rule, "multiple_function_checker")
        return wrong(f"{name}:wrong_count", f"{len(decoded.calls)} calls, expected {wanted}")
    try:
        if rule == "parallel":
            return _judge_parallel(functions, decoded.calls, truth, language(category))
        function = _offered(functions, truth[0]) if rule else functions[0]
        return judge_call(function, decoded.calls[0], truth[0], language(category))
    except CannotJudgeError as error:
        return wrong(UNJUDGED, f"the benchmark's rules do not cover {error}")


def _judge_relevance(category: str, decoded: Decoded) -> Verdict:
    called = bool(decoded.calls) and decoded.formed and not decoded.broken
    if category == "live_relevance":
        return RIGHT if called else wrong("relevance_error:decoder_failed", "no call was read")
    if not called:
        return RIGHT
    names = ", ".join(name for name, _ in decoded.calls)
    return wrong("irrelevance_error:decoder_success", f"a call of {names}")


def _judge_parallel(
    functions: Sequence[Mapping[str, Any]], calls: Sequence[Call], truth: Truth, spoken: str
) -> Verdict:
    free = list(range(len(calls)))
    for position, one in enumerate(truth):
        function = _offered(functions, one)
        faults = []
        for index in free:
            verdict = judge_call(function, calls[index], one, spoken)
            if verdict.valid:
                free.remove(index)
                break
            faults.append(f"call {index}: {verdict.error_type}, {verdict.error}")
        else:
            return wrong(
                "parallel_function_checker_no_order:cannot_find_match",
                f"no call fits accepted call {position}; " + "; ".join(faults),
            )
    return RIGHT


def _offered(functions: Sequence[Mapping[str, Any]], one: Mapping[str, Any]) -> Mapping[str, Any]:
    """The function that an accepted call is of."""
    name = next(iter(one))
    for function in functions:
        if function["name"] == name:
            return function
    raise CannotJudgeError(f"the accepted call {name!r}, which is not offered")


def judge_call(
    function: Mapping[str, Any], call: Call, one: Mapping[str, Any], spoken: str
) -> Verdict:
    """One call of one function against one accepted call, in the language that is spoken.

    On the wire a name has no dots, and what is called must have that name to the letter.
    """
    name, arguments = call
    wanted = function["name"].replace(".", "_")
    if name != wanted:
        return wrong("simple_function_checker:wrong_func_name", f"{name}, expected {wanted}")
    accepted = next(iter(one.values()))
    for needed in function["parameters"]["required"]:
        if needed not in arguments:
            return wrong("simple_function_checker:missing_required", f"{needed} is missing")
    properties = function["parameters"]["properties"]
    for argument, value in arguments.items():
        if argument not in properties or argument not in accepted:
            return wrong("simple_function_checker:unexpected_param", f"{argument} is not known")
        verdict = _judge_argument(value, accepted[argument], properties[argument], spoken)
        if not verdict.valid:
            return wrong(verdict.error_type, f"{argument}: {verdict.error}")
    for argument, values in accepted.items():
        if argument not in arguments and "" not in values:
            return wrong("simple_function_checker:missing_optional", f"{argument} is missing")
    return RIGHT


def _judge_argument(
    value: Any, accepted: Sequence[Any], schema: Mapping[str, Any], spoken: str
) -> Verdict:
    declared, types = schema["type"], _TYPES[spoken]
    inner = schema.get("items", {}).get("type") if declared in _NESTED else None
    for word in (declared, inner) if declared in _NESTED else (declared,):
        if word not in types:
            raise CannotJudgeError(f"the type {word!r} in {spoken}")
    if spoken != "python":
        if not isinstance(value, str):
            fault = "type_error:java" if spoken == "java" else "type_error:js"
            return wrong(fault, f"{value!r} is no text in which {spoken} is written")
        value = _READERS[spoken](value, declared, inner)
    elif declared == "float" and type(value) is int:
        try:
            value = float(value)
        except OverflowError as error:
            raise CannotJudgeError(f"an integer of {value.bit_length()} bits") from error
    return judge_value(value, accepted, types[declared], types[inner] if inner else None)


_TYPES = {"python": PYTHON, "java": java.TYPES, "javascript": javascript.TYPES}
_READERS = {"java": java.read_java, "javascript": javascript.read_javascript}
