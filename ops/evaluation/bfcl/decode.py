"""An answer as the calls that the rules judge.

The benchmark has a decoder for each model that it knows; here it is the reader of this project, for
all of them. As in its decoders a call that cannot be read makes the whole answer unreadable. A call
of a tool that was not offered is a call.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ops.evaluation.bfcl.check import Decoded
from ops.toolcalls.call import Reading
from ops.toolcalls.message import read_message
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name

_WHY = {
    "truncated": "a call that does not end",
    "json": "a call that is not JSON",
    "shape": "a call without a name and arguments",
}


def decode(answer: str | Mapping[str, Any], tools: Sequence[Mapping[str, Any]]) -> Decoded:
    """The calls in a text, or in an assistant message of the chat API.

    >>> decode('{"name": "add", "arguments": {"a": 1}}', [{"function": {"name": "add"}}]).calls
    (('add', {'a': 1}),)
    """
    offered = {tool_name(tool): tool for tool in tools}
    if isinstance(answer, str):
        return _decoded(read_calls(answer, offered))
    return _decoded(read_message(answer, offered))


def _decoded(reading: Reading) -> Decoded:
    calls = tuple((call.name, call.arguments) for call in reading.calls + reading.invented)
    return Decoded(calls, _WHY[reading.broken] if reading.broken else "")
