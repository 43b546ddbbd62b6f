"""The right calls of a prompt, as lists of accepted values: the form of the BFCL answer files.

A parameter has the list of its accepted values, in which "" means that it may be left out. An
object among them has such a list for each of its keys again, and so have the objects of a list.
"""

from typing import Any


def accepting(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A call of which each argument accepts exactly one value.

    >>> accepting("add", {"items": [{"product": "mugs", "quantity": 2}]})
    {'name': 'add', 'arguments': {'items': [[{'product': ['mugs'], 'quantity': [2]}]]}}
    """
    return {"name": name, "arguments": {key: [_accepted(v)] for key, v in arguments.items()}}


def _accepted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: [_accepted(one)] for key, one in value.items()}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [_accepted(one) for one in value]
    return value


def from_ground_truth(calls: list[dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The calls of a BFCL answer row, with names as the wire has them.

    >>> from_ground_truth([{"math.sqrt": {"x": [4]}}])
    [{'name': 'math_sqrt', 'arguments': {'x': [4]}}]
    """
    return [
        {"name": name.replace(".", "_"), "arguments": arguments}
        for call in calls
        for name, arguments in call.items()
    ]
