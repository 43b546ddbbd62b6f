"""Every operation against coremltools' own NumPy evaluation of it."""

from typing import Any

import numpy as np
import pytest
import torch

from ops.coreml import library
from ops.coreml.bundle import BundleReport
from ops.coreml.contract import PACKAGE
from ops.coreml.interpreter.arguments import Arguments
from ops.coreml.interpreter.program import read
from ops.coreml.interpreter.step import OPERATIONS
from ops.coreml.interpreter.values import as_tensor, fit
from ops.errors import ContractError

X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
IDS = np.array([[1, 0], [2, 1]], np.int32)

CASES = [
    pytest.param("abs", {"x": X}, id="abs"),
    pytest.param("add", {"x": X, "y": Y[0]}, id="add_broadcast"),
    pytest.param("cast", {"x": X * 3, "dtype": "int32"}, id="cast_drops_the_fraction"),
    pytest.param("cast", {"x": IDS, "dtype": "fp32"}, id="cast_to_float"),
    pytest.param("clip", {"x": X, "alpha": -0.5, "beta": 0.5}, id="clip"),
    pytest.param("concat", {"values": (X, Y), "axis": -1}, id="concat"),
    pytest.param("expand_dims", {"x": X, "axes": [0, 2]}, id="expand_two"),
    pytest.param("expand_dims", {"x": X, "axes": [-1]}, id="expand_last"),
    pytest.param("fill_like", {"ref_tensor": X, "value": np.float32(2.5)}, id="fill_like"),
    pytest.param("gather", {"x": X, "indices": IDS, "axis": 1}, id="gather_middle"),
    pytest.param("gather", {"x": X, "indices": np.int32(1), "axis": 0}, id="gather_one"),
    pytest.param("less_equal", {"x": X, "y": Y}, id="less_equal"),
    pytest.param("greater", {"x": X, "y": Y[0]}, id="greater"),
    pytest.param("greater_equal", {"x": X, "y": X[0]}, id="greater_equal"),
    pytest.param("sqrt", {"x": np.abs(X)}, id="sqrt"),
    pytest.param("select", {"cond": X > 0, "a": X, "b": Y}, id="select"),
    pytest.param("logical_and", {"x": X > 0, "y": Y > 0}, id="logical_and"),
    pytest.param("linear", {"x": X, "weight": Y[0], "bias": Y[0, :, 0]}, id="linear"),
    pytest.param("matmul", {"x": X, "y": Y, "transpose_y": True}, id="matmul_transposed"),
    pytest.param("maximum", {"x": X, "y": Y}, id="maximum"),
    pytest.param("mul", {"x": X, "y": Y}, id="mul"),
    pytest.param("real_div", {"x": X, "y": Y}, id="real_div"),
    pytest.param("reduce_max", {"x": X, "axes": [-1], "keep_dims": True}, id="reduce_max"),
    pytest.param("reduce_mean", {"x": X, "axes": [0, 2], "keep_dims": False}, id="reduce_mean"),
    pytest.param("reduce_sum", {"x": X, "axes": [0], "keep_dims": True}, id="reduce_sum"),
    pytest.param("reshape", {"x": X, "shape": [4, -1]}, id="reshape"),
    pytest.param("rsqrt", {"x": np.abs(X), "epsilon": 1e-3}, id="rsqrt_epsilon"),
    pytest.param("shape", {"x": X}, id="shape"),
    pytest.param("softmax", {"x": X, "axis": 1}, id="softmax"),
    pytest.param("split", {"x": X, "num_splits": 2, "axis": 2}, id="split_equal"),
    pytest.param("split", {"x": X, "split_sizes": [1, 3], "axis": -1}, id="split_sizes"),
    pytest.param("squeeze", {"x": X[:, :1, :1], "axes": [1, -1]}, id="squeeze_two"),
    pytest.param("squeeze", {"x": X[:1, :, :1]}, id="squeeze_all"),
    pytest.param("sub", {"x": X, "y": Y}, id="sub"),
    pytest.param("transpose", {"x": X, "perm": [2, 0, 1]}, id="transpose"),
    pytest.param("slice_by_index", {"x": X, "begin": [0, 1, 0], "end": [1, 3, 4]}, id="slice"),
    pytest.param(
        "slice_by_index",
        {"x": X, "begin": [0, 0, -2], "end": [0, 3, 0], "stride": [1, 2, 1]}
        | {"end_mask": [False, False, True], "squeeze_mask": [True, False, False]},
        id="slice_from_the_end_with_masks",
    ),
]


# coremltools evaluates none of these itself: they are compared with NumPy below.
BY_HAND = {"silu", "slice_update"}


def tensors(value: Any) -> list[torch.Tensor | str]:
    if isinstance(value, str):
        return [value]
    return [as_tensor(np.asarray(one)) for one in (value if isinstance(value, tuple) else (value,))]


