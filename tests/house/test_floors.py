"""Imports point down: pipeline → assets → resources → ops, and ops does not know Dagster."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ["ops", "resources", "assets", "pipeline"]
BENCHES = {
    "errors", "digest", "tables", "progress", "toolcalls", "scoring", "phrases", "student",
    "training", "losses", "entry", "caws", "grammar", "examples", "reasoning", "spans",
    "statistics", "lines",
}  # fmt: skip
# What a stage has that reads the files of others, the boundary that recorded answers pass too, and
# how answers are judged and counted, whoever gave them.
SHARED = {
    "prompts.files", "prompts.layouts", "prompts.kind", "prompts.row", "teacher.policy",
    "teacher.wire", "evaluation.row", "evaluation.summary", "evaluation.rates",
}  # fmt: skip
FRAMEWORKS = {"dagster", "dagster_webserver", "typer", "duckdb"}
LIGHT = {
    "caws", "prompts", "phrases", "toolcalls", "grammar", "scoring", "teacher", "failures",
    "negatives",
}  # fmt: skip
HEAVY = {"torch", "transformers", "coremltools", "peft"}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, `from a import b` as a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def modules() -> list[Path]:
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def stage(path: Path) -> str:
    """`wire` of ops/teacher/wire.py is in the stage teacher; ops/digest.py is its own."""
    return path.relative_to(ROOT / "ops").parts[0].removesuffix(".py")


@pytest.mark.parametrize("floor", FLOORS)
def test_no_floor_imports_one_above_it(floor: str) -> None:
    above = set(FLOORS[FLOORS.index(floor) + 1 :]) | {"tests", "benchmarks"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in (ROOT / floor).rglob("*.py")
        for line, name in imported(path)
        if name.split(".")[0] in above
    ]
    assert wrong == []


def test_ops_knows_no_framework() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in (ROOT / "ops").rglob("*.py")
        for line, name in imported(path)
        if name.split(".")[0] in FRAMEWORKS
    ]
    assert wrong == []


def test_a_stage_imports_benches_and_only_the_contract_of_another_stage() -> None:
    wrong = []
    for path in (ROOT / "ops").rglob("*.py"):
        for line, name in imported(path):
            parts = name.split(".")
            if parts[0] != "ops" or name == "ops":
                continue
            other = parts[1]
            known = other == stage(path) or other in BENCHES or ".".join(parts[1:3]) in SHARED
            contract = parts[2:3] in (["contract"], ["config"]) and stage(path) not in BENCHES
            if not (known or parts[2:3] == ["contract"] or contract):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert wrong == []


def test_every_bench_is_there() -> None:
    found = {path.stem for path in (ROOT / "ops").iterdir() if path.suffix in ("", ".py")}
    assert found >= BENCHES


def test_what_reads_text_imports_no_torch() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for folder in LIGHT
        for path in (ROOT / "ops" / folder).rglob("*.py")
        for line, name in imported(path)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_httpx_is_imported_in_one_place() -> None:
    places = {
        str(path.relative_to(ROOT))
        for path in modules()
        for _, name in imported(path)
        if name.split(".")[0] == "httpx"
    }
    assert places == {"resources/http.py"}


def test_files_with_dagster_types_do_not_postpone_annotations() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for floor in FLOORS[1:]
        for path in (ROOT / floor).rglob("*.py")
        if any(name == "__future__.annotations" for _, name in imported(path))
    ]
    assert wrong == []
