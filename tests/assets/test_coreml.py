"""Nothing ships that was not measured as it is, or that an enforced gate stopped."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from assets.coreml import adapters, limit, require_gate
from ops.coreml.config import CoreMLConfig, FunctionConfig
from ops.errors import GateError
from ops.evaluation.config import GateConfig
from resources.lake import Artifact


def evaluation(of: str, passed: bool) -> Artifact:
    figures = {"gate_passed": passed, "gate": "gate failed: json_validity 90.0%"}
    return Artifact(Path("e"), "k", "v", {"merged_model": of}, figures, 1.0)


MODEL = Artifact(Path("m"), "k", "now", {}, {}, 1.0)


@pytest.mark.parametrize(("mode", "passed"), [("enforce", True), ("report", False)])
def test_a_measured_model_ships(mode: Literal["enforce", "report"], passed: bool) -> None:
    require_gate(MODEL, evaluation("now", passed), GateConfig(mode=mode))


def test_an_evaluation_of_another_model_does_not_count() -> None:
    with pytest.raises(GateError, match="another model"):
        require_gate(MODEL, evaluation("before", True), GateConfig(mode="report"))


def test_an_enforced_gate_that_failed_stops() -> None:
    with pytest.raises(GateError, match=r"json_validity 90\.0%"):
        require_gate(MODEL, evaluation("now", False), GateConfig(mode="enforce"))


def test_the_package_answers_within_the_limit_of_the_evaluation(tmp_path: Path) -> None:
    evaluated = replace(evaluation("now", True), path=tmp_path)
    text = json.dumps({"decoding": {"search": "greedy", "max_new_tokens": 77}})
    (tmp_path / "header.json").write_text(text, encoding="utf-8")
    assert limit(evaluated) == 77


def test_another_adapter_makes_another_package(tmp_path: Path) -> None:
    functions = {"main": FunctionConfig(), "weather": FunctionConfig(adapter=str(tmp_path))}
    config = CoreMLConfig(functions=functions)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"one")
    before = adapters(config)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"two")
    assert list(before) == ["functions.weather"]
    assert adapters(config) != before
