"""What is a target in a correction and in the broken output beside it, and what is only read."""

from typing import Any

import pytest

from ops.lora.examples import broken, corrected
from ops.losses.config import DistillationConfig, RepairConfig
from ops.losses.distillation import Distillation
from ops.losses.repair import Repair
from ops.training.batch import collate

PROMPT = "<|im_start|>user\nweather in Rome<|im_end|>\n<|im_start|>assistant\n"
RIGHT = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'
END = "<|im_end|>"


def row(bad: str, finished: bool = True) -> dict[str, Any]:
    return {
        "prompt_id": "p",
        "prompt": PROMPT,
        "bad_output": bad,
        "finished": finished,
        "corrected": RIGHT + END,
        "student_score": 0.25,
        "teacher_score": 1.0,
    }


def unlearnt(bad: dict[str, Any], tokenizer: Any) -> str:
    """What the targets of the broken example say, all of them flagged."""
    example = broken(bad, tokenizer)
    assert example is not None
    targets = collate([example]).targets
    assert targets.broken_N.all()
    assert sum(example["broken"]) == len(targets)
    return str(tokenizer.decode(targets.ids_NK[:, 0]))


@pytest.mark.parametrize(
    ("bad", "finished", "expected"),
    [
        pytest.param(RIGHT.replace("Rome", "QZ"), True, "QZ", id="a_value"),
        pytest.param(RIGHT.replace("weather", "QZ", 1), True, "QZ", id="a_name"),
        pytest.param(RIGHT.replace("Rome", "QZ")[:60], False, "QZ", id="cut"),
        pytest.param("", True, END, id="ended_at_once"),
        pytest.param(RIGHT[:-13], True, END, id="ended_inside_the_call"),
    ],
)
def test_only_what_departs_is_a_target(
    bad: str, finished: bool, expected: str, tokenizer: Any
) -> None:
    assert unlearnt(row(bad, finished), tokenizer) == expected


def test_the_student_reads_what_it_wrote(tokenizer: Any) -> None:
    bad = RIGHT.replace("Rome", "QZ")
    example = broken(row(bad), tokenizer)
    assert example is not None
    assert tokenizer.decode(example["input_ids"]) == PROMPT + bad + END


def test_without_a_departure_there_is_no_example(tokenizer: Any) -> None:
    """What was cut at the limit after a right beginning is not wrong in any token."""
    beginning = tokenizer.decode(tokenizer(RIGHT, add_special_tokens=False)["input_ids"][:8])
    assert broken(row(beginning, finished=False), tokenizer) is None
    assert broken(row(RIGHT), tokenizer) is None


def test_each_component_counts_its_own_tokens(tokenizer: Any) -> None:
    given = row(RIGHT.replace("Rome", "QZ"))
    wrong = broken(given, tokenizer)
    assert wrong is not None
    targets = collate([corrected(given, tokenizer), wrong]).targets
    departing = len(tokenizer("QZ", add_special_tokens=False)["input_ids"])
    answer = len(tokenizer(RIGHT + END, add_special_tokens=False)["input_ids"])
    counts = Repair(RepairConfig()).counts(targets, 0.0)
    assert counts == {"cross_entropy": answer, "unlikelihood": departing}
    text = Distillation(DistillationConfig()).counts(targets, 0.0)
    assert text["cross_entropy"] == answer


def test_a_correction_counts_more_where_the_student_did_worse(tokenizer: Any) -> None:
    """Beside a replayed example, whose tokens count 1."""
    given = row(RIGHT.replace("Rome", "QZ"))
    plain, weighted = corrected(given, tokenizer), corrected(given, tokenizer, strength=2.0)
    targets = collate([weighted, plain]).targets
    answer = len(targets) // 2
    assert targets.weights_N.tolist() == [2.5] * answer + [1.0] * answer
    counts = Distillation(DistillationConfig()).counts(targets, 0.0)
    assert counts["cross_entropy"] == 3.5 * answer
    wrong = broken(given, tokenizer)
    assert wrong is not None
    assert set(collate([wrong]).targets.weights_N.tolist()) == {1.0}
