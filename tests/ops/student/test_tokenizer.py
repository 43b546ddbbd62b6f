"""What the trained tokenizer promises, and how a pretrained one is adopted."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from ops.errors import InputError
from ops.student import tokenizer as tokenizers
from ops.student.config import StudentConfig

SHARED = Path(__file__).parents[4] / "shared" / "data"
TEXTS = ["set a timer for ten minutes", "what is the weather in Lisbon"] * 3


@pytest.fixture(scope="module")
def trained() -> Tokenizer:
    return tokenizers.train(TEXTS, 400)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("naïve café, 東京 🌦️ \x00\u2028", id="beyond_ascii"),
        pytest.param("  two  spaces\n\n\ttab ", id="white_space"),
        pytest.param("<tool_call>\n{}\n</tool_call><|im_end|>", id="markers"),
    ],
)
def test_every_text_comes_back(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_numbers_are_read_digit_by_digit(tokenizer: Any) -> None:
    ids = tokenizer("2025")["input_ids"]
    assert [tokenizer.decode([index]) for index in ids] == ["2", "0", "2", "5"]


def test_markers_are_one_token_each_and_the_first_ids(trained: Tokenizer) -> None:
    assert [trained.encode(marker).ids for marker in tokenizers.SPECIAL] == [
        [number] for number in range(5)
    ]


def test_vocabulary_is_bounded_and_the_same_twice(trained: Tokenizer) -> None:
    assert 261 < trained.get_vocab_size() <= 400
    assert tokenizers.train(TEXTS, 400).to_str() == trained.to_str()


def test_a_saved_tokenizer_is_the_same_when_loaded(tokenizer: Any, student_folder: Path) -> None:
    loaded = tokenizers.load(student_folder)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded.chat_template == tokenizer.chat_template
    assert loaded.model_max_length == tokenizer.model_max_length
    assert (loaded.eos_token, loaded.pad_token) == ("<|im_end|>", "<|pad|>")


def test_an_adopted_tokenizer_keeps_its_tokens_and_gets_our_template(student_folder: Path) -> None:
    adopted = tokenizers.adopt(
        student_folder, StudentConfig(base="given", context=99, tools_shown="full")
    )
    assert adopted.get_vocab() == tokenizers.load(student_folder).get_vocab()
    assert adopted.model_max_length == 99
    assert adopted.chat_template == tokenizers.chat_template("full")


def test_a_tokenizer_that_cannot_end_a_turn_is_refused(tmp_path: Path) -> None:
    other = tokenizers.train(TEXTS, 400).to_str().replace("<|im_end|>", "<|eot|>")
    PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(other)).save_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"has no token <\|im_end\|>, which ends every answer"):
        tokenizers.adopt(tmp_path, StudentConfig(base="given"))


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no tokenizer: .*; expected a Hugging Face folder"):
        tokenizers.adopt(tmp_path, StudentConfig(tokenizer="given"))


def test_its_own_template_is_kept_where_it_fits(
    student_folder: Path, tokenizer: Any, tmp_path: Path
) -> None:
    config = StudentConfig(base="given", template="own")
    assert tokenizers.adopt(student_folder, config).chat_template == tokenizer.chat_template
    other = tokenizers.load(student_folder)
    other.chat_template = "{{ messages[0].content }}"
    other.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="does not show the tools that are offered; set student"):
        tokenizers.adopt(tmp_path, config)


def test_a_student_s_tokenizer_is_read_without_torch(student_folder: Path) -> None:
    """Stages that only count tokens start in two seconds, not in eleven."""
    code = (
        "import sys; from pathlib import Path; from ops.student import tokenizer; "
        "tokenizer.load(Path(sys.argv[1])); print('torch' in sys.modules)"
    )
    line = [sys.executable, "-c", code, str(student_folder)]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "False\n"


def test_an_adopted_tokenizer_is_read_back_as_it_was(tmp_path: Path) -> None:
    given = SHARED / "qwen2.5-tokenizer"
    if not given.is_dir():
        pytest.skip("shared/data/qwen2.5-tokenizer is not there")
    adopted = tokenizers.adopt(given, StudentConfig(tokenizer=str(given)))
    adopted.save_pretrained(tmp_path)
    read = tokenizers.load(tmp_path)
    for text in ('l\'été <tool_call>{"a": 12345}</tool_call><|im_end|>\n\n', "  a\t\n 🎉"):
        assert read(text)["input_ids"] == adopted(text)["input_ids"]
    assert read.get_vocab() == adopted.get_vocab()
    assert (read.eos_token, read.pad_token) == (adopted.eos_token, adopted.pad_token)
    assert read.chat_template == adopted.chat_template
