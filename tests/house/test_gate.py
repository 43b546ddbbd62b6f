"""The gate runs what the README prints: every line of the README's Dagster block, word for word."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTED = ["dagster dev"]  # it does not end: tests/pipeline/test_dev.py


def test_each_command_of_the_readme_is_in_the_gate() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    block = readme.split("**Dagster's own commands.**", 1)[1].split("```", 2)[1]
    commands = [line for line in block.splitlines() if line.strip()]
    assert len(commands) >= 8
    assert [line for line in commands if line not in gate] == TESTED
