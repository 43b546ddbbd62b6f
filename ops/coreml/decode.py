"""A package answers a prompt: greedy decoding on the interpreter, free or under the tool grammar.

As a device would, with every result rounded as the program declares it; not as fast. Not here:
whether the answer is right (tools.py), and decoding by PyTorch (ops/evaluation/generate.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ops.coreml import functions
from ops.coreml.clients import session
from ops.coreml.config import CoreMLConfig
from ops.coreml.interpreter.machine import Machine
from ops.coreml.interpreter.program import read
from ops.errors import InputError
from ops.grammar.compiled import END, grammars
from ops.student.encode import token_ids


@dataclass(frozen=True, slots=True)
class Written:
    """An answer without its end token; `tokens` counts that too, where it was `finished`."""

    text: str
    tokens: int
    finished: bool


class Worker:
    """The first speaker of a package, with its tokenizer."""

    def __init__(self, package: Path, config: CoreMLConfig, tokenizer: Any, most: int) -> None:
        """Answers have up to `most` tokens. Raises ContractError if the package cannot be read."""
        names = next(iter(functions.speakers(config).values()))
        self._machines = [Machine(read(package, name), "declared") for name in names]
        self._tokenizer = tokenizer
        self._context = config.context
        self._most = most
        self._end = tokenizer.convert_tokens_to_ids(END)

    def room(self, prompt: str) -> int:
        """How many tokens an answer to a rendered prompt may have; 0 or less is none."""
        return min(self._most, self._context - len(token_ids(self._tokenizer, prompt)))

    def answer(self, prompt: str, tools: Sequence[Any] | None = None) -> Written:
        """The answer to a rendered prompt; with `tools`, under their grammar.

        Raises:
            InputError: the prompt leaves no room for an answer.
        """
        fed, most = token_ids(self._tokenizer, prompt), self.room(prompt)
        if most < 1:
            raise InputError(
                f"the prompt with its tools has {len(fed)} tokens, the package holds "
                f"{self._context}; ask less, or offer fewer tools with --tools"
            )
        matcher = None if tools is None else grammars(self._tokenizer).of(tools).matcher()
        talk = session(self._machines)
        written: list[int] = []
        while len(written) < most:
            scores_V = talk.feed(fed)[-1]
            token = int(
                (scores_V if matcher is None else self._allowed(scores_V, matcher)).argmax()
            )
            written.append(token)
            if token == self._end:
                break
            if matcher is not None and not matcher.is_stopped():
                matcher.consume_token(token)
            fed = [token]
        finished = written[-1] == self._end
        kept = written[:-1] if finished else written
        text = self._tokenizer.decode(kept, skip_special_tokens=False)
        return Written(text, len(written), finished)

    def _allowed(self, scores_V: Tensor, matcher: Any) -> Tensor:
        """Scores with every token at minus infinity that leaves the grammar, [V]."""
        allowed_V = np.zeros(len(scores_V), dtype=bool)
        if matcher.is_stopped() or matcher.is_error():
            allowed_V[self._end] = True  # it has no more to allow: the answer ends
        else:
            mask = np.frombuffer(matcher.compute_bitmask(), np.uint8)
            bits = np.unpackbits(mask, bitorder="little")[: len(scores_V)]
            allowed_V[: len(bits)] = bits.astype(bool)
        return scores_V.masked_fill(~torch.from_numpy(allowed_V), -torch.inf)
