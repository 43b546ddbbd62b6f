"""replay.py: right on the package as it is, and it says which probe a fault is seen in."""

import ast
import inspect
import json
import math
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.coreml import library, proof
from ops.coreml.bundle import DEVICE, BundleReport
from ops.coreml.contract import GOLDEN, PACKAGE, REPLAYS, VERIFICATION
from ops.coreml.device import replay as script
from tests.ops.coreml.device import coremltools_stand_in, mac
from tests.ops.coreml.test_faults import KEY, VALUE, swapped


def rows(told: str) -> dict[str, list[str]]:
    """The cells of each line of the table, by probe."""
    cells = [line.split() for line in told.splitlines()]
    return {row[0]: row[1:] for row in cells if row[0].startswith("probe-")}


def test_needs_nothing_of_ours() -> None:
    tree = ast.parse((DEVICE / "replay.py").read_text(encoding="utf-8"))
    named = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} - sys.stdlib_module_names == {
        "coremltools",
        "numpy",
    }


def test_the_stand_in_is_asked_as_coremltools_is() -> None:
    real = library.load()
    for name in ("__init__", "predict", "make_state"):
        own = inspect.signature(getattr(coremltools_stand_in.MLModel, name))
        theirs = inspect.signature(getattr(real.models.MLModel, name))
        assert list(own.parameters) == list(theirs.parameters), name
    units = {unit.name for unit in real.ComputeUnit}
    assert {unit.name for unit in coremltools_stand_in.ComputeUnit} == units


def test_the_package_answers_as_it_did(fp16: BundleReport, tmp_path: Path) -> None:
    done = mac.replay(fp16.path, tmp_path, "--compute-units", "cpu_and_ne")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "passed on cpu_and_ne"
    found = rows(done.stdout)
    assert [row[:2] for row in found.values()] == [
        ["main", str(length)] for length in (17, 25, 49, 64)
    ]
    # What the interpreter answers now is what it answered then, to the last bit.
    assert {row[3] for row in found.values()} == {"0.0000"}
    assert found["probe-003"][-1] == "nan"  # a prompt that fills the context leaves nothing to say


def keep_two(folder: Path) -> None:
    """Leave out the longer probes: a fault is seen in any."""
    path = folder / GOLDEN / "index.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    index["probes"] = index["probes"][:2]
    path.write_text(json.dumps(index), encoding="utf-8")


def louder(folder: Path) -> None:
    path = folder / GOLDEN / "probe-001.json"
    probe = json.loads(path.read_text(encoding="utf-8"))
    probe["package_logits"][5][0] += 0.05 * probe["package_largest"]
    path.write_text(json.dumps(probe), encoding="utf-8")


def other_student(folder: Path) -> None:
    for path in (folder / GOLDEN).glob("probe-*.json"):
        probe = json.loads(path.read_text(encoding="utf-8"))
        probe["student_ids"] = [row[::-1] for row in probe["student_ids"]]
        path.write_text(json.dumps(probe), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(louder, "failed: probe-001: difference 0.0500, at most 0.03", id="vector"),
        pytest.param(
            lambda folder: swapped(KEY, VALUE)(folder / PACKAGE),
            "failed: probe-00[01]: difference .*; probe-00[01]: first token, main: ",
            id="weights",
        ),
        pytest.param(
            other_student,
            "failed: probe-00[01]: first token, main: .*, at least 0.99",
            id="student",
        ),
        pytest.param(
            lambda folder: (folder / PACKAGE / "Manifest.json").unlink(),
            "failed: CoreML does not run the package: .*not a readable package",
            id="package",
        ),
    ],
)
def test_a_fault_is_told(
    fp16: BundleReport, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    copy = shutil.copytree(fp16.path, tmp_path / "bundle")
    keep_two(copy)
    damage(copy)
    done = mac.replay(copy, tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(message, done.stdout.splitlines()[-1]), done.stdout


def test_an_answer_that_is_no_number_is_the_worst() -> None:
    index = {"logit_difference_at_most_share_of_largest": 0.03, "top1_at_least": 0.75}
    apart = {"probe-000": 0.01, "probe-001": math.nan, "probe-002": 9.0}
    rows = [script.Row(name, "main", [True], value, 1, 1) for name, value in apart.items()]
    assert script.problems(rows, index) == ["probe-001: difference nan, at most 0.03"]
    # Three of four positions are enough, whichever probe they are in; of each speaker.
    rows = [script.Row("probe-000", "main", [True, True], 0, 1, 1)]
    rows += [script.Row("probe-001", "main", [True, False], 0, 1, 1)]
    assert script.problems(rows, index) == []
    rows += [script.Row("probe-002", "calls", [True, False], 0, 1, 1)]
    told = "probe-002: first token, calls: 50.0%, at least 0.75"
    assert script.problems(rows, index) == [told]


def test_one_speaker_is_asked_for_by_its_function(fp16: BundleReport, tmp_path: Path) -> None:
    done = mac.replay(fp16.path, tmp_path, "--function", "weather")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "not tried: no probe was fed to 'weather'; the functions are main\n"


def test_without_a_mac_or_coremltools_it_says_what_to_do(
    fp16: BundleReport, tmp_path: Path
) -> None:
    here = mac.run(fp16.path)
    told = f"not tried: only macOS has CoreML: copy {fp16.path} to a Mac and run it there\n"
    assert (here.returncode, here.stdout, here.stderr) == (2, "", told)
    (tmp_path / "sitecustomize.py").write_text(mac.MACOS.format(version="15.0"), encoding="utf-8")
    missing = "raise ModuleNotFoundError(\"No module named 'coremltools'\")\n"
    (tmp_path / "coremltools.py").write_text(missing, encoding="utf-8")
    bare = mac.run(fp16.path, path=str(tmp_path))
    told = "not tried: No module named 'coremltools': python3 -m pip install coremltools numpy\n"
    assert (bare.returncode, bare.stdout, bare.stderr) == (2, "", told)


def test_an_old_macos_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.mac_ver", lambda: ("14.6.1", ("", "", ""), "arm64"))
    monkeypatch.setattr("sys.argv", ["replay.py"])
    assert script.main() == 2
    told = "not tried: the package needs macOS 15, this is 14.6.1: use a newer Mac\n"
    assert capsys.readouterr() == ("", told)


def test_a_damaged_bundle_is_told_in_a_line(fp16: BundleReport, tmp_path: Path) -> None:
    copy = shutil.copytree(fp16.path, tmp_path / "bundle")
    (copy / GOLDEN / "index.json").write_text('{"probes": 3}', encoding="utf-8")
    done = mac.replay(copy, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("not tried: the bundle is damaged: TypeError(")
    assert done.stderr.count("\n") == 1


def test_a_script_that_was_changed_is_seen(fp16: BundleReport, tmp_path: Path) -> None:
    copy = shutil.copytree(fp16.path, tmp_path / "bundle")
    for name in REPLAYS:
        assert (copy / name).read_bytes() == (DEVICE / name).read_bytes()
    assert proof.stale_files(proof.opened(copy)) == []
    (copy / "replay.py").write_text("print('passed')", encoding="utf-8")
    (copy / "replay.swift").unlink()
    assert proof.stale_files(proof.opened(copy)) == [
        "replay.py is changed",
        "replay.swift is missing",
    ]
    described = json.loads((copy / VERIFICATION).read_text(encoding="utf-8"))
    (copy / VERIFICATION).write_text(json.dumps(described | {"replay_files": None}))
    assert proof.stale_files(proof.opened(copy)) == ["no hashes are told of replay.py"]
