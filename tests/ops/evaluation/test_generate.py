"""What a random student may write: anything when free, never a broken call under the grammar."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from ops.evaluation.generate import Student, in_batches
from ops.student import model as students
from ops.student.render import render_prompt
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import arguments_schema
from ops.toolcalls.validate import Validator

CORPUS = ['{"name": "set_timer", "arguments": {"minutes": 12}}', "set a timer, please, it is late"]


def tool(name: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [
    tool("go", ["on"], on={"type": "boolean"}),
    tool("set_timer", ["minutes"], minutes={"enum": [1, 5, 10]}, unit={"enum": ["s", "min"]}),
]


def reader(marked: str) -> Any:
    """A tokenizer in which the call's tags are special tokens, added ones, or plain text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tags = ["<tool_call>", "</tool_call>"] if marked == "special" else []
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|pad|>", "<|im_end|>", *tags],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS * 5, trainer)
    if marked == "added":
        tokenizer.add_tokens([AddedToken(tag) for tag in ("<tool_call>", "</tool_call>")])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|im_end|>"
    )


def student(tokenizer: Any, seed: int, limit: int = 60, favoured: tuple[str, ...] = ()) -> Student:
    """Random weights that say something else at every step; a bias makes tokens likelier."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48,
            num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
            max_position_embeddings=256, initializer_range=1.0, tie_word_embeddings=False,
            bos_token_id=None, eos_token_id=None, pad_token_id=None,
        )
    )  # fmt: skip
    bias = torch.zeros(len(tokenizer))
    bias[tokenizer.convert_tokens_to_ids(list(favoured))] = 30.0
    model.lm_head.register_forward_hook(lambda _module, _given, out: out + bias)
    return Student(model, tokenizer, limit)


@pytest.mark.parametrize("marked", ["special", "added", "text"])
def test_under_the_grammar_a_random_student_never_breaks_a_call(marked: str) -> None:
    tokenizer = reader(marked)
    first = "<" if marked == "text" else "<tool_call>"
    called, finished = 0, 0
    for seed in range(4):
        for favoured in ((first, "<|im_end|>"), ("<|im_end|>",)):
            writer = student(tokenizer, seed, favoured=favoured)
            prompts = [f"say {n} {seed}" for n in range(4)]
            for output in writer.answer(prompts, [TOOLS] * 4):
                finished += output.finished
                if not output.finished:
                    continue
                reading = read_calls(output.text, {"go", "set_timer"})
                assert reading.broken is None, output.text
                assert reading.invented == ()
                called += len(reading.calls)
                for call in reading.calls:
                    assert Validator(TOOLS).problems(call) == []
                    schema = arguments_schema(TOOLS[call.name == "set_timer"])
                    assert list(call.arguments or {}) == [
                        key for key in schema["properties"] if key in (call.arguments or {})
                    ]
                assert reading.calls or output.text.strip() == reading.prose
    assert finished > 8
    if marked != "text":
        assert called > 8


def test_without_tools_only_words_can_be_written() -> None:
    tokenizer = reader("special")
    writer = student(tokenizer, 1, favoured=("<tool_call>", "<|im_end|>"))
    free, guided = writer.answer(["say"]), writer.answer(["say"], [[]])
    assert free[0].text.startswith("<tool_call>") or free[0].text == ""
    assert "<tool_call>" not in guided[0].text
    assert guided[0].text != ""


def test_each_prompt_has_its_own_grammar() -> None:
    tokenizer = reader("special")
    writer = student(tokenizer, 3, favoured=("<tool_call>",))
    one, other = writer.answer(["a", "a"], [TOOLS[:1], TOOLS[1:]])
    assert one.text.startswith('<tool_call>\n{"name": "go", "arguments": {"on": ')
    assert other.text.startswith('<tool_call>\n{"name": "set_timer", "arguments": {"minutes": ')


def test_a_batch_answers_as_its_prompts_do_alone(
    student_folder: Path, prompt_rows: list[dict[str, Any]], tokenizer: Any
) -> None:
    writer = Student(students.load(student_folder), tokenizer, 12)
    chosen = sorted(prompt_rows, key=lambda row: len(row["messages"]))[::24]
    texts = [
        render_prompt(tokenizer, json.loads(row["messages"]), json.loads(row["tools"]))
        for row in chosen
    ]
    assert len({len(text) for text in texts}) > 3
    assert writer.answer(texts) == [writer.answer([text])[0] for text in texts]


def test_finished_says_whether_the_student_ended_the_answer() -> None:
    tokenizer = reader("special")
    silent = student(tokenizer, 1, limit=5)
    (cut,) = silent.answer(["hello"])
    assert (cut.finished, cut.tokens) == (False, 5)
    ending = student(tokenizer, 1, limit=5, favoured=("<|im_end|>",))
    ending.model.lm_head.weight.data.zero_()
    (ended,) = ending.answer(["hello"])
    assert (ended.text, ended.finished, ended.tokens) == ("", True, 1)


def test_words_that_were_not_the_end_are_kept() -> None:
    """Special tokens in an answer are shown: the judge has to see them."""
    tokenizer = reader("special")
    writer = student(tokenizer, 1, limit=3, favoured=("<tool_call>",))
    writer.model.lm_head.weight.data.zero_()
    assert writer.answer(["x"])[0].text == "<tool_call>" * 3


def test_in_batches() -> None:
    assert [list(part) for part in in_batches(5, 2)] == [[0, 1], [2, 3], [4]]
    assert list(in_batches(0, 2)) == []
