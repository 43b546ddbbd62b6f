"""Which students can be exported: decoders of the Llama family that decoder.py computes exactly.

What differs within the family is in the student's own modules and is found there: biases of the
projections (Qwen 2), norms of queries and keys (Qwen 3), a head width of its own, tied embeddings.
Rotary variants change the frequencies and a factor on the tables, and nothing else. `dynamic` is
exact because a package never goes beyond the student's trained length, where it begins to differ
from `default`; `longrope` is not, as its tables depend on the length of each sequence.

Source: transformers 5.23, models/{llama,qwen2,qwen3} and modeling_rope_utils.py.
"""

from typing import Any

from ops.errors import ConversionError

MODEL_TYPES = ("llama", "qwen2", "qwen3")  # SmolLM2 and TinyLlama are llama, Qwen 2.5 is qwen2
ROPE_TYPES = ("default", "linear", "dynamic", "llama3", "yarn")


def refuse_unsupported(config: Any, context: int) -> None:
    """Raise ConversionError, naming the key of config.json, unless the student can be exported."""
    rope = dict(getattr(config, "rope_parameters", None) or {})
    layers = sorted(set(getattr(config, "layer_types", None) or ["full_attention"]))
    found: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "model_type": (config.model_type, MODEL_TYPES),
        "hidden_act": (getattr(config, "hidden_act", None), ("silu",)),
        "layer_types": (", ".join(layers), ("full_attention",)),
        "rope_parameters.rope_type": (rope.get("rope_type", "default"), ROPE_TYPES),
        "rope_parameters.partial_rotary_factor": (rope.get("partial_rotary_factor", 1.0), (1.0,)),
    }
    for name, (value, supported) in found.items():
        if value not in supported:
            known = ", ".join(repr(one) for one in supported)
            raise ConversionError(
                f"the student's config.json has {name} = {value!r}; the CoreML export supports "
                f"{known} only (dense decoders of the Llama family without sliding windows)"
            )
    if context > config.max_position_embeddings:
        raise ConversionError(
            f"coreml.context is {context} tokens, but the student was made for "
            f"{config.max_position_embeddings} (max_position_embeddings); lower coreml.context"
        )
