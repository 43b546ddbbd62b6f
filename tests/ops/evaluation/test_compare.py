"""Two evaluations prompt by prompt: better, worse, or noise."""

from typing import Any

import pyarrow as pa
import pytest

from ops.errors import ContractError
from ops.evaluation.compare import compare, forgetting, uplift
from ops.evaluation.contract import COMPARISON, EVALUATIONS
from ops.statistics.mcnemar import exact

ROW: dict[str, Any] = {
    "split": "heldout", "kind": "single", "source": "registry", "mode": "free", "output": "",
    "finished": True, "tokens": 4, "calls": "[]", "calls_expected": 1, "json_valid": True,
    "in_grammar": True, "tool_selected": True, "arguments_right": 1, "arguments_total": 1,
    "exact": True, "needless_call": False, "missing_call": False, "integration_f1": None,
    "category": None, "right_nats": None, "right_tokens": None,
}  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    numbered = [ROW | {"prompt_id": f"{number:03}"} | row for number, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=EVALUATIONS)


def right(count: int, **more: Any) -> list[dict[str, Any]]:
    return [dict(more)] * count


def wrong(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"exact": False, "category": "wrong_argument_value", **more}] * count


def found(comparison: pa.Table, measure: str, kind: str = "all") -> dict[str, Any]:
    (row,) = [
        row for row in comparison.to_pylist() if (row["measure"], row["kind"]) == (measure, kind)
    ]
    return dict(row)


def test_one_kind_that_got_worse_is_told_and_not_hidden_by_another() -> None:
    before = table(*right(20, kind="choice"), *wrong(30))
    after = table(*wrong(20, kind="choice"), *right(30))
    comparison = compare(before, after)
    assert comparison.schema == COMPARISON
    whole = found(comparison, "exact_match")
    assert (whole["n"], whole["gained"], whole["lost"]) == (50, 30, 20)
    assert (whole["before"], whole["after"], whole["verdict"]) == (0.4, 0.6, "noise")
    assert whole["difference"] == pytest.approx(0.2)
    assert whole["low"] < 0 < whole["difference"] < whole["high"]
    assert whole["p"] == pytest.approx(exact(30, 20), abs=1e-6)
    assert found(comparison, "exact_match", "choice")["verdict"] == "worse"
    assert found(comparison, "exact_match", "single")["verdict"] == "better"
    fault = found(comparison, "wrong_argument_value")
    assert (fault["gained"], fault["lost"]) == (30, 20)


def test_where_less_is_better_a_rise_is_worse() -> None:
    none = {"calls_expected": 0, "kind": "no_tool"}
    before = table(*right(12, **none), *right(3))
    after = table(*right(12, **none, needless_call=True, finished=False, exact=False), *right(3))
    comparison = compare(before, after)
    row = found(comparison, "needless_calls")
    assert (row["n"], row["after"], row["lost"], row["verdict"]) == (12, 1.0, 12, "worse")
    assert found(comparison, "truncation")["verdict"] == "worse"


def test_a_few_changes_are_noise_however_one_sided() -> None:
    comparison = compare(table(*wrong(5), *right(40)), table(*right(45)))
    row = found(comparison, "exact_match")
    assert (row["gained"], row["lost"], row["verdict"]) == (5, 0, "noise")
    assert row["p_adjusted"] is None


def test_many_comparisons_make_each_of_them_harder() -> None:
    """Six changes of one kind have p = 0.031, which does not do beside as many of another."""
    kinds = ("single", "choice")
    before = table(*[row for kind in kinds for row in wrong(6, kind=kind)])
    after = table(*[row for kind in kinds for row in right(6, kind=kind)])
    row = found(compare(before, after), "exact_match", "single")
    assert (row["p"], row["verdict"]) == (0.03125, "noise")
    assert row["p_adjusted"] > 0.05


def test_only_prompts_that_both_know_are_compared() -> None:
    before = table({"json_valid": None}, {"json_valid": True}, {"json_valid": False})
    after = table({"json_valid": False}, {"json_valid": None}, {"json_valid": True})
    row = found(compare(before, after), "json_validity")
    assert (row["n"], row["before"], row["after"], row["gained"]) == (1, 0.0, 1.0, 1)
    assert not [r for r in compare(before, after).to_pylist() if r["measure"] == "perplexity"]


def test_perplexity_goes_by_tokens_and_by_prompts() -> None:
    before = table(*[{"right_nats": 4.0, "right_tokens": 2}] * 8)
    after = table(*[{"right_nats": 2.0, "right_tokens": 2}] * 8)
    row = found(compare(before, after), "perplexity")
    assert (row["before"], row["after"]) == (pytest.approx(7.389056), pytest.approx(2.718282))
    assert (row["gained"], row["lost"]) == (8, 0)


def test_splits_and_modes_are_apart() -> None:
    rows = [{"mode": "free"}, {"mode": "constrained"}, {"split": "repair"}]
    comparison = compare(table(*rows), table(*rows))
    pairs = {(row["split"], row["mode"]) for row in comparison.to_pylist()}
    assert pairs == {("heldout", "free"), ("heldout", "constrained"), ("repair", "free")}
    assert set(uplift(comparison, "heldout", "free")) >= {"exact_match", "json_validity"}
    assert uplift(comparison, "repair", "constrained") == {}


def test_what_was_right_and_is_not_is_forgotten() -> None:
    before = table(*right(6), *right(4, kind="choice"), *wrong(9))
    after = table(*right(6), *wrong(3, kind="choice"), *right(10, kind="choice"))
    lost = forgetting(before, after, "heldout", "free")
    assert (lost["passed"], lost["lost"], lost["share"]) == (10, 3, 0.3)
    assert 0 <= lost["low"] < 0.3 < lost["high"]
    assert lost["by_kind"]["choice"]["lost"] == 3
    assert (lost["by_kind"]["single"]["lost"], lost["by_kind"]["single"]["low"]) == (0, 0.0)
    assert forgetting(before, after, "repair", "free")["share"] is None


def test_a_prompt_that_is_missing_or_there_twice_is_named() -> None:
    with pytest.raises(ContractError, match=r"1 answers are in one .* prompt 001 \(free\)"):
        compare(table({}, {}), table({}))
    with pytest.raises(ContractError, match=r"prompt 007 \(free\) has two rows"):
        compare(table({"prompt_id": "007"}, {"prompt_id": "007"}), table({}))
