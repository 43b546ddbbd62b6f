"""Offsets name the characters of each token, also where a character is several tokens."""

from typing import Any

import pytest

from ops.student.encode import encode


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        pytest.param("Say hi. ", "Hello, world 12!", id="plain"),
        pytest.param("é東🌦️ ", "naïve 東京 👩‍🚀 done", id="several_bytes_a_character"),
        pytest.param(
            "a<|im_start|>", '<tool_call>\n{"é": 1}\n</tool_call><|im_end|>', id="markers"
        ),
    ],
)
def test_offsets_cover_the_text_in_order(tokenizer: Any, prompt: str, answer: str) -> None:
    encoded, text = encode(tokenizer, prompt, answer), prompt + answer
    assert encoded.offsets[0][0] == 0
    assert encoded.offsets[-1][1] == len(text)
    for (a, b), (c, d) in zip(encoded.offsets, encoded.offsets[1:], strict=False):
        assert c in (a, b)
        assert d >= b
    assert encoded.offsets[encoded.prompt_tokens][0] == len(prompt)
    assert tokenizer.decode(encoded.ids) == text


def test_prompt_and_answer_share_no_token(tokenizer: Any) -> None:
    """`tools` is one token, or several; cut in two it is what each half is alone."""
    encoded = encode(tokenizer, "too", "ls")
    assert encoded.ids == tokenizer("too")["input_ids"] + tokenizer("ls")["input_ids"]
    assert encoded.prompt_tokens == len(tokenizer("too")["input_ids"])
