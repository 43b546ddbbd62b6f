"""The page and the card: numbers as a person reads them, nothing from a network."""

import re
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.report.write import POINTS, brief, curve, write
from ops.training.contract import STEPS

QUALITY = {
    "columns": ["before, free", "after, free"],
    "rows": [{"name": "json validity", "values": ["50.0% (34–66)", "98.8% (95–100)"]}],
}
CHANGES = {
    "columns": ["measure", "verdict"],
    "rows": [["json validity", "better"]],
    "forgotten": "Of 8 answers that were right before the repair 2 are not after it.",
}


def steps(losses: list[float], path: Path) -> Path:
    row = {"tokens": 1, "parts": {}, "norms": {}, "grad_norm": 1.0, "learning_rate": 0.1}
    rows = [row | {"step": n + 1, "loss": loss} for n, loss in enumerate(losses)]
    tables.write(tables.from_rows(rows, STEPS), path / "steps.parquet")
    return path / "steps.parquet"


def facts(**changes: Any) -> dict[str, Any]:
    return {
        "profile": "tiny",
        "teacher": "big <b>&</b> at http://127.0.0.1:1/v1",
        "student": "2.5 M parameters from scratch",
        "gate": "gate passed: json_validity 98.8% (wanted 98.0%)",
        "gate_passed": True,
        "quality": QUALITY,
        "changes": CHANGES,
        "failures": [("wrong_tool", 3)],
        "curves": [],
        "package": {
            "verdict": "verified",
            "checks": [{"name": "logits", "value": 0.001, "bound": 0.01, "passed": True}],
            "answers": {
                "columns": ["free"],
                "rows": [{"name": "tool selection", "values": ["61.5% (32–86)"]}],
            },
        },
        "lineage": [
            {"asset": "kd", "partition": "", "seconds": 3, "version": "abc", "figures": "steps 3"}
        ],
        **changes,
    }


def test_the_card_tells_what_the_shipped_file_answered(tmp_path: Path) -> None:
    write(facts(curves=[]), tmp_path)
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| held-out prompts | free |\n|---|---|\n| tool selection | 61.5% (32–86) |" in card
    write(facts(curves=[], package={"verdict": "verified", "checks": [], "answers": {}}), tmp_path)
    assert "own answers" not in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_both_files_hold_the_facts(tmp_path: Path) -> None:
    write(facts(curves=[curve("kd", steps([3.0, 1.5], tmp_path))]), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    for text in (page, card):
        assert "98.8%" in text
        assert "gate passed" in text
        assert "Of 8 answers that were right before the repair 2 are not after it." in text
    assert "kd: 3.00 to 1.50 nats per token, 2 steps" in page
    assert 'points="0.0,5.0 280.0,72.5"' in page
    assert "| json validity | 50.0% (34–66) | 98.8% (95–100) |" in card.splitlines()
    assert "<td>better</td>" in page
    assert card.startswith("---\nlibrary_name: coreml\n")


def test_the_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    write(facts(), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href|action)\s*=|@import|url\(|<script|<link|<img", page)
    assert "big &lt;b&gt;&amp;&lt;/b&gt;" in page
    assert "No training step was recorded." in page


@pytest.mark.parametrize(
    ("gate_passed", "style"),
    [pytest.param(True, "good", id="good"), pytest.param(False, "bad", id="bad")],
)
def test_the_gate_is_coloured(tmp_path: Path, gate_passed: bool, style: str) -> None:
    write(facts(gate_passed=gate_passed), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<strong class="{style}">gate passed' in page


@pytest.mark.parametrize("count", [1, 2, 199, 200, 201, 399, 1000])
def test_a_curve_is_thinned_and_stays_in_its_frame(tmp_path: Path, count: int) -> None:
    found = curve("kd", steps([5.0 - 4.0 * n / count for n in range(count)], tmp_path))
    points = [tuple(map(float, point.split(","))) for point in found["points"].split(" ")]
    assert len(points) <= POINTS
    assert all(0 <= x <= 280 and 0 <= y <= 140 for x, y in points)
    assert points[0] == (0.0, 5.0)
    assert found["steps"] == count


def test_brief_leaves_out_what_is_not_plain() -> None:
    figures = {"by_kind": {"a": 1}, "train_rows": 12, "loss": 0.123456, "from": "scratch"}
    assert brief(figures) == "train rows 12, loss 0.1235, from scratch"
