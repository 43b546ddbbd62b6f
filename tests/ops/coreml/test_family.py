"""What cannot be exported is refused in one line that names the key of config.json.

What can be is compared with Transformers in test_export.py, and as saved packages in
test_functions.py and test_stateless.py (Qwen 2) and test_fixed.py (Qwen 3).
"""

from typing import Any

import pytest

from ops.coreml.export import ExportLM
from ops.coreml.family import refuse_unsupported
from ops.errors import ConversionError

LONG = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 64} | {
    "short_factor": [1.0] * 8,
    "long_factor": [2.0] * 8,
}


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        pytest.param(
            "llama",
            {"rope_parameters": LONG},
            r"rope_parameters\.rope_type = 'longrope'.*'default', 'linear'",
            id="tables_that_depend_on_the_length",
        ),
        pytest.param("llama", {"hidden_act": "gelu"}, "hidden_act = 'gelu'", id="activation"),
        pytest.param(
            "qwen2",
            {"use_sliding_window": True, "max_window_layers": 1},
            "layer_types = 'full_attention, sliding_attention'",
            id="sliding_window",
        ),
        pytest.param(
            "qwen3_moe",
            {"num_experts": 2, "moe_intermediate_size": 8},
            "model_type = 'qwen3_moe'.*'llama', 'qwen2', 'qwen3' only",
            id="experts",
        ),
        pytest.param("gpt2", {}, "model_type = 'gpt2'", id="another_architecture"),
    ],
)
def test_refuses_what_it_does_not_know(
    make_student: Any, kind: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConversionError, match=message) as raised:
        ExportLM(make_student(kind, **changes), 64)
    assert "\n" not in str(raised.value)


def test_refuses_a_context_beyond_the_trained_length(student: Any) -> None:
    with pytest.raises(ConversionError, match=r"context is 256 tokens.*made for 128"):
        refuse_unsupported(student.config, 256)


def test_refuses_heads_that_are_rotated_in_part(make_student: Any) -> None:
    config = make_student().config
    config.rope_parameters["partial_rotary_factor"] = 0.5
    with pytest.raises(ConversionError, match=r"rope_parameters\.partial_rotary_factor = 0\.5"):
        refuse_unsupported(config, 64)
