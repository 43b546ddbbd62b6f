"""Offsets name the characters of each token, also where a character is several tokens."""

from itertools import accumulate
from typing import Any

import pytest

from ops.student.encode import encode


def ends(*pieces: str) -> list[int]:
    return list(accumulate(map(len, pieces)))


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
    encoded, text = encode(tokenizer, prompt + answer, ends(prompt, answer)), prompt + answer
    assert encoded.offsets[0][0] == 0
    assert encoded.offsets[-1][1] == len(text)
    for (a, b), (c, d) in zip(encoded.offsets, encoded.offsets[1:], strict=False):
        assert c in (a, b)
        assert d >= b
    assert encoded.offsets[encoded.cuts[0]][0] == len(prompt)
    assert encoded.cuts[1] == len(encoded.ids)
    assert tokenizer.decode(encoded.ids) == text


def test_prompt_and_answer_share_no_token(tokenizer: Any) -> None:
    """`tools` is one token, or several; cut in two it is what each half is alone."""
    too, ls = (tokenizer(piece)["input_ids"] for piece in ("too", "ls"))
    encoded = encode(tokenizer, "toolstoo", [3, 5, 8])
    assert encoded.ids == too + ls + too
    assert encoded.cuts == [len(too), len(too + ls), len(too + ls + too)]
    assert encoded.offsets[encoded.cuts[1]] == (5, 5 + encoded.offsets[0][1])
