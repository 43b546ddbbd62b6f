"""What a package has to reach, by precision: the only place where these numbers stand.

KL and agreement compare with the student in PyTorch; their bounds are what SmolLM2-135M-Instruct
reached, with a margin (fp16: 3.0e-5 nats, 0.997; int8: 5.5e-3 nats, 0.96). A palette of 6
bits has to do what int8 does. With 4 bits a student may change its mind at one position in five,
and no more: int4 of SmolLM2-135M-Instruct loses 0.43 nats and three in ten of the first tokens, and
is not to ship. The others are shares of the largest logit, so that they do not depend on a
student's scale. `tie_nats` forgives a position where the student's first token leads the chosen one
by less: there it has no opinion.
"""

from dataclasses import dataclass

from ops.coreml.config import Precision

EXACT = 1e-4  # two float32 evaluations of one graph; an error in it shows as 1e-2 and more
REPLAYED = 1e-2  # all-zero masks shift positions by one slot of fp16 rotary tables
HEADROOM = 0.5  # of 65504, the largest fp16 number


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest acceptable figures of one precision."""

    rounding: float  # fp16 arithmetic alone, share of the largest logit
    kl_nats: float  # mean over positions
    top1: float  # share of positions
    top3: float  # share of positions
    tie_nats: float


BOUNDS: dict[Precision, Bounds] = {
    "fp16": Bounds(rounding=0.03, kl_nats=1e-3, top1=0.99, top3=0.99, tie_nats=0.01),
    "int8": Bounds(rounding=0.03, kl_nats=2e-2, top1=0.95, top3=0.98, tie_nats=0.05),
    "lut6": Bounds(rounding=0.03, kl_nats=2e-2, top1=0.95, top3=0.98, tie_nats=0.05),
    "int4": Bounds(rounding=0.03, kl_nats=0.1, top1=0.80, top3=0.95, tie_nats=0.05),
    "lut4": Bounds(rounding=0.03, kl_nats=0.1, top1=0.80, top3=0.95, tie_nats=0.05),
}
