"""Write tool calls as the text a student is trained on; read.py reads it back.

The format is the Hermes one of the Qwen2.5 and Qwen3 chat templates, with json.dumps' own
separators, which ops/grammar demands to the byte.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ops.errors import ContractError
from ops.toolcalls.call import ToolCall
from ops.toolcalls.dialects.hermes import CLOSE, OPEN
from ops.toolcalls.tool import resolve


def render_calls(calls: Sequence[ToolCall]) -> str:
    """The canonical text of the calls, one block each. Raises ContractError without arguments.

    A tag inside a string is written with an escaped bracket: a tokenizer that knows the tag as a
    special token would put that token into the string, and the grammar would rightly refuse it.

    >>> print(render_calls([ToolCall("add", {"a": 1}, "", "openai")]))
    <tool_call>
    {"name": "add", "arguments": {"a": 1}}
    </tool_call>
    """
    return "\n".join(f"{OPEN}\n{_body(call)}\n{CLOSE}" for call in calls)


def _body(call: ToolCall) -> str:
    if call.arguments is None:
        raise ContractError(
            f"call of {call.name!r}: its arguments are {call.arguments_text[:60]!r}, not a JSON "
            f"object; only a call that reads can be written, drop this one"
        )
    text = json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)
    for tag in (OPEN, CLOSE):
        text = text.replace(tag, "\\u003c" + tag[1:])
    # The grammar takes no control character as it stands, and json.dumps leaves this one so.
    return text.replace("\x7f", "\\u007f")


def ordered(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in the order of the schema's properties, at every level; others last.

    The order is what llguidance's grammar of the schema allows, so what is trained can be decoded.

    >>> ordered({"b": 1, "a": 2}, {"properties": {"a": {}, "b": {}}})
    {'a': 2, 'b': 1}
    """
    result: dict[str, Any] = _order(arguments, schema, schema)
    return result


def _order(value: Any, schema: Any, root: Mapping[str, Any]) -> Any:
    schema = resolve(schema, root)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        known = [*properties, *(key for key in schema.get("required", ()) if key not in properties)]
        keys = [key for key in known if key in value]
        keys += [key for key in value if key not in known]
        return {key: _order(value[key], properties.get(key), root) for key in keys}
    if isinstance(value, list):
        return [_order(item, schema.get("items"), root) for item in value]
    return value
