"""What a training run says of itself, so that a reader sees that all did the same work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """Of the whole run: optimizer steps, tokens that were learnt, and the mean loss of its steps.

    computed: tokens that went through the model, padding among them. loss: nats a token, of the
    run's own objective.
    """

    steps: int
    supervised: int
    computed: int
    loss: float
