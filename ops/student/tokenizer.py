"""The student's tokenizer: trained on the mix for a scratch student, and its chat template.

Byte-level BPE, with the chat and call markers as special tokens. Spaces and digits are tokens of
their own: a word is then the same token after a space and after a quote, so that copying an
argument out of the prompt is copying tokens, and a number is copied digit by digit. Not here:
rendering of examples (render.py), weights (model.py).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ops.errors import InputError
from ops.student.config import StudentConfig, ToolsShown
from ops.student.source import arguments
from ops.student.template import misfit

CALL_OPEN = "<tool_call>"
CALL_CLOSE = "</tool_call>"
END = "<|im_end|>"
PAD = "<|pad|>"
PIECE = r"[\p{L}_]+|\p{N}|\s|[^\p{L}\p{N}\s_]+"
SPECIAL = (PAD, "<|im_start|>", END, CALL_OPEN, CALL_CLOSE)
TEMPLATE = Path(__file__).with_name("chat_template.jinja")


def train(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A byte-level BPE of at most `vocabulary` tokens; every byte is in it, so any text encodes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECE), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def chat_template(shown: ToolsShown) -> str:
    """The project's template with the tools' form fixed in it: every client shows the same."""
    return f"{{%- set shown = '{shown}' -%}}\n" + TEMPLATE.read_text(encoding="utf-8")


def wrap(tokenizer: Tokenizer, context: int, shown: ToolsShown) -> Any:
    """The tokenizer as transformers saves it, with the template."""
    from transformers import PreTrainedTokenizerFast

    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = chat_template(shown)
    return wrapped


def adopt(folder: Path, config: StudentConfig) -> Any:
    """The tokenizer of a folder, under our template or its own.

    The call markers stay ordinary text when the vocabulary lacks them: nothing is resized.

    Raises:
        InputError: there is none; no single token ends a turn, so no answer could ever be finished;
            or its own template does not write what is trained, decoded and read here.
    """
    try:
        tokenizer = _given(folder)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} has no tokenizer: {str(error).splitlines()[0]}; expected a Hugging Face "
            f"folder with tokenizer.json and tokenizer_config.json"
        ) from error
    if END not in tokenizer.get_vocab():
        raise InputError(
            f"{folder}: its tokenizer has no token {END}, which ends every answer; "
            f"set student.base or student.tokenizer to one with a ChatML vocabulary"
        )
    tokenizer.pad_token = tokenizer.pad_token or END
    tokenizer.model_max_length = config.context
    if config.template == "project":
        tokenizer.chat_template = chat_template(config.tools_shown)
    elif found := misfit(tokenizer):
        raise InputError(
            f"{folder}: its own chat template {found}; set student.template to project"
        )
    return tokenizer


def load(folder: Path) -> Any:
    """The tokenizer of a student, from the folder that `wrap` or `adopt` made and was saved to.

    Its tokenizer.json says all. transformers' AutoTokenizer, which finds the class of any folder,
    would import torch and the models first: nine seconds of a processor in each process.
    """
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(str(folder), local_files_only=True)


def _given(path: Path) -> Any:
    """The tokenizer of any Hugging Face folder or of a GGUF file, as the library reads it."""
    from transformers import AutoTokenizer

    place, options = arguments(path)
    return AutoTokenizer.from_pretrained(place, **options)
