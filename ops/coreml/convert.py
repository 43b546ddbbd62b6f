"""Decoder → an ML program saved as a package: trace, convert to fp16, store matrices as asked.

Not here: the programs themselves (export.py, stateless.py, fixed.py), the form of the saved files
(package.py), and whether the result is right (verify.py).
"""

import gc
import tempfile
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ops.coreml import library, package
from ops.coreml.compress import compress
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import OUTPUT
from ops.coreml.decoder import Decoder
from ops.coreml.interpreter.program import ALONE, Port
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
DTYPES = {"int32": np.int32, "fp16": np.float16}


def convert(
    modules: Mapping[str, Decoder], config: CoreMLConfig, out: Path, metadata: dict[str, str]
) -> None:
    """Write `modules`, in eval mode, as the functions of the package `out`.

    The first is the default. Equal modules give equal bytes.

    Raises:
        ConversionError: names the operation that coremltools could not convert, and its layer.
    """
    with tempfile.TemporaryDirectory() as work, library.quiet() as failures:
        parts = {name: Path(work) / f"{name}.mlpackage" for name in modules}
        for name, module in modules.items():
            convert_one(module, config, parts[name], failures)
        if list(modules) == [ALONE]:
            spec, weights = package.opened(parts[ALONE])
        else:
            with without_library_warnings():
                spec, weights = join(parts, Path(work) / "joined.mlpackage")
        package.write(spec, weights, out, metadata)


def convert_one(
    module: Decoder, config: CoreMLConfig, out: Path, failures: library.Failures
) -> None:
    """Write one module as a package of its own."""
    with without_library_warnings():
        # Names of operations count up over a process; what stopped halfway has left its counts.
        library.load("coremltools.converters.mil.converter")._reset_conversion_state()
        traced = trace(module)
        try:
            model = compress(to_program(traced, module), config.precision)
        except RAISED as error:
            traceback.clear_frames(error.__traceback__)
            raise ConversionError(refusal(error, failures, traced)) from error
        else:
            package.write(model.get_spec(), Path(model.weights_dir), out, {})
            del model
        finally:
            # coremltools leaves its temporary folders to the garbage collector, which warns.
            gc.collect()


def join(parts: Mapping[str, Path], out: Path) -> tuple[Any, Path]:
    """One package of several, where equal weights stand once: its spec and its weights.

    Raises:
        ConversionError: coremltools could not join them.
    """
    models = library.load("coremltools.models.utils")
    joined = models.MultiFunctionDescriptor()
    joined.default_function_name = next(iter(parts))
    try:
        for name, path in parts.items():
            joined.add_function(str(path), ALONE, name)
        models.save_multifunction(joined, str(out))
    except RAISED as error:
        traceback.clear_frames(error.__traceback__)
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ConversionError(
            f"the functions {', '.join(parts)} could not be put into one package: {reason}"
        ) from error
    finally:
        gc.collect()
    return package.opened(out)


def trace(module: Decoder) -> Any:
    """`module` as a TorchScript graph."""
    record: Any = torch.jit.trace
    with torch.no_grad():
        # Not checked by tracing: a second run sees the state that the first one left.
        return record(module, module.example(), check_trace=False)


def to_program(traced: Any, module: Decoder) -> Any:
    """The fp16 ML program, for iOS 18 / macOS 15, which brought states."""
    ct = library.load()
    return ct.convert(
        traced,
        convert_to="mlprogram",
        inputs=[ct.TensorType(p.name, shape(p), dtype=DTYPES[p.dtype]) for p in module.ports()],
        outputs=[ct.TensorType(OUTPUT, dtype=np.float16)],
        states=[
            ct.StateType(ct.TensorType(shape=tuple(getattr(module, name).shape)), name=name)
            for name in module.states
        ],
        minimum_deployment_target=ct.target.iOS18,
        compute_precision=ct.precision.FLOAT16,
        skip_model_load=True,
    )


def shape(port: Port) -> Any:
    """The shape of an input as coremltools wants it: exact, one of a few, or lengths in a range."""
    ct = library.load()
    if port.choices:
        return ct.EnumeratedShapes(shapes=port.choices, default=port.choices[0])
    return tuple(
        low if low == high else ct.RangeDim(low, high, default=low) for low, high in port.bounds
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