@pytest.mark.parametrize(("kind", "given"), CASES)
def test_agrees_with_coremltools(kind: str, given: dict[str, Any]) -> None:
    mil = library.load("coremltools.converters.mil.mil")
    ct = library.load()
    with mil.Function({}, opset_version=ct.target.iOS18):
        wanted = getattr(mil.Builder, kind)(**given)
    ours = OPERATIONS[kind](Arguments({name: tensors(value) for name, value in given.items()}))
    theirs = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    for one, other in zip(ours if isinstance(ours, list) else [ours], theirs, strict=True):
        assert one.shape == np.asarray(other.val).shape
        np.testing.assert_allclose(one.numpy(), other.val, rtol=1e-5, atol=1e-6)


def test_every_operation_is_compared() -> None:
    evaluated = {str(case.values[0]) for case in CASES}
    stored = {kind for kind in OPERATIONS if kind.startswith("constexpr_")}  # test_compress.py
    assert evaluated | BY_HAND | stored == set(OPERATIONS)
    assert not evaluated & BY_HAND


def test_programs_use_no_other_operations(bundle: BundleReport) -> None:
    used = {operation.kind for operation in read(bundle.path / PACKAGE).operations}
    assert used - {"read_state", "write_state"} <= set(OPERATIONS)


def compute(kind: str, **given: Any) -> Any:
    return OPERATIONS[kind](Arguments({name: tensors(value) for name, value in given.items()}))


def test_silu_is_x_times_sigmoid() -> None:
    assert np.allclose(compute("silu", x=X).numpy(), X / (1 + np.exp(-X)), atol=1e-6)


def test_slice_update_replaces_the_part_and_copies_the_rest() -> None:
    wanted = X.copy()
    wanted[:, 1:3] = Y[:, :2]
    update = Y[:, :2]
    got = compute("slice_update", x=X, update=update, begin=[0, 1, 0], end=[2, 3, 4])
    assert np.array_equal(got.numpy(), wanted)


def test_scales_serve_blocks_of_integers() -> None:
    data = np.array([[1, -2], [3, 4]], np.int8)
    scale = np.array([[0.5], [2.0]], np.float32)
    got = compute("constexpr_blockwise_shift_scale", data=data, scale=scale)
    assert got.tolist() == [[0.5, -1.0], [6.0, 8.0]]


def test_indices_name_entries_of_their_block() -> None:
    indices = np.array([[0, 1], [1, 1], [2, 0], [0, 2]], np.uint8)
    lut = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], np.float32).reshape(2, 1, 3, 1)
    got = compute("constexpr_lut_to_dense", indices=indices, lut=lut)
    assert got.tolist() == [[1.0, 2.0], [2.0, 2.0], [30.0, 10.0], [10.0, 30.0]]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        pytest.param(
            "constexpr_lut_to_dense",
            {"indices": np.array([[3]]), "lut": np.ones((1, 1, 3, 1), np.float32)},
            "outside 0 to 2",
            id="index_beyond_the_table",
        ),
        pytest.param(
            "constexpr_lut_to_dense",
            {"indices": np.array([[0]]), "lut": np.ones((1, 1, 3, 2), np.float32)},
            "more than single numbers",
            id="table_of_vectors",
        ),
        pytest.param(
            "slice_by_index", {"x": X, "begin": [0, 0, 0], "end": [2, 4, 4]}, "outside", id="slice"
        ),
        pytest.param(
            "slice_by_index", {"x": X, "begin": [0, 2, 0], "end": [2, 2, 4]}, "empty", id="empty"
        ),
        pytest.param(
            "slice_update",
            {"x": X, "update": Y[:, :1], "begin": [0, 0, 0], "end": [2, 2, 4]},
            "the update is",
            id="update_of_another_shape",
        ),
        pytest.param(
            "gather", {"x": X, "indices": np.int32(3), "axis": 1}, "outside 0 to 2", id="gather"
        ),
        pytest.param("add", {"x": X, "y": IDS}, "expected one type", id="mixed_types"),
        pytest.param("add", {"x": X, "y": Y, "z": Y}, "argument 'z'", id="unknown_argument"),
        pytest.param("add", {"x": X}, "no argument 'y'", id="missing_argument"),
        pytest.param("squeeze", {"x": X, "axes": [1]}, "not all of length 1", id="squeeze"),
        pytest.param("split", {"x": X, "num_splits": 3, "axis": 2}, "3 equal parts", id="split"),
    ],
)
def test_nonsense_raises(kind: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        compute(kind, **given)


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        pytest.param(torch.tensor([40_000]), "int16", "40000 does not fit int16", id="overflow"),
        pytest.param(torch.tensor([-1]), "uint16", "does not fit uint16", id="negative"),
        pytest.param(torch.tensor([1.5]), "int32", "kind float is declared int32", id="kind"),
    ],
)
def test_a_value_that_its_type_cannot_hold_raises(
    value: torch.Tensor, dtype: str, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        fit(value, dtype, rounded=False)


def test_fp16_rounds_only_when_asked() -> None:
    value = torch.tensor([1.0 + 2.0**-12, 70_000.0])
    assert torch.equal(fit(value, "fp16", rounded=False), value)
    assert fit(value, "fp16", rounded=True).tolist() == [1.0, float("inf")]
