"""A package writes what its student writes, free and under the tool grammar."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import decoders

from ops.coreml import tools
from ops.coreml.bundle import BuildSpec, BundleReport, answered
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import PACKAGE, TOKENIZER
from ops.coreml.decode import Worker
from ops.errors import InputError
from ops.evaluation.contract import MODES
from ops.student import tokenizer as tokenizers
from ops.student.encode import token_ids
from ops.toolcalls.read import read_calls

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "lamp",
            "description": "",
            "parameters": {
                "type": "object",
                "properties": {"on": {"type": "boolean"}},
                "required": ["on"],
                "additionalProperties": False,
            },
        },
    }
]


@pytest.fixture
def tokenizer(folder: Path, tmp_path: Path) -> Any:
    """The student's, with an end of turn in place of a token that it never reads."""
    copy = shutil.copytree(folder, tmp_path / "student")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        text = (copy / name).read_text(encoding="utf-8")
        (copy / name).write_text(text.replace("<end>", "<|im_end|>"), encoding="utf-8")
    loaded = tokenizers.load(copy)
    loaded.backend_tokenizer.decoder = decoders.ByteLevel()
    loaded.backend_tokenizer.save(str(copy / "tokenizer.json"))
    return loaded


def worker(fp16: BundleReport, tokenizer: Any, most: int) -> Worker:
    return Worker(fp16.path / PACKAGE, CoreMLConfig(precision="fp16", context=64), tokenizer, most)


def test_it_writes_what_the_student_would(fp16: BundleReport, student: Any, tokenizer: Any) -> None:
    ids = token_ids(tokenizer, "set a timer")
    wanted = list(ids)
    while len(wanted) < len(ids) + 12 and wanted[-1] != 1:
        with torch.no_grad():
            wanted.append(int(student(torch.tensor([wanted])).logits[0, -1].argmax()))
    said = worker(fp16, tokenizer, 12).answer("set a timer")
    new = wanted[len(ids) :]
    assert said.text == tokenizer.decode([token for token in new if token != 1])
    assert (said.tokens, said.finished) == (len(new), new[-1] == 1)


def test_under_the_grammar_no_token_leaves_it(fp16: BundleReport, tokenizer: Any) -> None:
    said = worker(fp16, tokenizer, 40).answer("set a timer", TOOLS)
    reading = read_calls(said.text, {"lamp"})
    assert reading.invented == ()
    assert not said.finished or reading.broken is None
    assert worker(fp16, tokenizer, 40).answer("set a timer").text != said.text


def test_a_prompt_without_room_is_refused(fp16: BundleReport, tokenizer: Any) -> None:
    with pytest.raises(InputError, match="has 90 tokens, the package holds 64"):
        worker(fp16, tokenizer, 8).answer("0" * 90)


def prompt(name: str, request: str) -> dict[str, Any]:
    """A held-out row of PROMPTS."""
    expected = [{"name": "lamp", "arguments": {"on": [True]}}]
    return {
        "prompt_id": name,
        "split": "heldout",
        "kind": "single",
        "source": "test",
        "messages": json.dumps([{"role": "user", "content": request}]),
        "tools": json.dumps(TOOLS),
        "expected": json.dumps(expected),
        "carries": None,
    }


def test_its_answers_are_judged_as_a_students_are(fp16: BundleReport, tokenizer: Any) -> None:
    done: list[int] = []
    prompts = [prompt("a", "set a timer"), prompt("b", "0" * 90)]
    found = tools.measured(worker(fp16, tokenizer, 4), tokenizer, prompts, done.append)
    assert done == [1, 2]
    for mode in MODES:  # four tokens hold no call; the second prompt leaves no room
        assert (found[mode]["n"], found[mode]["missing_calls"]) == (1, 1.0)
        assert (found[mode]["tool_selection"], found[mode]["json_validity"]) == (0.0, None)
    assert tools.measured(worker(fp16, tokenizer, 4), tokenizer, prompts[1:]) == {}


def test_its_answers_are_cut_where_a_students_are(
    fp16: BundleReport, tokenizer: Any, tmp_path: Path
) -> None:
    (tmp_path / PACKAGE).symlink_to(fp16.path / PACKAGE)
    (tmp_path / TOKENIZER).symlink_to(tokenizer.name_or_path)

    def tokens(limit: int) -> float:
        spec = BuildSpec(
            student=tmp_path / "student",
            config=CoreMLConfig(precision="fp16", context=64),
            probes=[[5]],
            prompts=[prompt("a", "set a timer")],
            max_new_tokens=limit,
        )
        return float(answered(spec, tmp_path)["free"]["tokens"])

    assert tokens(1) == 1 < tokens(40)
