"""A right package passes, and another student is seen. Planted faults: test_faults.py."""

from pathlib import Path
from typing import Any

import pytest

from ops.coreml.bundle import BundleReport
from ops.coreml.config import CoreMLConfig, Precision
from ops.coreml.contract import PACKAGE
from ops.coreml.verify import Check, Verification, verify

PROBES = [[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]]


def verified(package: Path, student: Any, precision: Precision = "fp16") -> Verification:
    return verify(package, student, CoreMLConfig(precision=precision, context=64), PROBES)


def failed(found: Verification) -> set[str]:
    return {check.name for check in found.checks if not check.passed}


def test_a_sound_package_passes(bundle: BundleReport, student: Any) -> None:
    precision: Precision = "int8" if bundle.path.name.startswith("int8") else "fp16"
    found = verified(bundle.path / PACKAGE, student, precision)
    assert failed(found) == set()
    assert found.passed


def test_another_student_is_seen(fp16: BundleReport, make_student: Any) -> None:
    assert {"weights", "kl_nats"} <= failed(verified(fp16.path / PACKAGE, make_student(seed=1)))


@pytest.mark.parametrize(
    ("value", "rule", "passed"),
    [
        pytest.param(0.5, "at_most", True, id="below"),
        pytest.param(1.5, "at_most", False, id="above"),
        pytest.param(0.5, "at_least", False, id="too_little"),
        pytest.param(float("nan"), "at_most", False, id="no_number"),
        pytest.param(float("nan"), "at_least", False, id="no_number_at_least"),
    ],
)
def test_a_check_keeps_its_rule(value: float, rule: Any, passed: bool) -> None:
    assert Check("figure", value, rule, 1.0, "").passed is passed
