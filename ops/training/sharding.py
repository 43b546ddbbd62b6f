"""A student whose weights, gradients and moments are split over the ranks, layer by layer.

FSDP2 (`fully_shard`): each layer is gathered when it is computed, and the root (embeddings, last
norm, head) once for a forward and backward pass, so the head's weight is whole when the head pass
reads it, tied or not. Alone, nothing is done. Each rank reads the whole student first.
"""

from functools import partial
from typing import Any

from torch import Tensor
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method

from ops.training import ranks
from ops.training.hidden import STATES, base_of, last_states


def shard(model: Any) -> None:
    """Split the model over all ranks, in place; before its optimizer is made."""
    if ranks.count() == 1:
        return
    base = base_of(model)
    mesh = init_device_mesh(next(base.parameters()).device.type, (ranks.count(),))
    for layer in base.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(base, mesh=mesh)
    setattr(base, STATES, partial(last_states, base))
    register_fsdp_forward_method(base, STATES)


def rest(model: Any) -> None:
    """Let go of what a pass without a backward pass has gathered."""
    base = base_of(model)
    if isinstance(base, FSDPModule):
        base.reshard()


def whole(model: Any) -> dict[str, Tensor] | None:
    """All weights by name on the first rank, empty on the others; None if nothing is split.

    Every rank calls it. A head that is tied to the embeddings is not told twice.
    """
    if ranks.count() == 1:
        return None
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    found: dict[str, Any] = get_model_state_dict(model, options=options)
    if base_of(model).config.tie_word_embeddings:
        found = {name: one for name, one in found.items() if not name.endswith("lm_head.weight")}
    return found
