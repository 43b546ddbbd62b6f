"""The repair adapter: only it is trained, on corrections and replay, and merging loses nothing."""

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from ops import tables
from ops.critiques.contract import CRITIQUES
from ops.errors import ContractError
from ops.lora import train
from ops.lora.config import LoraConfig
from ops.lora.examples import broken, corrected
from ops.lora.merge import merge
from ops.lora.train import adapt
from ops.losses.config import RepairConfig
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import Batch, collate, planned
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS
from ops.training.hidden import base_of, hidden

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

BAD = "<tool_call>\nQQQQ"
COUNTED = ("corrections", "broken_tokens")
CONFIG = LoraConfig(
    training=TrainingConfig(learning_rate=1e-2, epochs=2, validations=2), rank=4, alpha=8, replay=1
)
REPAIR = CONFIG.model_copy(update={"repair": RepairConfig(unlikelihood_weight=0.3)})


@pytest.fixture(scope="module")
def corrections(supervision: Any) -> list[dict[str, Any]]:
    """Eight right answers of the repair split, as if the student had missed them."""
    texts = [row for row in supervision.texts.to_pylist() if row["split"] == "repair"]
    return [
        {
            "prompt_id": row["prompt_id"],
            "category": "truncated",
            "prompt": row["text"][: row["cuts"][0]],
            "bad_output": BAD,
            "finished": False,
            "critique": "It is cut off.",
            "corrected": row["text"][row["cuts"][0] :],
            "student_score": 0.0,
            "teacher_score": 1.0,
            "origin": "critique",
        }
        for row in texts[:8]
    ]


def written(rows: list[dict[str, Any]], folder: Path) -> Path:
    path = folder / "critiques.parquet"
    tables.write(tables.from_rows(rows, CRITIQUES), path)
    return path


@pytest.fixture(scope="module")
def adapted(
    student_folder: Path,
    shards_folder: Path,
    corrections: list[dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("lora")
    figures = adapt(student_folder, shards_folder, written(corrections, out), CONFIG, out)
    return out, figures


def adapter(out: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(out / "adapter" / "adapter_model.safetensors")
    return found


def test_the_adapter_learns_and_says_how(adapted: tuple[Path, dict[str, Any]]) -> None:
    out, figures = adapted
    assert (figures["corrections"], figures["broken_tokens"]) == (8, 0)
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
    merged = merge(student_folder, tmp_path / "adapter", tmp_path)
    assert merged == {"logits_max_difference": 0.0, "argmax_agreement": 1.0}


def test_the_bad_output_is_nowhere_in_what_is_learnt(
    corrections: list[dict[str, Any]], student_folder: Path
) -> None:
    tokenizer = tokenizers.load(student_folder)
    for row in corrections:
        example = corrected(row, tokenizer)
        assert tokenizer.decode(example["input_ids"]) == row["prompt"] + row["corrected"]
        batch = collate([example])
        assert tokenizer.decode(batch.targets.ids_NK[:, 0]) == row["corrected"]


@pytest.mark.parametrize(
    ("count", "learnt"), [pytest.param(3, 3, id="few"), pytest.param(8, 7, id="every_fifth")]
)
def test_what_judges_is_not_what_is_learnt(
    corrections: list[dict[str, Any]],
    shards_folder: Path,
    student_folder: Path,
    count: int,
    learnt: int,
) -> None:
    tokenizer = tokenizers.load(student_folder)
    units = [train._unit(row, tokenizer, REPAIR) for row in corrections[:count]]
    batches, validation = train._data(units, shards_folder, CONFIG)
    trained = {row["prompt_id"] for batch in batches for row in batch}
    judged = {row["prompt_id"] for batch in validation for row in batch}
    given = {row["prompt_id"] for unit in units for row in unit}
    assert trained & judged == set()
    assert len(trained & given) == learnt
    assert len(trained - given) == learnt  # replay = 1
    train_split = {row["prompt_id"] for b in planned(shards_folder, "train") for row in b}
    assert trained - given <= train_split
    assert len(judged) == 24 - learnt
    for batch in (*batches, *validation):  # what is unlearnt never has a batch for itself
        wrong = {row["prompt_id"] for row in batch if "broken" in row}
        assert wrong <= {row["prompt_id"] for row in batch if "broken" not in row}
    assert sum("broken" in row for batch in batches for row in batch) == learnt


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


def test_merging_computes_base_plus_adapter(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    out = adapted[0]
    figures = merge(student_folder, out / "adapter", tmp_path)
    assert figures["logits_max_difference"] < 1e-4
    assert figures["argmax_agreement"] > 0.99
    ids = torch.arange(40)[None]
    merged, base = students.load(tmp_path / "student").eval(), students.load(student_folder).eval()
    with torch.no_grad():
        plain = base(input_ids=ids).logits
        both = peft.PeftModel.from_pretrained(base, str(out / "adapter")).eval()
        torch.testing.assert_close(merged(input_ids=ids).logits, both(input_ids=ids).logits)
        assert (merged(input_ids=ids).logits - plain).abs().max() > 0.01
    assert tokenizers.load(tmp_path / "student").get_vocab() == (
        tokenizers.load(student_folder).get_vocab()
    )


def test_a_merge_that_computes_something_else_is_not_saved(
    student_folder: Path, adapted: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Weights so large that adding them to the student's loses the student's digits."""
    huge = tmp_path / "adapter"
    huge.mkdir()
    for path in (adapted[0] / "adapter").iterdir():
        (huge / path.name).write_bytes(path.read_bytes())
    weights = {name: value * 1e20 for name, value in adapter(adapted[0]).items()}
    save_file(weights, huge / "adapter_model.safetensors")
    with pytest.raises(ContractError, match="merged model: logits differ by"):
        merge(student_folder, huge, tmp_path)
    assert not (tmp_path / "student").exists()
