"""A merged student computes what base and adapter compute, in every form that it is saved in."""

import json
import shutil
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from ops.errors import ContractError
from ops.lora.merge import merge
from ops.lora.parity import TOLERANCES
from ops.student import model as students
from ops.student import tokenizer as tokenizers

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
IDS = torch.arange(40)[None]


def computed(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.eval()(input_ids=IDS).logits
    return found


def saved_as(dtype: torch.dtype, student: Path, folder: Path) -> Path:
    """The student with its weights in another dtype."""
    students.save(students.load(student).to(dtype), tokenizers.load(student), folder)
    return folder


def adapter_on(student: Path, targets: list[str], folder: Path) -> Path:
    """An adapter on these layers with seeded weights that do something."""
    base = students.load(student)
    base.config.tie_word_embeddings = False  # peft warns of tied layers, which is not the matter
    torch.manual_seed(5)
    config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM")
    model = peft.get_peft_model(base, config)
    for name, value in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(value, std=0.1)
    model.save_pretrained(str(folder), save_embedding_layers=False)
    return folder


def test_merging_computes_base_plus_adapter(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = adapted[0]
    figures = merge(student_folder, out / "adapter", tmp_path)
    assert figures["logits_relative_difference"] < figures["tolerance"] == 1e-4
    assert (figures["dtype"], figures["argmax_agreement"]) == ("float32", 1.0)
    merged, base = students.load(tmp_path / "student"), students.load(student_folder)
    plain = computed(base)
    both = peft.PeftModel.from_pretrained(base, str(out / "adapter"))
    torch.testing.assert_close(computed(merged), computed(both))
    assert (computed(merged) - plain).abs().max() > 0.01
    assert sorted(path.name for path in tmp_path.iterdir()) == ["student"]


def test_a_merged_student_is_an_ordinary_folder(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Tokenizer, template and what a server generates by are those of the student, byte by byte."""
    base = shutil.copytree(student_folder, tmp_path / "base")
    generation = json.loads((base / "generation_config.json").read_text(encoding="utf-8"))
    text = json.dumps(generation | {"max_new_tokens": 17})
    (base / "generation_config.json").write_text(text, encoding="utf-8")
    merge(base, adapted[0] / "adapter", tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        assert (tmp_path / "student" / name).read_bytes() == (base / name).read_bytes()
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "student")
    assert model.generation_config.max_new_tokens == 17
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "student")
    assert tokenizer.get_vocab() == tokenizers.load(student_folder).get_vocab()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_student_keeps_the_dtype_of_its_weights(
    student_folder: Path,
    adapted: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    dtype: torch.dtype,
) -> None:
    base = saved_as(dtype, student_folder, tmp_path / "base")
    figures = merge(base, adapted[0] / "adapter", tmp_path)
    weights = load_file(tmp_path / "student" / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {dtype}
    assert figures["dtype"] == str(dtype).removeprefix("torch.")
    # Rounding moves the logits, by far less than is allowed.
    assert 0 < figures["logits_relative_difference"] < TOLERANCES[dtype] / 2
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "student").dtype == dtype


@pytest.mark.parametrize("end", ["lm_head", "embed_tokens"])
def test_an_adapter_on_one_of_two_tied_matrices_leaves_the_other(
    student_folder: Path, tmp_path: Path, end: str
) -> None:
    base = students.load(student_folder)
    assert base.config.tie_word_embeddings
    before = base.lm_head.weight.detach().clone()
    adapter = adapter_on(student_folder, [end], tmp_path / "adapter")
    figures = merge(student_folder, adapter, tmp_path)
    assert figures["logits_relative_difference"] < 1e-4
    merged = students.load(tmp_path / "student")
    changed, kept = merged.lm_head.weight, merged.model.embed_tokens.weight
    if end == "embed_tokens":
        changed, kept = kept, changed
    assert torch.equal(kept, before)
    assert (changed - before).abs().max() > 0.01
    assert not merged.config.tie_word_embeddings


def test_tied_matrices_that_no_adapter_changes_stay_one(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    merge(student_folder, adapted[0] / "adapter", tmp_path)
    assert students.load(tmp_path / "student").config.tie_word_embeddings
    assert "lm_head.weight" not in load_file(tmp_path / "student" / "model.safetensors")


@pytest.mark.parametrize(
    ("factor", "dtype", "what"),
    [
        pytest.param(1e20, torch.float32, "merged model", id="digits_are_lost_in_the_sum"),
        pytest.param(1e20, torch.bfloat16, "merged model", id="in_any_dtype"),
    ],
)
def test_a_merge_that_computes_something_else_is_not_saved(
    student_folder: Path,
    adapted: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    factor: float,
    dtype: torch.dtype,
    what: str,
) -> None:
    """Weights so large that adding them to the student's loses the student's digits."""
    base = saved_as(dtype, student_folder, tmp_path / "base")
    huge = shutil.copytree(adapted[0] / "adapter", tmp_path / "adapter")
    name = "adapter_model.safetensors"
    weights = {key: value * factor for key, value in load_file(huge / name).items()}
    save_file(weights, huge / name)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ContractError, match=f"{what}: logits differ by") as told:
        merge(base, huge, out)
    assert "\n" not in str(told.value)
    assert list(out.iterdir()) == []


def test_what_rounding_makes_of_it_is_judged_as_it_was_saved(
    student_folder: Path, tmp_path: Path
) -> None:
    """In fp32 the merge is right; a weight beyond the range of half precision is infinite there."""
    base = saved_as(torch.float16, student_folder, tmp_path / "base")
    adapter = adapter_on(student_folder, ["o_proj"], tmp_path / "adapter")
    name = "adapter_model.safetensors"
    weights = load_file(adapter / name)
    save_file({key: value * 1e3 for key, value in weights.items()}, adapter / name)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ContractError, match="saved model: logits differ by"):
        merge(base, adapter, out)
    assert list(out.iterdir()) == []
