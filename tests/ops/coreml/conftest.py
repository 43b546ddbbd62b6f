"""Real students, tiny and random, and the bundles that the stage makes of it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

from ops.coreml import functions
from ops.coreml.bundle import BuildSpec, BundleReport, build
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import PACKAGE
from ops.coreml.convert import convert
from ops.coreml.interpreter.program import Program
from ops.coreml.verify import Verification, verify

CONTEXT = 64
TEXTS = ["set a timer for ten minutes", "what is the weather in Lisbon", "call the office"]


def scratch(kind: str = "llama", seed: int = 0, **changes: Any) -> Any:
    """Two layers, two query heads of each key head, norms and biases that do something."""
    settings: dict[str, Any] = {
        "vocab_size": 300,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "tie_word_embeddings": True,
        "initializer_range": 0.15,
        "bos_token_id": None,
        "eos_token_id": 1,
        "pad_token_id": 0,
    }
    torch.manual_seed(seed)
    config = AutoConfig.for_model(kind, **(settings | changes))
    student = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in student.named_parameters():
            if name.endswith("norm.weight"):
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.uniform_(-0.3, 0.3)
    return student


@pytest.fixture(scope="session")
def student() -> Any:
    return scratch()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, student: Any) -> Path:
    """The student as a Hugging Face folder."""
    path = tmp_path_factory.mktemp("student")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>"
    )
    wrapped.chat_template = "{{ messages[0].content }}"
    student.save_pretrained(path)
    wrapped.save_pretrained(path)
    return path


@pytest.fixture(scope="session")
def probes() -> list[list[int]]:
    """Prompts of every length class: one token, a chunk and a bit, the whole context."""
    generator = torch.Generator().manual_seed(3)
    return [
        torch.randint(2, 300, (length,), generator=generator).tolist()
        for length in (1, 9, 33, CONTEXT)
    ]


def made(folder: Path, probes: list[list[int]], precision: str, out: Path) -> BundleReport:
    config = CoreMLConfig(precision=precision, context=CONTEXT)  # type: ignore[arg-type]
    spec = BuildSpec(student=folder, config=config, probes=probes, origin={"mix": "abc"})
    return build(spec, out)


@pytest.fixture(scope="session")
def fp16(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, probes: list[list[int]]
) -> BundleReport:
    return made(folder, probes, "fp16", tmp_path_factory.mktemp("fp16"))


@pytest.fixture(scope="session")
def int8(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, probes: list[list[int]]
) -> BundleReport:
    return made(folder, probes, "int8", tmp_path_factory.mktemp("int8"))


@pytest.fixture(params=["fp16", "int8"])
def bundle(request: pytest.FixtureRequest) -> BundleReport:
    report: BundleReport = request.getfixturevalue(request.param)
    return report


@pytest.fixture(scope="session")
def make_student() -> Any:
    return scratch


@pytest.fixture(scope="session")
def make_package(probes: list[list[int]]) -> Any:
    """A package of any student, and the verification of its files."""

    def make(student: Any, config: CoreMLConfig, folder: Path) -> Verification:
        convert(functions.modules({None: student}, config), config, folder / PACKAGE, {})
        return verify(folder / PACKAGE, student, config, probes[1:2])

    return make


@pytest.fixture(scope="session")
def with_doubled() -> Callable[[Program, str], Program]:
    """The program with twice the numbers of the one constant whose name has these words in it."""

    def doubled(program: Program, words: str) -> Program:
        (name,) = (name for name in program.constants if words in name and len(name) < 80)
        value = program.constants[name]
        assert isinstance(value, torch.Tensor)
        return dataclasses.replace(program, constants={**program.constants, name: 2 * value})

    return doubled
