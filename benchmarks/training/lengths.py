"""How long examples of tool calling are: a long prompt that lists tools, a short answer.

Figures of the Berkeley Function Calling Leaderboard v4, each prompt with its right answer. What is
measured on is a stratified sample: of n examples, number i stands at the share (i + 1/2) / n.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

Length = tuple[int, int]
FILES = "files"


@dataclass(frozen=True)
class Quantiles:
    """Tokens of prompt and answer at shares of the examples, in percent."""

    what: str
    shares: Sequence[float]
    prompt: Sequence[float]
    answer: Sequence[float]


WRITTEN = {
    # As benchmarks/shards/texts.py renders the files that lie beside the project; `files` has these
    # examples themselves, in which long prompts have longer answers.
    "offline": Quantiles(
        "drawn with the quantiles of 1,240 BFCL v4 prompts, tokenizer of Qwen 2.5",
        (0, 1, 5, 25, 50, 75, 95, 99, 100),
        (82, 108, 127, 157, 193, 305, 535, 703, 869),
        (15, 15, 15, 32, 41, 78, 153, 191, 344),
    ),
    # Prompts that users sent live among them; smallest values not known.
    "live": Quantiles(
        "drawn with the quantiles of 3,641 single-turn BFCL v4 prompts, tokenizer of SmolLM2",
        (0, 5, 25, 50, 75, 95, 99, 100),
        (156, 156, 208, 381, 808, 1629, 2382, 5913),
        (19, 19, 19, 47, 61, 155, 214, 410),
    ),
}


def lengths(name: str, count: int) -> list[Length]:
    """Tokens of (prompt, answer) of `count` examples, the shortest first."""
    if name == FILES:
        return _sample(_rendered(), count)
    told = WRITTEN[name]
    shares = (np.arange(count) + 0.5) / count * 100
    prompts, answers = (np.interp(shares, told.shares, one) for one in (told.prompt, told.answer))
    drawn = answers.round().astype(int).tolist()
    Random(7).shuffle(drawn)
    return list(zip(prompts.round().astype(int).tolist(), drawn, strict=True))


def source(name: str) -> str:
    """Where the lengths come from, in words."""
    return "BFCL v4 prompts, tokenizer of Qwen 2.5" if name == FILES else WRITTEN[name].what


def default() -> str:
    """The files where they lie beside the project, else their quantiles."""
    from benchmarks.shards.texts import DATA

    return FILES if (DATA / "bfcl").is_dir() else "offline"


def _sample(pairs: list[Length], count: int) -> list[Length]:
    ordered = sorted(pairs, key=lambda pair: (sum(pair), pair))
    return [ordered[int((number + 0.5) / count * len(ordered))] for number in range(count)]


def _rendered() -> list[Length]:
    from benchmarks.shards import texts

    with tempfile.TemporaryDirectory() as folder:
        table = texts.texts(Path(folder)).texts
    answers = table["answer_tokens"].to_pylist()
    return [
        (whole - answer, answer)
        for whole, answer in zip(table["tokens"].to_pylist(), answers, strict=True)
    ]
