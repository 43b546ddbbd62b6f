"""Several functions in one package: they share weights, and each computes what its student does."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from ops.coreml import functions, golden, proof
from ops.coreml.bundle import CLIENT_NAME, BuildSpec, BundleReport, build
from ops.coreml.clients import Session
from ops.coreml.config import CoreMLConfig, FunctionConfig
from ops.coreml.contract import GOLDEN, PACKAGE, TOKENIZER_FILES
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import functions as names_of
from ops.coreml.interpreter.program import read
from ops.coreml.reference import logits
from ops.coreml.verify import Verification, verify
from ops.errors import InputError
from tests.ops.coreml.device import mac

# peft asks the models that it wraps by a name that transformers is giving up.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
PROBES = [list(range(5, 16))]


def size(path: Path) -> int:
    return (path / WEIGHTS).stat().st_size


def failed(found: Verification) -> list[str]:
    return [check.name for check in found.checks if not check.passed]


@pytest.fixture(scope="module")
def biased(make_student: Any) -> Any:
    return make_student("qwen2", num_hidden_layers=1)


@pytest.fixture(scope="module")
def adapters(biased: Any, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two folders as PEFT writes them, of adapters that change what the student says."""
    paths = []
    for seed in (1, 2):
        lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])
        model = get_peft_model(copy.deepcopy(biased), lora)
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.2)
        paths.append(tmp_path_factory.mktemp("adapter"))
        model.save_pretrained(paths[-1])
    return [str(path) for path in paths]


@pytest.fixture(scope="module")
def config(adapters: list[str]) -> CoreMLConfig:
    """The student, and it with either of two adapters; with the second one token at a time."""
    return CoreMLConfig(
        precision="int8",
        context=64,
        functions={
            "main": FunctionConfig(),
            "weather": FunctionConfig(adapter=adapters[0]),
            "calls": FunctionConfig(adapter=adapters[1], tokens=1),
        },
    )


@pytest.fixture(scope="module")
def those(biased: Any, config: CoreMLConfig) -> dict[functions.Adapter, Any]:
    return functions.students(biased, config)


@pytest.fixture(scope="module")
def built(
    biased: Any, folder: Path, config: CoreMLConfig, tmp_path_factory: pytest.TempPathFactory
) -> BundleReport:
    """The bundle of all three speakers, as the stage makes it."""
    student, out = tmp_path_factory.mktemp("student"), tmp_path_factory.mktemp("functions")
    biased.save_pretrained(student)
    for name in TOKENIZER_FILES:
        shutil.copyfile(folder / name, student / name)
    return build(BuildSpec(student=student, config=config, probes=PROBES), out)


@pytest.fixture(scope="module")
def bundle(built: BundleReport) -> Path:
    return built.path


@pytest.fixture(scope="module")
def package(bundle: Path) -> Path:
    return bundle / PACKAGE


def test_the_package_names_its_functions(package: Path) -> None:
    assert names_of(package) == ["main", "calls", "weather"]
    assert read(package).inputs == read(package, "main").inputs
    assert read(package, "weather").metadata[CLIENT_NAME] == "worker"
    lengths = {name: read(package, name).inputs[0].bounds[-1] for name in names_of(package)}
    assert lengths == {"main": (1, 64), "weather": (1, 64), "calls": (1, 1)}


def test_every_speaker_is_verified(built: BundleReport) -> None:
    names = {check["name"] for check in built.checks}
    assert {"graph", "weather.graph", "calls.graph"} <= names
    wrong = {check["name"] for check in built.checks if not check["passed"]}
    # int8 may change one choice in sixteen of random weights, which is more than a student may.
    assert wrong <= {"greedy", "weather.greedy", "calls.greedy"}


def test_an_adapter_is_not_taken_for_another(
    package: Path, those: dict[functions.Adapter, Any], config: CoreMLConfig, adapters: list[str]
) -> None:
    other = functions.spoken(config, adapters[1])
    found = failed(verify(package, those[adapters[0]], other, PROBES))
    assert {"weights", "kl_nats"} <= set(found)


def test_every_speaker_is_recorded(bundle: Path) -> None:
    records = golden.read(bundle / GOLDEN)
    assert [one.functions for one in records] == [["main"], ["weather"], ["calls"]]
    answers = {tuple(one.package_logits[0].tolist()) for one in records}
    assert len(answers) == 3


def test_without_their_students_all_speakers_are_checked(bundle: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    path = copy / GOLDEN / "probe-001.json"
    probe = json.loads(path.read_text(encoding="utf-8"))
    probe["package_logits"][4][0] += 0.5 * probe["package_largest"]
    path.write_text(json.dumps(probe), encoding="utf-8")
    told = {check.name: check for check in proof.prove(proof.opened(copy)).checks}
    assert [told[name].value for name in ("recorded", "calls.recorded")] == [0.0, 0.0]
    wrong = {name: one.where for name, one in told.items() if not one.passed}
    assert {name: where for name, where in wrong.items() if "greedy" not in name} == {
        "files": f"{GOLDEN}/probe-001.json is changed",
        "weather.recorded": "probe-001",
    }


def test_a_mac_replays_the_speaker_that_is_asked_for(bundle: Path, tmp_path: Path) -> None:
    done = mac.replay(bundle, tmp_path, "--function", "calls")
    assert (done.returncode, done.stderr) == (0, "")
    _, only, verdict = done.stdout.splitlines()
    assert only.split()[:3] == ["probe-002", "calls", "27"]
    assert only.split()[4] == "0.0000"
    assert verdict == "passed on all"


def test_an_adapter_says_what_it_says_when_merged(
    package: Path, biased: Any, adapters: list[str]
) -> None:
    from peft import PeftModel

    merged = PeftModel.from_pretrained(copy.deepcopy(biased), adapters[0]).merge_and_unload()
    wanted, plain = logits(merged, PROBES[0]), logits(biased, PROBES[0])
    got = Session([Machine(read(package, "weather"), "declared")]).feed(PROBES[0])
    scale = float(wanted.abs().max())
    assert float((got - wanted).abs().max()) < 0.05 * scale < float((plain - wanted).abs().max())


def test_weights_stand_once(package: Path, those: dict[functions.Adapter, Any]) -> None:
    base = sum(parameter.numel() for parameter in those[None].parameters())
    adapters = sum(
        parameter.numel()
        for student in those.values()
        for name, parameter in student.named_parameters()
        if "lora_" in name
    )
    once = base + 2 * adapters  # a byte a number, two for those of adapters
    assert once < size(package) < 1.25 * once < 2 * base


def test_a_folder_that_is_no_adapter_is_refused(biased: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not fit the student: ") as raised:
        functions.adapted(biased, tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"decode": {"tokens": 1}}, "one alone is called 'main'", id="alone"),
        pytest.param({"main": {"tokens": 65}}, r"functions\.main\.tokens is 65", id="too_many"),
        pytest.param({"de code": {}, "main": {}}, "should match pattern", id="name"),
        pytest.param({}, "at least 1 item", id="none"),
    ],
)
def test_functions_that_no_package_can_have_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        CoreMLConfig(context=64, functions=settings)
