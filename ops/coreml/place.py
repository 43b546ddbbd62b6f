"""Where in the student an operation of a traced graph stands.

A trace keeps what was computed but not for which layer; the nearest parameter that an operation's
inputs came from tells it.
"""

from typing import Any


def nearest_parameter(traced: Any, kind: str) -> str:
    """Path of the parameter behind the first operation of a kind, as `layers.1.mlp.up_proj.weight`.

    "?" if there is none.
    """
    graph = traced.inlined_graph
    found = [node for node in graph.nodes() if node.kind().split("::")[-1].strip("_") == kind]
    front, seen = found[:1], set()
    while front:
        behind = []
        for value in (value for node in front for value in node.inputs()):
            path = attribute_path(value)
            if path.endswith((".weight", ".bias")):
                return path
            if value.debugName() not in seen:
                seen.add(value.debugName())
                behind.append(value.node())
        front = behind
    return "?"


def attribute_path(value: Any) -> str:
    """The attributes that lead from the module to `value`, joined by dots; "" for a result."""
    names: list[str] = []
    node = value.node()
    while node.kind() == "prim::GetAttr":
        names.insert(0, node.s("name"))
        node = next(node.inputs()).node()
    return ".".join(names)
