"""What every way is given: hidden states, a head, labels and a teacher's likeliest outcomes.

All drawn, with one seed. Nothing here reads a model: time and memory do not depend on the values.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

CHUNK = 256


@dataclass(frozen=True)
class Size:
    """tokens: of the batch. supervised: those of them that have a target, evenly spread."""

    tokens: int = 512
    supervised: int = 512
    hidden: int = 576
    vocabulary: int = 49_152
    outcomes: int = 20


@dataclass(frozen=True)
class Scene:
    """Hidden states of all tokens [T, H], and of the supervised rows what is known of them.

    Column 0 of the ids is the label. `trained`: the weight gets a gradient. `product`: the type of
    the factors of the products.
    """

    hidden_TH: Tensor
    weight_VH: Tensor
    rows_N: Tensor
    ids_NK: Tensor
    teacher_logp_NK: Tensor
    trained: bool
    product: torch.dtype

    @property
    def labels_T(self) -> Tensor:
        """The label of each token, -100 where it is not supervised."""
        labels = self.ids_NK.new_full((len(self.hidden_TH),), -100)
        labels[self.rows_N] = self.ids_NK[:, 0]
        return labels

    def forget(self) -> None:
        """Drop the gradients of the last step."""
        self.hidden_TH.grad = self.weight_VH.grad = None


def scene(size: Size, trained: bool, product: torch.dtype) -> Scene:
    """The scene of this size."""
    drawn = torch.Generator().manual_seed(7)
    rows = torch.linspace(0, size.tokens - 1, size.supervised).long()
    shape = (size.supervised, size.outcomes)
    # One token of each stratum, so that a row lists none twice.
    stratum = size.vocabulary // size.outcomes
    ids = torch.randint(0, stratum, shape, generator=drawn)
    ids += stratum * torch.arange(size.outcomes)
    told = torch.randn(size.supervised, size.outcomes + 1, generator=drawn).log_softmax(1)
    weight = 0.04 * torch.randn(size.vocabulary, size.hidden, generator=drawn)
    return Scene(
        torch.randn(size.tokens, size.hidden, generator=drawn).requires_grad_(),
        weight.requires_grad_(trained),
        rows, ids, told[:, :-1].contiguous(), trained, product,
    )  # fmt: skip
