"""The request that goes to the teacher, its key, and its price."""

from typing import Any

from ops.digest import digest
from ops.teacher.config import TeacherConfig


def body(
    config: TeacherConfig, messages: list[dict[str, Any]], tools: list[dict[str, Any]]
) -> dict[str, Any]:
    """The JSON body of one chat completion."""
    asked: dict[str, Any] = {
        "model": config.model,
        "messages": messages,
        "temperature": config.temperature,
        "max_tokens": config.max_tokens,
    }
    if tools:
        asked["tools"] = tools
    if config.top_logprobs:
        asked |= {"logprobs": True, "top_logprobs": config.top_logprobs}
    return asked


def request_key(endpoint: str, asked: dict[str, Any]) -> str:
    """Digest of all that changes the answer: endpoint and body; never the key or the pace."""
    return digest("r1", endpoint, asked)


def cost(config: TeacherConfig, prompt_tokens: int, completion_tokens: int) -> int:
    """Micro-dollars; a dollar a million tokens is one micro-dollar a token."""
    return round(prompt_tokens * config.input_price + completion_tokens * config.output_price)
