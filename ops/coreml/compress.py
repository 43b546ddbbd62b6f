"""How the matrices of a converted program are stored, by precision.

    fp16    as they are
    int8    one fp16 scale a row
    int4    one fp16 scale for 32 numbers of a row
    lut4    16 numbers of their own for 16 rows (palette.py)
    lut6    64 numbers of their own for 16 rows

Only matrices that linear layers and embedding lookups read: the library's own choice, every large
constant, takes the rotary tables too. Below eight bits embeddings stay int8, since the logits of
tied ones are read from them, and adapters stay fp16, which are small.
"""

from collections import defaultdict
from functools import partial
from math import gcd
from typing import Any

import numpy as np

from ops.coreml import library
from ops.coreml.config import Precision
from ops.coreml.palette import group_size, palette

ENTRIES: dict[Precision, int] = {"lut4": 16, "lut6": 64}
BLOCK = 32  # numbers of a row that share a scale in int4
MATRIX_USES = {("linear", "weight"), ("gather", "x")}
ADAPTER = "lora_"  # in the names that PEFT gives its matrices
TABLES = ("cos_", "sin_")  # rotary tables, which one form of the program multiplies with


def storage(name: str, precision: Precision) -> Precision:
    """How the matrix `name` of a student is stored."""
    if ADAPTER in name or name.startswith(TABLES):
        return "fp16"
    small = precision not in ("fp16", "int8")
    return "int8" if small and name.startswith("embed_tokens") else precision


def block_size(columns: int) -> int:
    """Numbers of a row that share a scale in int4."""
    return gcd(columns, BLOCK)


def compress(model: Any, precision: Precision) -> Any:
    """`model`, a coremltools program in fp16, with its matrices stored as `precision` says."""
    cto = library.load("coremltools.optimize.coreml")
    scaled: dict[str, Any] = {}
    looked_up: dict[str, Any] = {}
    for name, shape in matrices(model.get_spec()).items():
        kind = storage(name, precision)
        if kind in ENTRIES:
            looked_up[name] = lookup(cto, shape, ENTRIES[kind])
        elif kind != "fp16":
            scaled[name] = scales(cto, shape, kind)
    if scaled:
        config = cto.OptimizationConfig(global_config=None, op_name_configs=scaled)
        with np.errstate(invalid="ignore"):  # a row of zeros is divided by its scale, zero
            model = cto.linear_quantize_weights(model, config)
    if looked_up:
        config = cto.OptimizationConfig(global_config=None, op_name_configs=looked_up)
        model = cto.palettize_weights(model, config)
    return model


def scales(cto: Any, shape: tuple[int, ...], kind: Precision) -> Any:
    """Integers with a scale a row, or a block of a row."""
    blocks = {"granularity": "per_block", "block_size": block_size(shape[1])}
    return cto.OpLinearQuantizerConfig(
        mode="linear_symmetric",
        dtype=kind,
        weight_threshold=0,
        **(blocks if kind == "int4" else {"granularity": "per_channel"}),
    )


def lookup(cto: Any, shape: tuple[int, ...], entries: int) -> Any:
    """Indices into a palette of a group of rows."""
    return cto.OpPalettizerConfig(
        mode="custom",
        lut_function=partial(palette, count=entries),
        granularity="per_grouped_channel",
        group_size=group_size(shape[0]),
        channel_axis=0,
        weight_threshold=0,
    )


def matrices(spec: Any) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the constants that only linear layers and embedding lookups read."""
    function = spec.mlProgram.functions["main"]
    operations = function.block_specializations[function.opset].operations
    uses: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for operation in operations:
        for argument, bindings in operation.inputs.items():
            for binding in bindings.arguments:
                uses[binding.name].add((operation.type, argument))
    constants = (
        operation.outputs[0]
        for operation in operations
        if operation.type == "const" and operation.attributes["val"].HasField("blobFileValue")
    )
    return {
        c.name: tuple(int(axis.constant.size) for axis in c.type.tensorType.dimensions)
        for c in constants
        if c.type.tensorType.rank == 2 and uses[c.name] <= MATRIX_USES
    }
