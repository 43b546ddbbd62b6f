"""Several functions in one package: they share weights, and each computes what its student does."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from ops.coreml import functions
from ops.coreml.clients import Session
from ops.coreml.config import CoreMLConfig, FunctionConfig
from ops.coreml.contract import PACKAGE
from ops.coreml.convert import convert
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import functions as names_of
from ops.coreml.interpreter.program import read
from ops.coreml.reference import logits
from ops.coreml.verify import Verification, verify
from ops.errors import InputError

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
def package(
    those: dict[functions.Adapter, Any],
    config: CoreMLConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("functions") / PACKAGE
    convert(functions.modules(those, config), config, path, {"co.example": "worker"})
    return path


def test_the_package_names_its_functions(package: Path) -> None:
    assert names_of(package) == ["main", "calls", "weather"]
    assert read(package).inputs == read(package, "main").inputs
    assert read(package, "weather").metadata["co.example"] == "worker"
    lengths = {name: read(package, name).inputs[0].bounds[-1] for name in names_of(package)}
    assert lengths == {"main": (1, 64), "weather": (1, 64), "calls": (1, 1)}


def test_every_speaker_is_verified(
    package: Path, those: dict[functions.Adapter, Any], config: CoreMLConfig
) -> None:
    found = {
        adapter: verify(package, student, functions.spoken(config, adapter), PROBES)
        for adapter, student in those.items()
    }
    # int8 may change one choice in sixteen of random weights, which is more than a student may.
    assert [set(failed(one)) - {"greedy"} for one in found.values()] == [set(), set(), set()]


def test_an_adapter_is_not_taken_for_another(
    package: Path, those: dict[functions.Adapter, Any], config: CoreMLConfig, adapters: list[str]
) -> None:
    other = functions.spoken(config, adapters[1])
    found = failed(verify(package, those[adapters[0]], other, PROBES))
    assert {"weights", "kl_nats"} <= set(found)


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
