"""One probe through the package, in every way a client may send it, beside PyTorch's answer.

What the figures have to be is decided in verify.py.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ops.coreml import reference
from ops.coreml.clients import session
from ops.coreml.interpreter.machine import Machine

CONTINUED = 16  # tokens of greedy continuation, as far as the context allows
REPEATED = 16  # tokens that show whether a fresh state forgets
CHUNK = 7  # tokens; divides no usual prompt length


@dataclass(frozen=True, slots=True)
class Subject:
    """All that answers a probe: the functions of a speaker twice, the student twice."""

    exact: list[Machine]
    declared: list[Machine]
    student: Any
    with_stored_numbers: Any
    context: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Logits [T, V] of one probe and its continuation, and differences as shares of the scale."""

    prompt: list[int]
    continuation: list[int]
    student_TV: Tensor
    package_TV: Tensor
    graph: float
    rounding: float
    chunked: float
    all_zero: float | None  # nothing: the program has no client that sends all zeros
    repeated: float

    @property
    def decoded(self) -> slice:
        """The positions whose next token is chosen by decoding; the first one always is."""
        first = len(self.prompt) - 1
        return slice(first, first + max(1, len(self.continuation)))


def replay(subject: Subject, prompt: list[int]) -> Replay:
    """Send `prompt` and the student's greedy continuation of it through the package."""
    # A client that sends all-zero masks loses one slot of the context.
    room = max(0, subject.context - 1 - len(prompt))
    added = reference.continuation(subject.student, prompt, min(CONTINUED, room))
    tokens = prompt + added
    student = reference.logits(subject.student, tokens)
    expected = reference.logits(subject.with_stored_numbers, tokens)
    whole = session(subject.exact).feed(tokens)
    package = session(subject.declared).feed_each([prompt, *([token] for token in added)])
    scale = float(expected.abs().max())
    return Replay(
        prompt=prompt,
        continuation=added,
        student_TV=student,
        package_TV=package,
        graph=difference(whole, expected) / scale,
        rounding=difference(package, expected) / scale,
        chunked=difference(session(subject.exact).feed_each(chunks(tokens)), whole) / scale,
        all_zero=all_zero(subject, tokens, len(prompt), whole),
        repeated=difference(again(subject.declared, tokens), again(subject.declared, tokens)),
    )


def stepwise(one: Replay) -> list[list[int]]:
    """The prompt at once, then token by token."""
    return [one.prompt, *([token] for token in one.continuation)]


def all_zero(subject: Subject, tokens: list[int], prompt: int, whole: Tensor) -> float | None:
    """How far off a client is that masks nothing, as a share of the largest logit."""
    if any(port.name == "updateMask" for port in subject.exact[0].program.inputs):
        return None
    fits = tokens[: subject.context - 1]
    apart = difference(swift(subject.exact, fits, prompt), whole[: len(fits)])
    return apart / float(whole.abs().max())


def swift(machines: list[Machine], tokens: list[int], prompt: int) -> Tensor:
    """[T, V] as swift-transformers gets them: the prompt at once, then token by token."""
    pieces = [tokens[:prompt], *([token] for token in tokens[prompt:])]
    return session(machines, "zeros").feed_each(pieces)


def again(machines: list[Machine], tokens: list[int]) -> Tensor:
    """[T, V] of the first tokens from a fresh state, whatever ran before."""
    return session(machines).feed(tokens[:REPEATED])


def chunks(tokens: list[int]) -> list[list[int]]:
    """`tokens` in pieces: first one alone, then pieces of one length, the rest at the end."""
    starts = range(1, len(tokens), CHUNK)
    return [tokens[:1], *(tokens[start : start + CHUNK] for start in starts)]


def difference(first: Tensor, second: Tensor) -> float:
    """Largest absolute difference; LOST where either is not a number."""
    return reference.finite((first - second).abs().max())
