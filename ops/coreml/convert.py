"""ExportLM → an ML program saved as a package: trace, convert to fp16, store matrices as asked.

Not here: the program itself (export.py), the form of the saved files (package.py), and whether the
result is right (verify.py).
"""

import gc
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ops.coreml import library, package
from ops.coreml.compress import compress
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
            model = compress(model, config.precision)
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
