"""What a run will take, before its first step: memory, and floating-point operations of a step.

From shapes alone, so a model on the meta device will do, which holds no weights. Counted for
the Llama family: an upper bound of what is alive at once, without what the allocator keeps.
Shape letters:  T tokens of a batch · N supervised tokens · H width · V vocabulary.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch

from ops.training.batch import Teacher, longest
from ops.training.config import TrainingConfig
from ops.training.hidden import base_of
from ops.training.precision import is_bf16
from ops.training.run import Run
from ops.training.teacher import Taught

Lengths = tuple[int, ...]

FULL, HALF = 4, 2
MOMENTS = 2
CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a configuration is counted with."""

    width: int
    layers: int
    keys: int
    feed_forward: int
    vocabulary: int

    @classmethod
    def of(cls, config: Any) -> "_Shape":
        heads = config.num_attention_heads
        each = getattr(config, "head_dim", None) or config.hidden_size // heads
        return cls(
            width=config.hidden_size,
            layers=config.num_hidden_layers,
            keys=each * (getattr(config, "num_key_value_heads", None) or heads),
            feed_forward=config.intermediate_size,
            vocabulary=config.vocab_size,
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """Parameters by number, memory in bytes, cost in floating-point operations of one step.

    teacher: bytes of one that is here, with its states and logits; it is whole on each rank.
    """

    parameters: int
    trained: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    step_flops: int
    teacher: int = 0

    @property
    def memory(self) -> int:
        """Bytes of all, at the height of the longest batch."""
        own = self.weights + self.gradients + self.optimizer + self.activations
        return own + self.teacher

    def __str__(self) -> str:
        """As one line."""
        teacher = f", teacher {_size(self.teacher)}" if self.teacher else ""
        return (
            f"{self.parameters:,} parameters, {self.trained:,} trained; memory about "
            f"{_size(self.memory)} (weights {_size(self.weights)}, gradients "
            f"{_size(self.gradients)}, AdamW {_size(self.optimizer)}, activations "
            f"{_size(self.activations)}{teacher}); a step costs {self.step_flops:.2e} FLOP"
        )


def meta(config: Any) -> Any:
    """A causal language model of this shape without weights, from its transformers config."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        made: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    return made


def estimate(
    model: Any, config: TrainingConfig, lengths: Lengths, supervised: int | None = None
) -> Estimate:
    """The estimate for batches of examples of these lengths, all targets if not told otherwise."""
    parameters = [(value.numel(), value.requires_grad) for value in model.parameters()]
    whole = sum(count for count, _ in parameters)
    trained = sum(count for count, wanted in parameters if wanted)
    targets = sum(lengths) if supervised is None else supervised
    shape = _Shape.of(base_of(model).config)
    bf16 = is_bf16(config, next(model.parameters()).device)
    passes = _matrices(model, sum(lengths)) + _attention(shape, lengths)
    again = passes // 3 if config.activation_checkpointing else 0
    head = 6 * targets * shape.width * shape.vocabulary
    return Estimate(
        parameters=whole,
        trained=trained,
        weights=FULL * whole,
        gradients=FULL * trained,
        optimizer=MOMENTS * FULL * trained,
        activations=_kept(shape, config, sum(lengths), bf16) + _head(shape, targets),
        step_flops=config.accumulate * (passes + again + head),
    )


def taught(
    found: Estimate, student: Any, teacher: Teacher, config: TrainingConfig, of: tuple[Lengths, int]
) -> Estimate:
    """The estimate with a teacher that reads the same batch, and the divergence from it.

    of: lengths of the examples, and targets. The teacher goes forward only; for the divergence its
    head makes one product, and the student's its three once more.
    """
    lengths, targets = of
    shape, head = _Shape.of(base_of(student).config), teacher.head.weight_VH
    forward = _matrices(teacher.model, sum(lengths)) // 2
    forward += _attention(_Shape.of(teacher.model.config), lengths) // 3
    heads = 2 * targets * head.numel() + 6 * targets * shape.width * shape.vocabulary
    held = sum(value.numel() * value.element_size() for value in teacher.model.parameters())
    states = targets * head.shape[1] * head.element_size()
    logits = 2 * FULL * min(targets, CHUNK) * len(head)
    return replace(
        found,
        teacher=held + states + logits,
        step_flops=found.step_flops + config.accumulate * (forward + heads),
    )


def _matrices(model: Any, tokens: int) -> int:
    """Linear layers: 2 T per weight forward, 2 T back to the input, 2 T to a trained weight."""
    return sum(
        (6 if layer.weight.requires_grad else 4) * tokens * layer.weight.numel()
        for name, layer in base_of(model).named_modules()
        if isinstance(layer, torch.nn.Linear) and not name.endswith("lm_head")
    )


def _attention(shape: _Shape, lengths: Lengths) -> int:
    """Scores and their product with the values, causal: half of l² each; twice that backward."""
    squared = sum(length * length for length in lengths)
    return 3 * 2 * squared * shape.width * shape.layers


def _kept(shape: _Shape, config: TrainingConfig, tokens: int, bf16: bool) -> int:
    """Bytes that the layers keep for the way back, per token: norms 6 H, the rest as computed."""
    width = shape.width
    computed = 3 * width + 2 * shape.keys + 4 * shape.feed_forward
    layer = FULL * 6 * width + (HALF if bf16 else FULL) * computed
    layers = shape.layers
    if config.activation_checkpointing:
        return tokens * (FULL * width * layers + layer)
    return tokens * layer * layers


def _head(shape: _Shape, targets: int) -> int:
    """The head goes chunk by chunk: a few copies of one chunk's logits."""
    return 3 * FULL * min(targets, CHUNK) * shape.vocabulary + 3 * FULL * targets * shape.width


def told(model: Any, run: Run) -> str:
    """The line before the first step, for the longest batch of the run."""
    lengths, targets = longest(run.train)
    found = estimate(model, run.config, lengths, targets)
    if isinstance(run.collate, Taught):
        found = taught(found, model, run.collate.teacher, run.config, (lengths, targets))
    return str(found)


def _size(count: int) -> str:
    """Bytes as a person reads them.

    >>> _size(512), _size(3_200_000), _size(15_200_000_000)
    ('0.5 kB', '3.2 MB', '15.2 GB')
    """
    for unit, power in (("GB", 9), ("MB", 6)):
        if count >= 10**power:
            return f"{count / 10**power:.1f} {unit}"
    return f"{count / 1000:.1f} kB"
