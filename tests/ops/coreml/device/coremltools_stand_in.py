"""What replay.py asks of coremltools, on a machine that has no CoreML.

Copied beside a script as coremltools.py. Signatures are coremltools' own (test_replay.py compares
them); what a Mac would compute is asked of the process that started the script (mac.py).
"""

import enum
from functools import cache
from multiprocessing.connection import Client, Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np


class ComputeUnit(enum.Enum):
    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4


@cache
def mac() -> Connection:
    """A line to the process that answers."""
    port = int(Path(__file__).with_name("port").read_text(encoding="ascii"))
    return Client(("127.0.0.1", port))


def ask(*message: Any) -> Any:
    mac().send(message)
    answered, content = mac().recv()
    if not answered:
        raise Exception(content)  # a plain one, as coremltools raises
    return content


class MLState:
    def __init__(self, proxy: Any) -> None:
        self.proxy = proxy


class MLModel:
    def __init__(
        self,
        model,
        is_temp_package=False,
        mil_program=None,
        skip_model_load=False,
        compute_units=ComputeUnit.ALL,
        weights_dir=None,
        function_name=None,
        optimization_hints=None,
    ):
        if not isinstance(compute_units, ComputeUnit):
            raise TypeError('"compute_units" parameter must be of type: coremltools.ComputeUnit')
        if not isinstance(model, str):
            raise TypeError("Expected model to be a .mlmodel file, .mlpackage file or a spec")
        self.proxy = ask("load", model, function_name)

    def predict(self, data, state=None):
        if type(data) is not dict or not all(isinstance(one, np.ndarray) for one in data.values()):
            raise TypeError("a dict of arrays is sent here, which coremltools takes as they are")
        sent = {
            name: one.astype(np.float32) if one.dtype == np.float16 else one
            for name, one in data.items()
        }
        return ask("predict", self.proxy, sent, None if state is None else state.proxy)

    def make_state(self):
        return MLState(ask("state", self.proxy))


models = SimpleNamespace(MLModel=MLModel)
