"""What an adapter is put on, and which students and settings are refused before a step."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from ops.errors import InputError, SettingsError
from ops.lora.adapter import adapted
from tests.ops.lora.conftest import CONFIG

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def changed(**settings: Any) -> Any:
    return CONFIG.model_copy(update=settings)


def test_the_recipe_of_the_profile_is_that_of_the_adapter(student_folder: Path) -> None:
    model = adapted(student_folder, changed(rank=6, alpha=3, dropout=0.25, targets=("q_proj",)))
    held = model.peft_config["default"]
    assert (held.r, held.lora_alpha, held.lora_dropout) == (6, 3, 0.25)
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert len(trained) == 2 * 2
    assert all(".q_proj.lora_" in name for name in trained)


def test_without_names_every_linear_layer_but_the_head_has_one(student_folder: Path) -> None:
    model = adapted(student_folder, CONFIG)
    layers = {n.split(".")[-4] for n, value in model.named_parameters() if value.requires_grad}
    assert layers == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        pytest.param(("no_such",), "lora.targets: Target modules", id="unknown"),
        pytest.param(("q_proj", "lm_head"), "lora.targets names the head", id="head"),
    ],
)
@pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings=True`")
def test_layers_that_cannot_be_adapted_are_refused(
    student_folder: Path, targets: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        adapted(student_folder, changed(targets=targets))
    assert "\n" not in str(error.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here it can be quantised")
def test_four_bits_need_a_device_and_a_package(student_folder: Path) -> None:
    told = "lora.quantise is nf4, and here is not a CUDA device and not the package bitsandbytes"
    with pytest.raises(SettingsError, match=told) as error:
        adapted(student_folder, changed(quantise="nf4"))
    assert "\n" not in str(error.value)


def test_a_student_whose_logits_are_not_its_heads_alone_is_refused(
    student_folder: Path, tmp_path: Path
) -> None:
    """Granite scales its logits, which the pass of the head does not."""
    folder = shutil.copytree(student_folder, tmp_path / "student")
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings |= {"model_type": "granite", "architectures": ["GraniteForCausalLM"]}
    text = json.dumps(settings | {"logits_scaling": 8.0})
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="of type granite, whose logits have logits_scaling"):
        adapted(folder, CONFIG)
