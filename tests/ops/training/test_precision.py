"""bf16, recomputed activations and compiled layers train the same student, or are refused."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from ops.errors import SettingsError
from ops.training.batch import collate
from ops.training.config import TrainingConfig
from ops.training.hidden import hidden
from ops.training.loop import fit
from ops.training.precision import arrange, is_bf16
from ops.training.run import Run

Toy = Callable[..., Run]
Student = Callable[[], Any]


def test_a_cpu_computes_in_fp32_unless_it_is_asked() -> None:
    cpu = torch.device("cpu")
    found = [is_bf16(TrainingConfig(precision=how), cpu) for how in ("auto", "fp32", "bf16")]
    assert found == [False, False, True]


def test_bf16_rounds_activations_and_keeps_weights(toy: Toy, toy_student: Student) -> None:
    plain, rounded = toy(precision="fp32"), toy(precision="bf16")
    one, other = toy_student(), toy_student()
    first, second = fit(one, plain), fit(other, Run(**_fields(rounded, "b" * 64)))
    assert all(value.dtype == torch.float32 for value in other.parameters())
    assert first.last_loss != second.last_loss
    assert second.last_loss == pytest.approx(first.last_loss, rel=0.02)
    assert second.restored_validation == second.best_validation


def test_recomputed_activations_change_nothing(toy: Toy, toy_student: Student) -> None:
    one, other = toy_student(), toy_student()
    first = fit(one, toy())
    second = fit(other, Run(**_fields(toy(activation_checkpointing=True), "c" * 64)))
    assert second == first
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_activations_are_recomputed(toy: Toy, toy_student: Student) -> None:
    """The feed-forward layers run twice for each step."""
    passes = []
    for again in (False, True):
        model, calls = toy_student().train(), list[int]()
        arrange(model, TrainingConfig(activation_checkpointing=again))
        model.model.layers[0].mlp.register_forward_pre_hook(lambda *_, to=calls: to.append(1))
        hidden(model, collate(toy().train[0])).sum().backward()
        passes.append(len(calls))
    assert passes == [1, 2]


def _fields(run: Run, fingerprint: str) -> dict[str, Any]:
    held = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    return held | {"fingerprint": fingerprint}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:The .grad attribute")
def test_compiled_layers_compute_the_same(toy: Toy, toy_student: Student) -> None:
    plain, compiled = toy_student().eval(), toy_student().eval()
    arrange(compiled, TrainingConfig(compile=True))
    for rows in toy().train[:2]:  # of two lengths
        batch = collate(rows)
        one, other = hidden(plain, batch), hidden(compiled, batch)
        torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-4)
    one.sum().backward()
    other.sum().backward()
    for a, b in zip(plain.parameters(), compiled.parameters(), strict=True):
        if a.grad is not None:
            torch.testing.assert_close(b.grad, a.grad, atol=1e-3, rtol=1e-3)


def test_without_a_compiler_it_is_refused(
    toy_student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(SettingsError, match=r"needs a C\+\+ compiler on a CPU and no-such-"):
        arrange(toy_student(), TrainingConfig(compile=True))


def test_a_student_that_cannot_recompute_is_refused(toy_student: Student) -> None:
    model = toy_student()
    model.supports_gradient_checkpointing = False
    with pytest.raises(SettingsError, match="type llama has no activation checkpointing"):
        arrange(model, TrainingConfig(activation_checkpointing=True))
