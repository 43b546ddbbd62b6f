"""The bundle: complete, generated from what was saved, and refused when the input is not right."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ops.coreml import golden, package, reference
from ops.coreml.bundle import BuildSpec, BundleReport, build
from ops.coreml.clients import Session
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import CONTRACT, GOLDEN, PACKAGE, TOKENIZER_FILES, VERIFICATION
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import read
from ops.coreml.proof import joined
from ops.coreml.verify import Check, Verification
from ops.digest import file_digest
from ops.errors import InputError

CONTEXT = 64


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_passes_every_check(bundle: BundleReport) -> None:
    written = load(bundle.path / VERIFICATION)
    assert [check["name"] for check in written["checks"] if not check["passed"]] == []
    assert written["passed"] is bundle.passed is True
    assert written["figures"]["probes"] == 4
    assert written["package_digest"] == bundle.package_digest


def test_int8_halves_the_package(fp16: BundleReport, int8: BundleReport) -> None:
    def weights(report: BundleReport) -> int:
        path = report.path / PACKAGE / "Data/com.apple.CoreML/weights/weight.bin"
        return path.stat().st_size

    assert weights(int8) < 0.65 * weights(fp16)


def test_contract_says_what_a_client_needs(int8: BundleReport) -> None:
    contract = load(int8.path / CONTRACT)
    any_length, one = [1, CONTEXT], [1, 1]
    assert contract["inputs"] == [
        {"name": "inputIds", "dtype": "int32", "lengths": [one, any_length]},
        {"name": "causalMask", "dtype": "fp16", "lengths": [one, one, any_length, any_length]},
    ]
    assert contract["outputs"] == [{"name": "logits", "dtype": "fp16", "lengths": [1, None, 300]}]
    cache = [[2, 2], one, [2, 2], [CONTEXT, CONTEXT], [16, 16]]
    assert [(state["name"], state["lengths"]) for state in contract["states"]] == [
        ("keyCache", cache),
        ("valueCache", cache),
        ("written", [one, one, one, [CONTEXT, CONTEXT]]),
    ]
    assert (contract["context"], contract["vocabulary"]) == (CONTEXT, 300)
    assert (contract["precision"], contract["systems"]) == ("int8", ["iOS 18", "macOS 15"])
    assert contract["tokens"] == {"begin": None, "end": [1], "pad": 0}
    assert contract["origin"] == {"mix": "abc"}


def test_contract_hashes_the_files(bundle: BundleReport, folder: Path) -> None:
    contract = load(bundle.path / CONTRACT)
    assert contract["package_files"] == package.files(bundle.path / PACKAGE)
    assert contract["package_digest"] == bundle.package_digest
    assert contract["tokenizer_files"] == {
        name: file_digest(folder / name) for name in sorted(TOKENIZER_FILES)
    }


def test_golden_vectors_are_what_the_package_answers(
    bundle: BundleReport, probes: list[list[int]]
) -> None:
    machine = Machine(read(bundle.path / PACKAGE), "declared")
    for probe, one in zip(probes, golden.read(bundle.path / GOLDEN), strict=True):
        tokens = one.input_ids
        assert (one.functions, tokens[: one.prompt]) == (["main"], probe)
        assert len(tokens) == max(len(probe), min(len(probe) + 16, CONTEXT - 1))
        rest = [[token] for token in tokens[len(probe) :]]
        logits = Session([machine]).feed_each([probe, *rest])
        assert one.package_ids.tolist() == logits.topk(5).indices.tolist()
        assert one.package_logits.tolist() == logits.topk(5).values.tolist()
        assert one.package_largest == float(logits.abs().max())


def test_golden_vectors_are_the_students_own(
    fp16: BundleReport, student: Any, probes: list[list[int]]
) -> None:
    one = golden.read(fp16.path / GOLDEN)[1]
    logits = reference.logits(student, one.input_ids)
    start = len(probes[1])
    assert logits[start - 1 : -1].argmax(-1).tolist() == one.input_ids[start:]
    # Every digit is there: float32 comes back as it was.
    assert torch.equal(one.student_logits, logits.topk(5).values)
    assert torch.equal(one.student_total, logits.logsumexp(-1))


def test_checks_of_an_adapter_are_named_by_its_functions() -> None:
    found = Verification([Check("graph", 0.0, "at_most", 1.0, "")], {"probes": 1}, [])
    both = joined({None: found, "folder": found}, {None: ["main"], "folder": ["weather", "calls"]})
    assert [check.name for check in both.checks] == ["graph", "weather+calls.graph"]
    assert both.figures == {"probes": 1}


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        pytest.param([], "probe 0 has 0 tokens; expected 1 to 64", id="empty"),
        pytest.param([5] * 65, "probe 0 has 65 tokens", id="too_long"),
        pytest.param([299, 300], "token ids 299 to 300; the student knows 0 to 299", id="unknown"),
        pytest.param([-1], "token ids -1 to -1", id="negative"),
    ],
)
def test_refuses_a_probe_that_does_not_fit(
    folder: Path, tmp_path: Path, probe: list[int], message: str
) -> None:
    spec = BuildSpec(student=folder, config=CoreMLConfig(context=CONTEXT), probes=[probe])
    with pytest.raises(InputError, match=message):
        build(spec, tmp_path)


@pytest.mark.parametrize("name", TOKENIZER_FILES)
def test_refuses_a_student_without_a_tokenizer_file(
    folder: Path, tmp_path: Path, name: str
) -> None:
    broken = shutil.copytree(folder, tmp_path / "student")
    (broken / name).unlink()
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=f"has no {name}"):
        build(
            BuildSpec(student=broken, config=CoreMLConfig(context=CONTEXT), probes=[[5]]),
            tmp_path / "out",
        )


def test_refuses_a_tokenizer_of_another_student(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "student")
    content = load(broken / "tokenizer.json")
    content["model"]["vocab"]["zebra"] = 300
    (broken / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="has token 300, the student knows 0 to 299"):
        build(
            BuildSpec(student=broken, config=CoreMLConfig(context=CONTEXT), probes=[[5]]),
            tmp_path / "out",
        )


@pytest.mark.slow
def test_process_reports_an_error_in_one_line(folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folder, tmp_path / "student")
    config = load(broken / "config.json")
    config["rope_parameters"] = {"rope_type": "longrope", "rope_theta": 10000.0} | {
        "original_max_position_embeddings": 64,
        "short_factor": [1.0] * 8,
        "long_factor": [2.0] * 8,
    }
    (broken / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "out").mkdir()
    spec = {"student": str(broken), "config": {"context": CONTEXT}, "probes": [[5]], "origin": {}}
    (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, "-m", "ops.coreml", "--spec", str(tmp_path / "spec.json")]
    ran = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith("ConversionError: ")
    assert "rope_type = 'longrope'" in ran.stderr.splitlines()[-1]
    assert json.loads(ran.stdout.splitlines()[0])["progress"]["stage"] == "coreml"
