"""A teacher that is here, beside every batch: against full logits in 64 bits, text by text."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops.errors import InputError
from ops.losses.config import DenseConfig
from ops.losses.head import Aim
from ops.losses.joint import Joint
from ops.losses.product import Head
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.config import ScratchConfig
from ops.student.source import files
from ops.training.batch import Batch, Examples, collate, supervised
from ops.training.fingerprint import fingerprint
from ops.training.hidden import passed
from ops.training.loop import fit
from ops.training.optimizer import adamw
from ops.training.run import Run
from ops.training.teacher import Taught, fitted, load
from ops.training.validate import measured
from ops.training.window import Learner, step
from tests.conftest import CONTEXT
from tests.ops.training.conftest import Text, at_pass

Toy = Callable[..., Run]
Student = Callable[[], Any]
ONLY = {"dense_kl": 1.0}


@pytest.fixture(scope="session")
def teacher_folder(tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of another width and depth than the student, and far from flat."""
    shape = ScratchConfig(
        vocabulary=600, hidden=96, layers=3, heads=4, kv_heads=4, feed_forward=128, tied=False
    )
    model = students.scratch(shape, tokenizer, CONTEXT, seed=11)
    with torch.no_grad():
        model.lm_head.weight.mul_(8.0)
    folder = tmp_path_factory.mktemp("teacher") / "teacher"
    students.save(model, tokenizer, folder)
    return folder


def given(folder: Path, tokenizer: Any, temperature: float = 1.0, bf16: bool = False) -> Any:
    """The teacher of a folder, for a student with the tokenizer."""
    config = DenseConfig(teacher=str(folder), temperature=temperature)
    return load(config, tokenizer, len(tokenizer), bf16=bf16)


def still(model: Any) -> Any:
    """Without dropout."""
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.0
    return model


def logits(model: Any, rows: Examples) -> Tensor:
    """[N, V] of the supervised tokens, each text alone in the library's way."""
    found = []
    for row in rows:
        at = torch.tensor(supervised(row["span_kind"])) - 1
        found.append(model(input_ids=torch.tensor([row["input_ids"]])).logits[0, at])
    return torch.cat(found)


def naive(student: Any, teacher: Any, rows: Examples, temperature: float) -> Tensor:
    """[] the mean over the tokens of T² · KL(teacher ‖ student) in 64 bits."""
    with torch.no_grad():
        p = (logits(teacher, rows) / temperature).softmax(-1)
    logq = (logits(student, rows) / temperature).log_softmax(-1)
    return temperature**2 * (p * (p.log() - logq)).sum(-1).mean()


def taught_run(run: Run, teacher: Any, weight: float) -> Run:
    """The run with a teacher beside each batch."""
    return replace(run, collate=Taught(collate, teacher), objective=Joint(run.objective, weight))


@pytest.mark.parametrize(("temperature", "accumulate"), [(1.0, 1), (2.0, 2)])
def test_a_step_is_the_naive_mean_of_all_logits(
    toy: Toy, toy_student: Student, tokenizer: Any, teacher_folder: Path,
    temperature: float, accumulate: int,
) -> None:  # fmt: skip
    """Parts, loss and the norm of the whole gradient, over a window of packed batches."""
    there = given(teacher_folder, tokenizer, temperature)
    run = taught_run(toy(accumulate=accumulate, max_grad_norm=1e9), there, 1.0)
    model, reference = still(toy_student()), still(toy_student()).double()
    number, window = next(run.order.windows(0))
    rows = [row for one in window for row in run.train[one.number]]
    loss = naive(reference, students.load(teacher_folder).double(), rows, temperature)
    slopes = torch.autograd.grad(loss, list(reference.parameters()))
    found = step(Learner(model, adamw(model, run.config), run), window, number, lambda: None)
    assert found.parts["dense_kl"] == pytest.approx(loss.item(), rel=1e-5)
    assert found.loss == pytest.approx(loss.item(), rel=1e-5)
    norm = torch.stack([slope.norm() for slope in slopes]).norm()
    assert found.grad_norm == pytest.approx(norm.item(), rel=1e-4)
    assert found.norms["dense_kl"] > 0 and "cross_entropy" in found.parts
    assert all(value.grad is None for value in there.model.parameters())


def test_shares_weigh_the_parts_of_a_step_and_of_a_validation(
    toy: Toy, toy_student: Student, tokenizer: Any, teacher_folder: Path
) -> None:
    plain = toy(max_grad_norm=1e9)
    run = taught_run(plain, given(teacher_folder, tokenizer), 0.25)
    alone, whole = (
        measured(toy_student(), one).loss
        for one in (plain, taught_run(plain, given(teacher_folder, tokenizer), 1.0))
    )
    assert measured(toy_student(), run).loss == pytest.approx(0.75 * alone + 0.25 * whole)
    model, (number, window) = toy_student(), next(run.order.windows(0))
    found = step(Learner(model, adamw(model, run.config), run), window, number, lambda: None)
    parts = found.parts
    assert found.loss == pytest.approx(0.75 * parts["cross_entropy"] + 0.25 * parts["dense_kl"])


