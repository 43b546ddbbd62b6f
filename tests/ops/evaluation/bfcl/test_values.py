"""The rule of each type, by the examples in which the benchmark's differs from what one expects."""

from typing import Any

import pytest

from ops.evaluation.bfcl.values import judge_value
from ops.evaluation.bfcl.verdict import CannotJudgeError


@pytest.mark.parametrize(
    ("value", "accepted", "kind", "inner", "fault"),
    [
        pytest.param("It's 5 P.M.", ['it"s 5pm'], str, None, "", id="marks"),
        pytest.param("5 pm!", ["5 pm"], str, None, "value_error:string", id="other-marks"),
        pytest.param(True, [1], int, None, "type_error:simple", id="bool-for-int"),
        pytest.param(1, [True], bool, None, "type_error:simple", id="int-for-bool"),
        pytest.param([True], [[1, 2], [1]], list, int, "type_error:nested", id="bool-in-list"),
        pytest.param([1, 2.0], [[1.0, 2.0]], list, float, "type_error:nested", id="int-in-list"),
        pytest.param([1, 2], [[1, 2]], list, float, "", id="type-of-the-accepted"),
        pytest.param(["a"], [[1]], list, int, "type_error:nested", id="text-in-list"),
        pytest.param(["a"], [[1], ""], list, int, "value_error:list/tuple", id="not-looked-at"),
        pytest.param([], ["", [1]], list, int, "", id="empty-list"),
        pytest.param(["A b"], [["ab"]], list, str, "", id="strings-in-list"),
        pytest.param([["A"]], [[["a"]]], list, list, "value_error:list/tuple", id="one-level"),
        pytest.param("x", ["x"], list, int, "", id="variable"),
        pytest.param("X", ["x"], list, int, "value_error:others", id="variable-to-the-letter"),
        pytest.param({"k": "A"}, [{"k": ["a"]}], dict, None, "", id="dict"),
        pytest.param({"k": True}, [{"k": [1]}], dict, None, "", id="true-is-1-inside"),
        pytest.param({}, [{"k": ["a", ""]}], dict, None, "", id="key-left-out"),
        pytest.param({"k": "b"}, [{"k": ["a"]}], dict, None, "value_error:dict_value", id="member"),
        pytest.param({"l": 1}, [{"k": ["a", ""]}], dict, None, "value_error:dict_key", id="key"),
        pytest.param(
            {"k": "b"}, [{"k": ["a"], "l": [1]}], dict, None, "value_error:dict_key",
            id="missing-hides-wrong",
        ),
        pytest.param({}, [""], dict, None, "dict_checker:unclear", id="only-empty"),
        pytest.param([{"k": 1}], [[{"k": [1]}]], list, dict, "", id="dicts"),
        pytest.param(
            [{"k": 1}], [[{"k": [1]}, {"k": [2]}]], list, dict, "value_error:list_dict_count",
            id="count",
        ),
        pytest.param([1], [], list, int, "type_error:simple", id="nothing-accepted"),
    ],
)  # fmt: skip
def test_a_value(
    value: Any, accepted: list[Any], kind: type, inner: type | None, fault: str
) -> None:
    found = judge_value(value, accepted, kind, inner)
    assert (found.valid, found.error_type) == (not fault, fault)


@pytest.mark.parametrize(
    ("value", "accepted", "inner"),
    [({}, [{"k": ["a"]}, "x"], None), ([1], [[1], 5], int), (["x"], [[{"k": [1]}], ""], dict)],
)
def test_what_the_benchmark_raises_on_is_named(
    value: Any, accepted: list[Any], inner: type | None
) -> None:
    with pytest.raises(CannotJudgeError):
        judge_value(value, accepted, type(value), inner)
