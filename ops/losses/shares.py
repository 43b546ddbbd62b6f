"""What each component of a nested loss weighs once it is known which ones are there.

Not here: how a component is computed, and what divides it (contract.py).
"""

from collections.abc import Mapping
from typing import TypeAlias, Union

Tree: TypeAlias = Mapping[str, Union[float, tuple[float, "Tree"]]]  # noqa: UP007 a string needs it
"""Weights of components by name, and of groups as (weight, tree)."""


def shares(tree: Tree, present: Mapping[str, bool]) -> dict[str, float]:
    """The share of every present component, summing to one; 0 for what has no weight in the tree.

    A component that is absent leaves its weight to its siblings, a group of which nothing is
    present to the other groups. One without a weight is measured and not descended; if none of
    those that are there has one, nothing is.

    >>> tree = {"kd": (0.5, {"text": 0.5, "teacher": 0.5}), "process": (0.5, {"name": 0.3})}
    >>> shares(tree, {"text": True, "teacher": False, "name": True})
    {'text': 0.5, 'name': 0.5}
    >>> shares(tree, {"text": True, "teacher": True, "agreement": True})
    {'text': 0.5, 'teacher': 0.5, 'agreement': 0.0}
    """
    measured = dict.fromkeys((name for name, there in present.items() if there), 0.0)
    return measured | _split(tree, present)


def _split(tree: Tree, present: Mapping[str, bool]) -> dict[str, float]:
    nodes = [
        (node[0], _split(node[1], present))
        if isinstance(node, tuple)
        else (node, {name: 1.0} if present.get(name) else {})
        for name, node in tree.items()
    ]
    alive = [(weight, inner) for weight, inner in nodes if weight > 0 and inner]
    whole = sum(weight for weight, _ in alive)
    return {
        name: weight / whole * share for weight, inner in alive for name, share in inner.items()
    }
