"""How clients drive a package: what they send, and how they count slots.

A program with lengths in a range has two. `causal` is the convention of Apple's examples: one row
of the mask a token, minus infinity above the diagonal. `zeros` is what swift-transformers sends
(LanguageModel.swift, eec09bd): one row of zeros, as long as the number of tokens plus one, so slot
0 stays empty and nothing is masked. A package has to answer both alike.

A program without a state has two as well: `causal` pads to the shortest shape that holds the
conversation, `zeros` to the longest, as swift-transformers does. One of fixed shapes has no client
that sends all zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from ops.coreml.contract import IDS, OUTPUT
from ops.coreml.interpreter.machine import Machine, State
from ops.coreml.interpreter.program import Port
from ops.errors import ContractError

Masks = Literal["causal", "zeros"]
SKIPPED = {"causal": 0, "zeros": 1}  # slots before the first token


@dataclass(slots=True)
class Session:
    """One conversation with a package, from an empty state.

    Of several functions that share the state, each piece goes to the one that takes most of it.
    """

    machines: Sequence[Machine]
    masks: Masks = "causal"
    used: int = 0
    state: State = field(init=False)
    new: slice = field(init=False)  # the rows of the last call that are of new tokens

    def __post_init__(self) -> None:
        self.state = self.machines[0].fresh_state()
        self.used = SKIPPED[self.masks]

    def feed(self, tokens: list[int]) -> Tensor:
        """Logits [T, V] of the next token after each of `tokens`."""
        logits, done = [], 0
        while done < len(tokens):
            machine, count = widest(self.machines, len(tokens) - done)
            logits.append(self.ask(machine, tokens[done : done + count]))
            done += count
        return torch.cat(logits)

    def ask(self, machine: Machine, tokens: list[int]) -> Tensor:
        """Logits [T, V] of one call."""
        self.used += len(tokens)
        self.new = slice(0, len(tokens))
        mask = causal(len(tokens), self.used) if self.masks == "causal" else zeros(self.used)
        return self.run(machine, tokens, {"causalMask": mask})

    def run(self, machine: Machine, tokens: list[int], masks: dict[str, Tensor]) -> Tensor:
        """Logits [T, V] of the new ones of `tokens`, which are padded or have old ones before."""
        ids = torch.tensor([tokens], dtype=torch.int32)
        return machine.run({IDS: ids, **masks}, self.state)[OUTPUT][0, self.new]

    def feed_each(self, pieces: list[list[int]]) -> Tensor:
        """Logits [T, V] of all pieces, fed one after the other."""
        return torch.cat([self.feed(piece) for piece in pieces if piece])


@dataclass(slots=True)
class WholeSession(Session):
    """A conversation that is sent whole in every call, to a program without a state."""

    said: list[int] = field(default_factory=list)

    def feed(self, tokens: list[int]) -> Tensor:
        """Logits [T, V] of the next token after each of `tokens`."""
        self.said = self.said + tokens
        shapes = sorted(ids(self.machines[0]).choices)
        fitting = [length for _, length in shapes if length >= len(self.said)]
        if not fitting:
            raise ContractError(f"{len(self.said)} tokens are longer than {shapes[-1][1]}")
        length = fitting[0] if self.masks == "causal" else fitting[-1]
        padding = length - len(self.said)
        counts = torch.tensor([[1] * len(self.said) + [0] * padding], dtype=torch.int32)
        self.new = slice(len(self.said) - len(tokens), len(self.said))
        padded = self.said + [0] * padding
        return self.run(self.machines[0], padded, {"attentionMask": counts})


@dataclass(slots=True)
class PlacedSession(Session):
    """A conversation that tells a program of fixed shapes the slot of each token."""

    def feed(self, tokens: list[int]) -> Tensor:
        """Logits [T, V] of the next token after each of `tokens`; the last call may be padded."""
        logits, done = [], 0
        while done < len(tokens):
            left = len(tokens) - done
            machine = min(self.machines, key=lambda one: calls(one, left))
            count = min(left, ids(machine).bounds[-1][1])
            logits.append(self.ask(machine, tokens[done : done + count]))
            done += count
        return torch.cat(logits)

    def ask(self, machine: Machine, tokens: list[int]) -> Tensor:
        """Logits [T, V] of one call."""
        rows, slots = (high for _, high in machine.program.inputs[1].bounds[-2:])
        if self.used + len(tokens) > slots:
            raise ContractError(f"{self.used + len(tokens)} tokens do not fit {slots} slots")
        places = torch.arange(self.used, self.used + len(tokens))
        update = torch.zeros(1, 1, rows, slots)
        update[0, 0, torch.arange(len(tokens)), places] = 1.0
        mask = torch.full((1, 1, rows, slots), -torch.inf)
        mask[0, 0, : len(tokens)] = causal(len(tokens), slots, self.used)[0, 0]
        self.used += len(tokens)
        self.new = slice(0, len(tokens))
        padded = tokens + [0] * (rows - len(tokens))
        return self.run(machine, padded, {"updateMask": update, "causalMask": mask})


def session(machines: Sequence[Machine], masks: Masks = "causal") -> Session:
    """A conversation with functions of whatever form; they share one."""
    names = {port.name for port in machines[0].program.inputs}
    if "updateMask" in names:
        return PlacedSession(machines, masks)
    return WholeSession(machines, masks) if "attentionMask" in names else Session(machines, masks)


def ids(machine: Machine) -> Port:
    """The input that takes tokens."""
    return next(port for port in machine.program.inputs if port.name == IDS)


def calls(machine: Machine, left: int) -> tuple[int, int]:
    """Calls that `left` tokens take, and how many tokens are sent with them; fewer are better."""
    size = ids(machine).bounds[-1][1]
    return -(-left // size), size


def widest(machines: Sequence[Machine], left: int) -> tuple[Machine, int]:
    """The function that takes most of the `left` tokens in one call, and how many."""
    best: tuple[Machine, int] | None = None
    for machine in machines:
        low, high = ids(machine).bounds[-1]
        count = min(high, left)
        if count >= low and (best is None or count > best[1]):
            best = (machine, count)
    if best is None:
        raise ContractError(f"no function of the package takes the last {left} tokens of a prompt")
    return best


def causal(new: int, end: int, past: int | None = None) -> Tensor:
    """[1, 1, T, E]: minus infinity where a token would look ahead.

    `past` tokens came before the new ones; if not told, these are the last ones of E.
    """
    past = end - new if past is None else past
    return torch.full((1, 1, new, end), -torch.inf).triu(past + 1)


def zeros(end: int) -> Tensor:
    """[1, 1, 1, E]: nothing is masked."""
    return torch.zeros(1, 1, 1, end)
