"""The functions of a package: which student answers in each, and how many tokens it takes at once.

All share one set of weights. Functions with the same adapter are one speaker: a client may go from
one of them to the other within a conversation, as from prefill to decode, for their states have
the same names and shapes.
"""

import copy
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.coreml.config import CoreMLConfig, Shapes
from ops.coreml.decoder import Decoder
from ops.coreml.export import ExportLM
from ops.coreml.fixed import FixedLM
from ops.coreml.stateless import StatelessLM
from ops.errors import InputError

FORMS: dict[Shapes, type[Decoder]] = {
    "range": ExportLM,
    "enumerated": StatelessLM,
    "fixed": FixedLM,
}
Adapter = str | None  # folder of a PEFT adapter; None is the student as it is


def speakers(config: CoreMLConfig) -> dict[Adapter, list[str]]:
    """The names of the functions of each speaker, in the order of the profile."""
    names: dict[Adapter, list[str]] = defaultdict(list)
    for name, function in config.functions.items():
        names[function.adapter].append(name)
    return dict(names)


def students(student: Any, config: CoreMLConfig) -> dict[Adapter, Any]:
    """A student for each speaker.

    Raises:
        InputError: a folder is not an adapter of this student.
    """
    return {
        adapter: student if adapter is None else adapted(student, Path(adapter))
        for adapter in speakers(config)
    }


def adapted(student: Any, folder: Path) -> Any:
    """A copy of the student with the PEFT adapter of a folder beside its matrices, not merged."""
    from peft import PeftModel

    try:
        model = PeftModel.from_pretrained(copy.deepcopy(student), folder)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"coreml.functions names the adapter {folder}, which does not fit the student: {first}"
        ) from error
    return model.get_base_model().eval()


def spoken(config: CoreMLConfig, adapter: Adapter) -> CoreMLConfig:
    """The part of `config` that is about one speaker, as if there were no other."""
    own = {
        name: function.model_copy(update={"adapter": None})
        for name, function in config.functions.items()
        if function.adapter == adapter
    }
    return config.model_copy(update={"functions": own})


def modules(those: Mapping[Adapter, Any], config: CoreMLConfig) -> dict[str, Decoder]:
    """What is converted to each function, by name.

    Raises:
        ConversionError: the student is not of the supported family.
    """
    return {
        name: FORMS[config.shapes](those[function.adapter], config.context, function.tokens).eval()
        for name, function in config.functions.items()
    }