@pytest.mark.parametrize("bf16", [False, True])
def test_a_student_that_is_its_teacher_has_nothing_to_learn(
    toy: Toy, toy_student: Student, student_folder: Path, tokenizer: Any, bf16: bool
) -> None:
    batch = Taught(collate, given(student_folder, tokenizer, bf16=bf16))(toy().train[0])
    found = passed(still(toy_student()), batch, Aim(Text(), ONLY), bf16=bf16)
    rows = len(batch.rows_N)
    assert float(found.sums["dense_kl"]) / rows == pytest.approx(0.0, abs=1e-4 if bf16 else 1e-9)
    if not bf16:
        assert float(found.norms["dense_kl"]) < 1e-5


def test_a_broken_output_is_not_taught(tokenizer: Any, teacher_folder: Path, toy: Toy) -> None:
    there = given(teacher_folder, tokenizer)
    rows = toy().train[0]
    whole: Batch = Taught(collate, there)(rows)
    assert whole.counts() == {"dense_kl": float(len(whole.rows_N))}
    broken = [row | {"broken": [True] * len(row["input_ids"])} for row in rows]
    assert Taught(collate, there)(broken).counts() == {"dense_kl": 0.0}
    assert collate(rows).counts() == {}
    assert whole.to(torch.device("cpu")).teacher is there


def test_training_brings_the_student_to_the_teacher(
    toy: Toy, toy_student: Student, tokenizer: Any, teacher_folder: Path
) -> None:
    plain = toy(epochs=10, warmup=0, learning_rate=1e-2)
    rows = plain.train[0][:4]
    run = taught_run(replace(plain, train=[rows]), given(teacher_folder, tokenizer), 1.0)
    model, teacher = still(toy_student()), students.load(teacher_folder)
    learner = Learner(model, adamw(model, run.config), run)

    def apart() -> float:
        with torch.no_grad():
            return float(naive(model, teacher, rows, 1.0))

    before = apart()
    for number, window in run.order.windows(0):
        step(learner, window, number, lambda: None)
    assert before > 1.0 and apart() < 0.7 * before


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(
    toy: Toy, toy_student: Student, tokenizer: Any, teacher_folder: Path, tmp_path: Path
) -> None:
    there = given(teacher_folder, tokenizer)

    def run(name: str) -> Run:
        (tmp_path / name).mkdir(exist_ok=True)
        plain = toy(epochs=2, validations=1, save_seconds=0.0)
        shorter = replace(plain, train=plain.train[:2], out=tmp_path / name)
        return taught_run(shorter, there, 0.5)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(at_pass(toy_student(), 2, stop), run("stopped"))
    assert list((tmp_path / "stopped").glob("checkpoints/*/step-*"))
    one, other = toy_student(), toy_student()
    assert fit(one, run("stopped")) == fit(other, run("whole"))
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_heads_are_padded_to_the_students_rows() -> None:
    weight, bias = torch.randn(5, 3), torch.randn(5)
    for head in (Head(weight), Head(weight, bias)):
        wide, narrow = fitted(head, 7), fitted(head, 4)
        own = torch.zeros(5) if head.bias_V is None else bias
        assert wide.bias_V is not None
        full = torch.randn(2, 3) @ wide.weight_VH.T + wide.bias_V
        assert full.softmax(1)[:, 5:].tolist() == [[0.0, 0.0]] * 2
        assert torch.equal(wide.weight_VH[:5], weight) and torch.equal(wide.bias_V[:5], own)
        assert torch.equal(narrow.weight_VH, weight[:4])
    assert torch.equal(fitted(Head(weight), 5).weight_VH, weight)


def test_other_tokens_of_the_same_number_are_refused(
    tokenizer: Any, teacher_folder: Path, tmp_path: Path
) -> None:
    other = tokenizers.wrap(
        tokenizers.train(["some other words that are no prompts"] * 3, 600), CONTEXT, "names"
    )
    with pytest.raises(InputError, match=r"kd\.dense\.teacher: .* they differ, as in .*same ids"):
        given(teacher_folder, other)
    text = (teacher_folder / "tokenizer.json").read_text(encoding="utf-8")
    shutil.copytree(teacher_folder, tmp_path, dirs_exist_ok=True)
    swapped = text.replace('"<tool_call>"', "\0").replace('"</tool_call>"', '"<tool_call>"')
    (tmp_path / "tokenizer.json").write_text(swapped.replace("\0", '"</tool_call>"'))
    with pytest.raises(InputError, match=r"600 tokens, the student one of 600.*'</tool_call>'"):
        given(tmp_path, tokenizer)


def test_a_place_without_a_model_is_told(tokenizer: Any, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none.gguf"):
        with pytest.raises(InputError, match=r"kd\.dense\.teacher: .* has no model; expected"):
            given(place, tokenizer)


def test_logits_that_are_more_than_a_head_are_refused(
    tokenizer: Any, teacher_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(teacher_folder, tmp_path, dirs_exist_ok=True)
    config = (tmp_path / "config.json").read_text(encoding="utf-8")
    config = config.replace("{", '{"final_logit_softcapping": 30.0,', 1)
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(InputError, match="type llama, whose logits have final_logit_softcapping"):
        given(tmp_path, tokenizer)


def test_a_run_depends_on_the_teachers_content_and_not_on_its_place(
    teacher_folder: Path, student_folder: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(teacher_folder, tmp_path / "moved")
    (moved / "README.md").write_text("of no weight")
    one, same, other = (
        fingerprint("kd", {}, files(folder)) for folder in (teacher_folder, moved, student_folder)
    )
    assert one == same != other
    gguf = tmp_path / "teacher.gguf"
    gguf.write_bytes(b"GGUF")
    assert files(gguf) == [gguf]
