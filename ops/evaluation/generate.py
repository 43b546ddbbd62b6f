"""Let a student answer prompts: greedy, batched, free or under the tool grammar.

Shape suffixes:  B batch · T position · V vocabulary.  Not here: judging the answers (ops/scoring).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import llguidance.numpy as bitmask
import numpy as np
import torch
from torch import Tensor
from transformers import GenerationConfig

from ops.grammar.compiled import grammars
from ops.student.encode import token_ids


@dataclass(frozen=True, slots=True)
class Output:
    """What the student wrote; `finished` is False if it was cut at the token limit."""

    text: str
    tokens: int
    finished: bool


class Student:
    """A model and its tokenizer, ready to answer."""

    def __init__(self, model: Any, tokenizer: Any, max_new_tokens: int) -> None:
        """Takes the model as it is; decoding is greedy."""
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.end = tokenizer.convert_tokens_to_ids("<|im_end|>")
        self._limit = max_new_tokens

    @torch.no_grad()
    def answer(self, prompts: Sequence[str], tools: Sequence[Any] | None = None) -> list[Output]:
        """Answer rendered prompts together; with `tools` (a list for each), under their grammar."""
        encoded = [token_ids(self.tokenizer, text) for text in prompts]
        width = max(len(ids) for ids in encoded)
        ids_BT = torch.full((len(encoded), width), self.tokenizer.pad_token_id)
        attention_BT = torch.zeros_like(ids_BT)
        for row, ids in enumerate(encoded):
            ids_BT[row, width - len(ids) :] = torch.tensor(ids)
            attention_BT[row, width - len(ids) :] = 1
        device = self.model.device
        settings = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=self._limit,
            do_sample=False,
            eos_token_id=self.end,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        guides = [self._guides(tools, width)] if tools is not None else []
        written_BT = self.model.generate(
            input_ids=ids_BT.to(device),
            attention_mask=attention_BT.to(device),
            generation_config=settings,
            logits_processor=guides,
        )[:, width:]
        return [self._output(ids) for ids in written_BT.tolist()]

    def _output(self, ids: list[int]) -> Output:
        finished = self.end in ids
        kept = ids[: ids.index(self.end)] if finished else ids
        text = self.tokenizer.decode(kept, skip_special_tokens=False)
        return Output(text, len(kept) + finished, finished)

    def _guides(self, tools: Sequence[Any], width: int) -> "GrammarGuide":
        held = grammars(self.tokenizer)
        return GrammarGuide([held.of(offered).matcher() for offered in tools], width, self.end)


class GrammarGuide:
    """A logits processor that leaves only the tokens which keep each answer in its grammar."""

    def __init__(self, matchers: list[Any], prompt_width: int, end: int) -> None:
        """One matcher a row, after `prompt_width` tokens of prompt; `end` ends an answer."""
        self._matchers = matchers
        self._read = prompt_width
        self._end = end

    def __call__(self, ids_BT: Tensor, scores_BV: Tensor) -> Tensor:
        """Scores with every forbidden token at minus infinity, [B, V]."""
        mask = bitmask.allocate_token_bitmask(len(self._matchers), scores_BV.shape[-1])
        for row, matcher in enumerate(self._matchers):
            for token in ids_BT[row, self._read :].tolist():
                if not matcher.is_stopped():
                    matcher.consume_token(token)
            if matcher.is_error():
                # A matcher that gave up allows nothing: the answer ends, and is judged as it is.
                mask[row] = 0
                mask.view(np.uint8)[row, self._end // 8] = 1 << self._end % 8
            elif matcher.is_stopped():
                mask[row] = -1
            else:
                bitmask.fill_next_token_bitmask(matcher, mask, row)
        self._read = ids_BT.shape[1]
        # Unpacked here: llguidance's own way to apply it compiles a kernel in every new process.
        bits_BV = np.unpackbits(mask.view(np.uint8), axis=-1, bitorder="little")
        allowed_BV = torch.from_numpy(bits_BV[:, : scores_BV.shape[-1]].astype(bool))
        return scores_BV.masked_fill(~allowed_BV.to(scores_BV.device), float("-inf"))


def in_batches(count: int, size: int) -> Iterator[range]:
    """Ranges that cover `count` items, `size` at a time."""
    for start in range(0, count, size):
        yield range(start, min(count, start + size))
