"""The tables of a snapshot: what they hold, whose output failed, what became of corrections."""

from pathlib import Path
from typing import Any

import pytest

from ops.evaluation.contract import CATEGORIES
from ops.failures.origin import CATEGORY_OF, NAMED, OF_PROBLEM
from ops.teacher.contract import REASONS
from pipeline import queries
from resources.warehouse.child import opened, relation
from resources.warehouse.tables import TABLES, placed


@pytest.fixture(scope="module")
def snapshot(published: Path) -> Any:
    """A connection as a question has it."""
    connection = opened((published / "apprentice.duckdb").resolve().parent, 200)
    yield connection
    connection.close()


def rows(snapshot: Any, question: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = relation(snapshot, question).fetchall()
    return found


def test_there_is_a_table_of_what_is_there(snapshot: Any) -> None:
    assert [name for (name,) in rows(snapshot, "show tables")] == [
        "clusters", "critiques", "evaluations", "failures", "prompts", "refused", "repairs",
        "responses", "runs", "steps", "unrepaired",
    ]  # fmt: skip


def test_where_a_row_comes_from_is_a_column(snapshot: Any) -> None:
    days = "select day, count(*) from prompts group by 1 order by 1"
    assert rows(snapshot, days) == [("2026-01-01", 2), ("2026-01-02", 4)]
    phases = "select phase, count(*) from evaluations group by 1 order by 1"
    assert rows(snapshot, phases) == [("after", 8), ("before", 8)]
    assert rows(snapshot, "select stage, step from steps where loss < 1.5") == [("kd", 2)]
    runs = "select asset, partition, seconds, figures->>'rows' from runs where asset = 'prompt_mix'"
    assert rows(snapshot, runs) == [
        ("prompt_mix", "2026-01-01", 1.5, "1"),
        ("prompt_mix", "2026-01-02", 1.5, "1"),
    ]


def test_a_failure_says_whose_output_it_is(snapshot: Any) -> None:
    student = 'select prompt_id, category, "offset", expected, found from failures '
    assert rows(snapshot, student + "where origin = 'student' and mode = 'free' order by 1") == [
        ("p0", "wrong_tool", 22, "ping", "pong"),
        ("p1", "wrong_tool", 22, "pong", "ping"),
        ("p2", "wrong_tool", 22, "pong", "ping"),
        ("p3", "needless_call", 22, "no call", "ping"),
    ]
    others = 'select origin, prompt_id, category, "offset", found, day from failures '
    assert rows(snapshot, others + "where origin <> 'student' order by 1, 2") == [
        ("rewriter", "p9", "json_parse_error", 17, "json at character 17", None),
        ("teacher", "p2", "truncated", None, "cut at 64 tokens", "2026-01-01"),
        ("teacher", "p3", "needless_call", None, "needless_call: found ping", "2026-01-01"),
    ]


def test_a_repair_says_what_became_of_it(snapshot: Any) -> None:
    found = rows(
        snapshot,
        "select prompt_id, decoding, exact_before, exact_after, category_after from repairs "
        "order by 1, 2",
    )
    assert found == [
        ("p0", "constrained", False, True, None),
        ("p0", "free", False, True, None),
        ("p1", "constrained", False, False, "truncated"),
        ("p1", "free", False, False, "truncated"),
    ]


def test_reasons_become_categories_that_there_are() -> None:
    assert {*CATEGORY_OF.values(), *OF_PROBLEM.values()} <= set(CATEGORIES)
    assert {*CATEGORY_OF, *NAMED, "schema"} - set(REASONS) == {"not_as_asked", "rewriter_truncated"}


def test_every_table_is_made_of_parquet_files_of_assets(tmp_path: Path) -> None:
    for table, sources in TABLES.items():
        for asset, file, added in sources:
            path = tmp_path / table / asset
            (path / file).parent.mkdir(parents=True)
            (path / file).touch()
            (name,) = [one for one in placed([(asset, "d", path)]) if one.startswith(f"{table}/")]
            assert name.endswith("/0.parquet"), (file, added)


ANSWERS = {
    "failures_by_tool": [("pong", "wrong_tool", 2, 50.0), ("(none)", "needless_call", 1, 25.0),
                         ("ping", "wrong_tool", 1, 25.0)],
    "before_after": [("free", "before", 2, 100.0, 0.0, 0.0, 100.0),
                     ("free", "after", 2, 100.0, 50.0, 50.0, 50.0),
                     ("constrained", "before", 2, 100.0, 0.0, 0.0, 100.0),
                     ("constrained", "after", 2, 100.0, 50.0, 50.0, 50.0)],
    "repaired": [("wrong_tool", "constrained", 2, 1, 0, 1), ("wrong_tool", "free", 2, 1, 0, 1)],
    "technical_failures": [("student", 8, 0, 0.0, "wrong_tool"),
                           ("teacher", 2, 1, 50.0, "needless_call"),
                           ("rewriter", 1, 1, 100.0, "json_parse_error")],
    "cost_per_answer": [("choice", 1, 3, 1.5, 1.5)],
    "confused_tools": [("pong", "ping", 4, 2), ("ping", "pong", 2, 1)],
    "hardest_prompts": [("p1", "choice", 4, 4), ("p3", "no_tool", 4, 4), ("p0", "choice", 4, 2),
                        ("p2", "choice", 4, 2)],
    "clusters": [(0, "ping", 8, "wrong_tool")],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(queries.shipped()))
def test_a_shipped_query_answers_what_it_says(snapshot: Any, name: str) -> None:
    expected = ANSWERS[name]
    found = rows(snapshot, queries.text(name))
    assert [row[: len(expected[0])] for row in found] == expected
    assert queries.shipped()[name].endswith(".")
    assert queries.text(name).startswith("-- ")
