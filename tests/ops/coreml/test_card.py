"""The card says what the JSON files of a bundle say."""

import json
from typing import Any

import pytest

from ops.coreml.bundle import BundleReport
from ops.coreml.card import card
from ops.coreml.contract import CARD, CONTRACT, VERIFICATION


@pytest.fixture
def told(int8: BundleReport) -> list[dict[str, Any]]:
    """contract.json and verification.json of a real bundle."""
    names = (CONTRACT, VERIFICATION)
    return [json.loads((int8.path / name).read_text(encoding="utf-8")) for name in names]


def test_lies_in_the_bundle(int8: BundleReport, told: list[dict[str, Any]]) -> None:
    text = (int8.path / CARD).read_text(encoding="utf-8")
    assert text == card(*told, "worker")
    assert text.startswith("---\nlibrary_name: coreml\n")
    assert "weights int8, computed in fp16, for iOS 18 and macOS 15 or later" in text
    assert "| `main` | `inputIds` int32, `causalMask` fp16 |" in text.splitlines()
    assert "between `<tool_call>` and `</tool_call>` as a JSON object with name and" in text
    assert f"All {len(told[1]['checks'])} checks passed, on Linux" in text
    assert "- mix: `abc`" in text.splitlines()
    assert "Answers of the saved file" not in text


def test_says_what_failed_and_what_was_answered(told: list[dict[str, Any]]) -> None:
    contract, record = told
    graph = next(check for check in record["checks"] if check["name"] == "graph")
    graph |= {"passed": False, "value": 0.25, "where": "layers.0"}
    free = {"n": 4, "json_validity": 0.75, "json_validity_low": 0.2, "json_validity_high": 1.0}
    record["figures"]["answers"] = {"free": free}
    lines = card(contract | {"origin": {}}, record, "worker").splitlines()
    assert f"1 of {len(record['checks'])} checks failed: graph, on Linux" in " ".join(lines)
    assert "| graph | 0.25 | at most 0.0001 | layers.0 |" in lines
    assert "| json validity | 75.0% (20–100) |" in lines
    assert lines[-1] == "Nothing is told."
