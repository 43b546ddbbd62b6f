"""ExportLM → an ML program saved as a package: trace, convert to fp16, store matrices as asked.

Not here: the program itself (export.py), the form of the saved files (package.py), and whether the
result is right (verify.py).
"""

import gc
import traceback
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ops.coreml import library, package
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import INPUTS, OUTPUT, STATES
from ops.coreml.place import nearest_parameter
from ops.errors import ConversionError

RAISED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
MATRIX_USES = {("linear", "weight"), ("gather", "x")}


def convert(module: nn.Module, config: CoreMLConfig, out: Path, metadata: dict[str, str]) -> None:
    """Write `module` (an ExportLM in eval mode) to the package `out`, byte for byte repeatable.

    Raises:
        ConversionError: names the operation that coremltools could not convert, and its layer.
    """
    with library.quiet() as failures, without_library_warnings():
        # Names of operations count up over a process; what stopped halfway has left its counts.
        library.load("coremltools.converters.mil.converter")._reset_conversion_state()
        traced = trace(module)
        try:
            model = to_program(traced, module, config.context)
            if config.precision == "int8":
                model = quantise(model)
        except RAISED as error:
            traceback.clear_frames(error.__traceback__)
            raise ConversionError(refusal(error, failures, traced)) from error
        else:
            package.save(model, out, metadata)
            del model
        finally:
            # coremltools leaves its temporary folders to the garbage collector, which warns.
            gc.collect()


def trace(module: nn.Module) -> Any:
    """`module` as a TorchScript graph."""
    example = (torch.zeros(1, 2, dtype=torch.int32), torch.zeros(1, 1, 2, 5))
    record: Any = torch.jit.trace
    with torch.no_grad():
        # Not checked by tracing: a second run sees the state that the first one left.
        return record(module, example, check_trace=False)


def to_program(traced: Any, module: nn.Module, context: int) -> Any:
    """The fp16 ML program, for iOS 18 / macOS 15, which brought states."""
    ct = library.load()
    lengths = {name: ct.RangeDim(1, context, default=1) for name in ("new", "rows", "slots")}
    # The mask's rows are a length of their own: swift-transformers sends one row for any prompt.
    shapes = ((1, lengths["new"]), (1, 1, lengths["rows"], lengths["slots"]))
    return ct.convert(
        traced,
        convert_to="mlprogram",
        inputs=[
            ct.TensorType(name, shape, dtype=dtype)
            for name, shape, dtype in zip(INPUTS, shapes, (np.int32, np.float16), strict=True)
        ],
        outputs=[ct.TensorType(OUTPUT, dtype=np.float16)],
        states=[
            ct.StateType(ct.TensorType(shape=tuple(getattr(module, name).shape)), name=name)
            for name in STATES
        ],
        minimum_deployment_target=ct.target.iOS18,
        compute_precision=ct.precision.FLOAT16,
        skip_model_load=True,
    )


def quantise(model: Any) -> Any:
    """`model` with every matrix as int8 and one fp16 scale per row.

    Only matrices: the library's own choice, every large constant, takes the rotary tables too.
    """
    cto = library.load("coremltools.optimize.coreml")
    matrix = cto.OpLinearQuantizerConfig(
        mode="linear_symmetric", dtype="int8", granularity="per_channel", weight_threshold=0
    )
    chosen = dict.fromkeys(matrices(model.get_spec()), matrix)
    config = cto.OptimizationConfig(global_config=None, op_name_configs=chosen)
    with np.errstate(invalid="ignore"):  # a row of zeros is divided by its scale, zero
        return cto.linear_quantize_weights(model, config)


def matrices(spec: Any) -> list[str]:
    """Names of the constants that only linear layers and embedding lookups read."""
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
    return [
        c.name for c in constants if c.type.tensorType.rank == 2 and uses[c.name] <= MATRIX_USES
    ]


def refusal(error: Exception, failures: library.Failures, traced: Any) -> str:
    """One line: which operation of which layer, and what the library said."""
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    if failures.last is None:
        return f"the student could not be converted: {reason}"
    op, place = failures.last
    layer = nearest_parameter(traced, op)
    return f"operation {op!r} ({place}) behind {layer} could not be converted: {reason}"


@contextmanager
def without_library_warnings() -> Iterator[None]:
    """Warnings of the tracer and of coremltools about themselves are not about the student."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.trace", DeprecationWarning)
        warnings.filterwarnings("ignore", "Implicitly cleaning up", ResourceWarning)
        yield
