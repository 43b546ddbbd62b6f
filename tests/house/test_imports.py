"""Listing the definitions is quick and takes our packages, not somebody else's."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch", "transformers", "coremltools", "duckdb", "peft", "tensorboard", "llguidance",
    "sklearn",
)  # fmt: skip


def fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_definitions_import_nothing_heavy() -> None:
    code = (
        "import sys\nimport pipeline.definitions\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert fresh(code) == "[]"


def test_the_teacher_that_is_served_imports_nothing_heavy() -> None:
    code = (
        "import sys\nimport ops.teacher.embedded.serve\n"
        f"print([name for name in {(*HEAVY, 'dagster')!r} if name in sys.modules])"
    )
    assert fresh(code) == "[]"


def test_the_four_packages_are_ours() -> None:
    code = "import assets, ops, pipeline, resources\n" + "\n".join(
        f"print({name}.__file__)" for name in ("assets", "ops", "pipeline", "resources")
    )
    for line in fresh(code).splitlines():
        assert Path(line).is_relative_to(ROOT)
