"""One turn of a student under whatever chat template it has: what it reads, and what it writes.

What it writes is all that the template puts after the prompt for an answer: the answer, what the
template puts around it, and the end of the turn, which must be learnt for the student to stop. A
template that writes no end gets the tokenizer's own. Not here: tool calls as text
(ops/toolcalls/render.py), training texts of the project's own template (render.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from ops.errors import InputError
from ops.student.render import render_prompt

_ASKED: list[dict[str, Any]] = [{"role": "user", "content": "Does it rain?"}]
_ANSWER = "It does."
_FAULTS = (TemplateError, TypeError, ValueError, KeyError, AttributeError)


class UnrenderableError(ValueError):
    """The template does not take this conversation; the message says why."""


@dataclass(frozen=True, slots=True)
class Turns:
    """A tokenizer with its template.

    Attributes:
        tokenizer: as transformers has it.
        end: what ends a turn, as text.
        marks: tokens of the template that no message may hold as words, the end among them.
    """

    tokenizer: Any
    end: str
    marks: tuple[str, ...]

    def of(
        self, messages: Sequence[dict[str, Any]], tools: list[dict[str, Any]], answer: str
    ) -> tuple[str, str]:
        """(prompt, what is written after it, with its end).

        Raises:
            UnrenderableError: the template refuses the conversation, or shows it otherwise once it
                is answered.
        """
        try:
            asked, whole = _rendered(self.tokenizer, list(messages), tools, answer)
        except _FAULTS as error:
            raise UnrenderableError(" ".join(str(error).split())[:300]) from error
        if not whole.startswith(asked):
            raise UnrenderableError("the template shows it otherwise when it has been answered")
        written = whole[len(asked) :].rstrip()
        return asked, written if written.endswith(self.end) else written + self.end


def turns(tokenizer: Any) -> Turns:
    """What the tokenizer's template writes around an answer.

    Raises:
        InputError: it has no template, one that cannot be used, or nothing that ends a turn.
    """
    if not tokenizer.chat_template:
        raise InputError(
            f"{tokenizer.name_or_path}: its tokenizer has no chat template, so nothing says how it "
            f"is asked; put a chat_template.jinja into the folder"
        )
    try:
        asked, whole = _rendered(tokenizer, _ASKED, [], _ANSWER)
    except _FAULTS as error:
        raise InputError(
            f"{tokenizer.name_or_path}: its chat template fails "
            f"({' '.join(str(error).split())[:200]}); put another chat_template.jinja there"
        ) from error
    found = whole.rfind(_ANSWER)
    end = whole[found + len(_ANSWER) :].strip() or tokenizer.eos_token
    if found < len(asked) or not whole.startswith(asked) or not end:
        raise InputError(
            f"{tokenizer.name_or_path}: its chat template does not write an answer after its "
            f"prompt with an end behind it, found {whole[-80:]!r}; expected the answer and a token "
            f"that ends the turn"
        )
    own = (tokenizer.bos_token, tokenizer.eos_token, end)
    added = tokenizer.added_tokens_decoder.values()
    marks = {token.content for token in added if token.special and token.content in whole}
    return Turns(tokenizer, end, tuple(sorted(marks | {one for one in own if one})))


def _rendered(
    tokenizer: Any, messages: list[dict[str, Any]], tools: list[dict[str, Any]], answer: str
) -> tuple[str, str]:
    """The prompt, and the conversation with its answer."""
    asked = render_prompt(tokenizer, messages, tools)
    answered = [*messages, {"role": "assistant", "content": answer}]
    whole: str = tokenizer.apply_chat_template(answered, tools=tools or None, tokenize=False)
    return asked, whole
