"""The repair adapter: only it is trained, on corrections and replay, and at its best step."""

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file

from ops import tables
from ops.errors import SettingsError
from ops.lora.examples import broken, corrected
from ops.lora.train import adapt
from ops.losses.config import RepairConfig
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import Batch, collate
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS
from ops.training.hidden import base_of, hidden
from tests.conftest import CONTEXT
from tests.ops.lora.conftest import CONFIG, written

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

COUNTED = ("corrections", "too_long", "broken_tokens")


def adapter(out: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(out / "adapter" / "adapter_model.safetensors")
    return found


def test_the_adapter_learns_and_says_how(adapted: tuple[Path, dict[str, Any]]) -> None:
    out, figures = adapted
    assert [figures[name] for name in COUNTED] == [8, 0, 0]
    assert figures["last_loss"] < figures["first_loss"]
    assert any(value.abs().max() > 0 for name, value in adapter(out).items() if "lora_B" in name)
    summary = json.loads((out / "training_summary.json").read_text())
    trained = {name: value for name, value in figures.items() if name not in COUNTED}
    assert trained.items() <= summary.items()
    assert summary["config"] == CONFIG.training.model_dump()
    steps = tables.rows(tables.read(out / "steps.parquet", STEPS))
    assert len(steps) == figures["steps"]


def test_only_the_adapter_is_trained(adapted: tuple[Path, dict[str, Any]]) -> None:
    """Weights of two low-rank matrices on each linear layer but the head, and no other."""
    names = adapter(adapted[0])
    assert {name.split(".")[-2] for name in names} == {"lora_A", "lora_B"}
    assert len(names) == 2 * 2 * 7
    assert not any("lm_head" in name or "embed" in name for name in names)


def test_training_leaves_the_student_as_it_was(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]]
) -> None:
    base = students.load(student_folder)
    before = {name: value.clone() for name, value in base.named_parameters()}
    model = peft.PeftModel.from_pretrained(base, str(adapted[0] / "adapter"))
    kept = {
        name.replace("base_layer.", ""): v for name, v in model.get_base_model().named_parameters()
    }
    assert all(torch.equal(kept[name], value) for name, value in before.items())


def test_the_same_corrections_give_the_same_adapter(
    student_folder: Path,
    shards_folder: Path,
    corrections: list[dict[str, Any]],
    adapted: tuple[Path, dict[str, Any]],
    tmp_path: Path,
) -> None:
    torch.manual_seed(12345)
    adapt(student_folder, shards_folder, written(corrections, tmp_path), CONFIG, tmp_path)
    first, again = adapter(adapted[0]), adapter(tmp_path)
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_without_corrections_the_adapter_is_zero_and_says_so(
    student_folder: Path, shards_folder: Path, tmp_path: Path
) -> None:
    figures = adapt(student_folder, shards_folder, written([], tmp_path), CONFIG, tmp_path)
    assert figures == {
        "corrections": 0,
        "not_run": "no accepted correction: the adapter is zero",
    }
    assert all(v.abs().max() == 0 for name, v in adapter(tmp_path).items() if "lora_B" in name)


def test_a_correction_without_room_is_left_out_and_counted(
    student_folder: Path,
    shards_folder: Path,
    corrections: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    """Nothing is cut to fit: an answer whose end is cut off would teach to stop in mid-word."""
    long = corrections[0] | {"corrected": "so it goes " * CONTEXT + "<|im_end|>"}
    rows = written([long, *corrections[1:]], tmp_path)
    figures = adapt(student_folder, shards_folder, rows, CONFIG, tmp_path)
    assert (figures["corrections"], figures["too_long"]) == (7, 1)
    alone = adapt(student_folder, shards_folder, written([long], tmp_path), CONFIG, tmp_path)
    assert alone["not_run"] == "each of 1 corrections is too long: the adapter is zero"


def test_a_cadence_that_cannot_stop_the_run_is_refused_before_it(
    student_folder: Path, corrections: list[dict[str, Any]], tmp_path: Path
) -> None:
    stopping = {"validate_every": 500, "stopping": {"patience": 3}, "epochs": 700}
    training = TrainingConfig.model_validate(CONFIG.training.model_dump() | stopping)
    config = CONFIG.model_copy(update={"training": training})
    rows = written(corrections, tmp_path)
    with pytest.raises(SettingsError, match=r"patience is 3 and can never stop the run: 700 steps"):
        adapt(student_folder, None, rows, config, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["critiques.parquet"]


def test_the_bad_output_is_nowhere_in_what_is_learnt(
    corrections: list[dict[str, Any]], student_folder: Path
) -> None:
    tokenizer = tokenizers.load(student_folder)
    for row in corrections:
        example = corrected(row, tokenizer)
        assert tokenizer.decode(example["input_ids"]) == row["prompt"] + row["corrected"]
        batch = collate([example])
        assert tokenizer.decode(batch.targets.ids_NK[:, 0]) == row["corrected"]


def test_what_departs_is_unlearnt_beside_the_correction(
    student_folder: Path, shards_folder: Path, corrections: list[dict[str, Any]], tmp_path: Path
) -> None:
    """With the whole weight, as a student from nothing is not sure of anything broken yet."""
    config = CONFIG.model_copy(update={"repair": RepairConfig(unlikelihood_weight=1.0)})
    figures = adapt(student_folder, shards_folder, written(corrections, tmp_path), config, tmp_path)
    tokenizer = tokenizers.load(student_folder)
    batch = collate([found for row in corrections if (found := broken(row, tokenizer))])
    assert figures["broken_tokens"] == len(batch.targets) == 8 * len("QQQQ")
    base = students.load(student_folder)
    before = chances(base, batch)
    adapted = peft.PeftModel.from_pretrained(base, str(tmp_path / "adapter"))
    assert (chances(adapted, batch) < 0.9 * before).all()
    steps = tables.rows(tables.read(tmp_path / "steps.parquet", STEPS))
    parts = [dict(row["parts"]) for row in steps]
    assert [row["loss"] for row in steps] == [part["unlikelihood"] for part in parts]
    assert all(part["cross_entropy"] > 1.0 for part in parts)


def chances(model: Any, batch: Batch) -> torch.Tensor:
    """The probability of each target."""
    with torch.no_grad():
        logits_NV = base_of(model.eval()).lm_head(hidden(model, batch))
    found: torch.Tensor = logits_NV.softmax(-1).gather(-1, batch.targets.ids_NK[:, :1])
    return found
