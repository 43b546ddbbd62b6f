"""One compiled grammar a tool set and tokenizer, for whoever decodes, judges or supervises.

To compile takes milliseconds and to copy what is compiled takes microseconds, so each tool set is
compiled once, as long as it is among the newest KEPT. The order of tools and of their properties
is part of the key: it is part of the grammar.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher, LLTokenizer

from ops.errors import ContractError
from ops.grammar.lark import lark_grammar
from ops.student.encode import token_ids
from ops.toolcalls.dialects.hermes import OPEN

END = "<|im_end|>"
KEPT = 256  # some 0.2 MB each


@dataclass(frozen=True, slots=True)
class Compiled:
    """The grammar of one tool set, ready for one tokenizer.

    `relaxed` names the tools whose schema it could not hold (ops/grammar/schema.py).
    """

    relaxed: tuple[str, ...]
    _tokenizer: Any
    _start: Any

    def matcher(self) -> Any:
        """An llguidance matcher of its own at the start of an answer."""
        return self._start.deep_copy()

    def accepts(self, text: str) -> bool:
        """Whether the grammar allows exactly this answer, its end token left out.

        The calls of an accepted text are valid by validate.py, but where a schema is relaxed, a
        number is beyond 64 bits or a string holds NUL; its words are not looked at. The reverse
        holds for what render.py writes of arguments in order (`render.ordered`), but where a number
        is spelt otherwise than its schema: 3.0 for an integer, an exponent or -0.0 under bounds.
        Reading is broader still: other white space, other orders, other dialects.
        """
        ids = token_ids(self._tokenizer, text)
        matcher = self.matcher()
        return bool(matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting())


class Grammars:
    """The grammars of one tokenizer: compiled when first asked for, the newest kept.

    `width` is the number of bits of a mask: the tokenizer's vocabulary.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Takes a fast tokenizer of transformers. Raises ContractError without a token of END."""
        self.end: int = tokenizer.get_vocab().get(END, -1)
        if self.end < 0:
            raise ContractError(
                f"{type(tokenizer).__name__} has no token {END}, which ends every answer; "
                f"take the tokenizer of student_base"
            )
        self.tokenizer = tokenizer
        self._special = OPEN in tokenizer.get_added_vocab()
        # As llguidance.hf does it, which would import transformers.
        plain = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
        plain.no_padding()
        plain.no_truncation()
        self._lexicon = LLTokenizer(plain.to_str(), eos_token=self.end)
        self.width: int = self._lexicon.vocab_size
        self._kept: OrderedDict[str, Compiled] = OrderedDict()

    def of(self, tools: Sequence[Mapping[str, Any]]) -> Compiled:
        """The grammar where these tools are offered. Raises ContractError if one is no tool."""
        key = json.dumps(tools, ensure_ascii=False)
        if key not in self._kept:
            self._kept[key] = self._compile(tools)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _compile(self, tools: Sequence[Mapping[str, Any]]) -> Compiled:
        grammar = lark_grammar(tools, self._special)
        matcher = LLMatcher(self._lexicon, LLMatcher.grammar_from_lark(grammar.lark), log_level=0)
        if matcher.is_error():
            names = ", ".join(tool["function"]["name"] for tool in tools)[:200]
            fault = " ".join(matcher.get_error().split())[:200]
            raise ContractError(
                f"the grammar of the tools {names} does not compile: {fault}; "
                f"offer fewer or simpler tools"
            )
        return Compiled(grammar.relaxed, self.tokenizer, matcher)


@lru_cache(maxsize=2)
def grammars(tokenizer: Any) -> Grammars:
    """The grammars of this tokenizer (the object), shared by all who ask."""
    return Grammars(tokenizer)
