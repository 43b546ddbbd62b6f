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
from ops.lora.merge import merge
from ops.lora.train import adapt
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.training.batch import collate, planned
from ops.training.config import TrainingConfig
from ops.training.contract import STEPS

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")

BAD = "<tool_call>\nQQQQ"
CONFIG = LoraConfig(
    training=TrainingConfig(learning_rate=1e-2, epochs=2, validations=2), rank=4, alpha=8, replay=1
)


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
            "critique": "It is cut off.",
            "corrected": row["text"][row["cuts"][0] :],
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
    assert figures["corrections"] == 8
    assert figures["last_loss"] < figures["first_loss"]
    assert any(value.abs().max() > 0 for name, value in adapter(out).items() if "lora_B" in name)
    summary = json.loads((out / "training_summary.json").read_text())
    trained = {name: value for name, value in figures.items() if name != "corrections"}
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
        example = train._example(row, tokenizer)
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
    rows = [train._example(row, tokenizer) for row in corrections[:count]]
    batches, validation = train._data(rows, shards_folder, CONFIG)
    trained = {row["prompt_id"] for batch in batches for row in batch}
    judged = {row["prompt_id"] for batch in validation for row in batch}
    given = {row["prompt_id"] for row in rows}
    assert trained & judged == set()
    assert len(trained & given) == learnt
    assert len(trained - given) == learnt  # replay = 1
    train_split = {row["prompt_id"] for b in planned(shards_folder, "train") for row in b}
    assert trained - given <= train_split
    assert len(judged) == 24 - learnt


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
