"""The failure table and the evaluations tell the same story, or the check says where not."""

from typing import Any

import pyarrow as pa

from ops.failures.check import problems


def failed(prompt_id: str, mode: str = "free", category: str = "wrong_tool") -> dict[str, Any]:
    return {"prompt_id": prompt_id, "mode": mode, "category": category}


def judged(prompt_id: str, exact: bool | None, valid: bool | None = True) -> dict[str, Any]:
    return {"prompt_id": prompt_id, "mode": "free", "exact": exact, "json_valid": valid}


def found(failures: list[dict[str, Any]], evaluations: list[dict[str, Any]]) -> list[str]:
    columns = pa.schema([(name, pa.string()) for name in ("prompt_id", "mode", "category")])
    return problems(
        pa.Table.from_pylist(failures, schema=columns), pa.Table.from_pylist(evaluations)
    )


def test_one_story() -> None:
    evaluations = [
        judged("a", False),
        judged("b", True),
        judged("c", None),
        judged("d", None, False),
    ]
    assert found([failed("a"), failed("d"), failed("a", "constrained")], evaluations) == []


def test_a_wrong_answer_without_a_row() -> None:
    told = found([], [judged("a", False), judged("b", None, False), judged("c", None, None)])
    assert told == [
        "a (free) is wrong and has no category",
        "b (free) is wrong and has no category",
    ]


def test_an_answer_with_two_rows() -> None:
    assert found([failed("a")] * 2, [judged("a", False)]) == ["('a', 'free') has 2 rows"]


def test_a_category_that_is_not_known() -> None:
    told = found([failed("a", category="bad")], [judged("a", False)])
    assert told == ["category 'bad' is not known"]
