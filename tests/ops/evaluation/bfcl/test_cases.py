"""The benchmark's files as cases, and what is said of those that are not as they should be."""

import json
from pathlib import Path

import pytest

from ops.errors import InputError, SettingsError
from ops.evaluation.bfcl import cases
from ops.evaluation.bfcl.categories import CALLS, RELEVANCE, SCORED, chosen, language
from tests.bfcl import AREA, write_benchmark


def test_a_case_is_asked_in_openai_form_and_judged_in_the_benchmarks(tmp_path: Path) -> None:
    first = cases.read(write_benchmark(tmp_path / "data"), "simple_python")[0]
    assert first.messages == [{"role": "user", "content": "Area of 2 by 3?"}]
    shown = first.tools[0]["function"]
    assert shown["name"] == "shape_area"
    assert shown["parameters"]["properties"]["width"]["type"] == "number"
    assert shown["description"].endswith("provided function is in Python 3 syntax.")
    assert first.functions == [AREA]
    assert first.truth == [{"shape.area": {"width": [2.0], "height": [3.0], "unit": ["m2", ""]}}]


def test_a_row_without_a_schema_is_a_case_with_a_problem(tmp_path: Path) -> None:
    folder = write_benchmark(tmp_path / "data")
    found = cases.read(folder, "simple_python")
    assert [bool(case.problem) for case in found] == [False, False, True]
    assert found[2].problem == "bad_row: 0.parameters: Field required"
    assert cases.read(folder, "simple_python", limit=1) == found[:1]


def test_damaged_lines_and_missing_answers_are_cases_with_a_problem(tmp_path: Path) -> None:
    folder = write_benchmark(tmp_path / "data")
    path = folder / "BFCL_v4_simple_python.json"
    whole = path.read_text(encoding="utf-8").splitlines()
    other = json.dumps(json.loads(whole[0]) | {"id": "simple_python_9"})
    path.write_text("\n".join(["{not", whole[0], "[1]", "{}", other]), encoding="utf-8")
    found = cases.read(folder, "simple_python")
    assert [case.problem.partition(":")[0] for case in found] == [
        "not_json", "", "not_an_object", "bad_row", "bad_row",
    ]  # fmt: skip
    assert found[0].id == "BFCL_v4_simple_python.json:1"
    assert found[4].problem == "bad_row: : Input should be a valid list"


@pytest.mark.parametrize("below", [".", "data", "bfcl_eval/data"])
def test_the_package_is_found_from_above(tmp_path: Path, below: str) -> None:
    write_benchmark(tmp_path / below / "x").rename(tmp_path / "files")
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    for path in (tmp_path / "files").iterdir():
        path.rename(tmp_path / below / path.name)
    folder = cases.folder_of(tmp_path)
    assert folder == tmp_path / below
    assert cases.present(folder) == (
        ["simple_python", "irrelevance", "live_relevance"], ["multi_turn_base"],
    )  # fmt: skip


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no BFCL_v4_.*json there.*bfcl-eval"):
        cases.folder_of(tmp_path)
    folder = write_benchmark(tmp_path / "data")
    with pytest.raises(InputError, match=r"BFCL_v4_parallel.json is missing.*simple_python"):
        cases.read(folder, "parallel")
    (folder / "possible_answer" / "BFCL_v4_simple_python.json").unlink()
    with pytest.raises(InputError, match="cannot be scored without its accepted values"):
        cases.read(folder, "simple_python")


def test_categories_are_chosen_in_the_benchmarks_order() -> None:
    assert chosen([]) == list(SCORED)
    assert chosen(["live_multiple", "multiple"]) == ["multiple", "live_multiple"]
    assert sorted(SCORED) == sorted(CALLS + RELEVANCE)
    assert {language(name) for name in SCORED} == {"python", "java", "javascript"}
    assert language("simple_javascript") == "javascript"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("multi_turn_miss_param", "not scored here: several turns"),
        ("web_search_base", "not scored here: an agent"),
        ("simpel", "'simpel' is not one of the benchmark's; scored are simple_python"),
    ],
)
def test_a_category_that_is_not_scored_is_refused(name: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        chosen(["multiple", name])
