"""One exchange as each layout writes it: a thought, a call, its result, the answer."""

import json
from typing import Any

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
ASKED, THOUGHT, RESULT, SAID = "Oslo?", "Look it up.", '{"degrees": 12}', "It is 12 degrees."
CALL = {"name": "weather", "arguments": {"city": "Oslo"}}
_FUNCTION = {"name": "weather", "arguments": '{"city": "Oslo"}'}

ROWS: dict[str, dict[str, Any]] = {
    "chat": {
        "messages": [
            {"role": "user", "content": ASKED},
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": THOUGHT,
                "tool_calls": [{"id": "call00001", "type": "function", "function": _FUNCTION}],
            },
            {"role": "tool", "tool_call_id": "call00001", "content": RESULT},
            {"role": "assistant", "content": SAID},
        ],
        "tools": [TOOL],
    },
    "sharegpt": {
        "conversations": [
            {"from": "human", "value": ASKED},
            {"from": "function_call", "value": f"<think>{THOUGHT}</think>{json.dumps(CALL)}"},
            {"from": "observation", "value": RESULT},
            {"from": "gpt", "value": SAID},
        ],
        "tools": json.dumps([TOOL]),
    },
    "hermes": {
        "conversations": [
            {"from": "system", "value": f"<tools>{json.dumps([TOOL])}</tools>"},
            {"from": "human", "value": ASKED},
            {"from": "gpt", "value": f"{THOUGHT}</think><tool_call>{json.dumps(CALL)}</tool_call>"},
            {"from": "tool", "value": f"<tool_response>{RESULT}</tool_response>"},
            {"from": "gpt", "value": SAID},
        ],
    },
    "steps": {
        "problem": {"description": ASKED},
        "trajectory": {
            "steps": [
                {"step_type": "thought", "content": THOUGHT},
                {"step_type": "action", "content": 'weather(city="Oslo")'},
                {"step_type": "observation", "content": RESULT},
            ],
            "final_answer": SAID,
            "success": True,
        },
        "tools": [TOOL],
    },
    "react": {
        "question": ASKED,
        "text": f"Thought: {THOUGHT}\nAction: weather\nAction Input: {_FUNCTION['arguments']}\n"
        f"Observation: {RESULT}\nFinal Answer: {SAID}",
        "tools": [TOOL],
    },
}
