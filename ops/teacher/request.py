"""The request that goes to the teacher, its key, and its price."""

import math
from typing import Any

from ops.digest import digest
from ops.teacher.budget import Hold
from ops.teacher.config import TeacherConfig
from ops.teacher.wire import Answer

CRITIQUE_BYTES = 6000
"""Expected of a critique's request: a conversation, its tools, the bad answer and the question."""


def body(
    config: TeacherConfig,
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]],
    logprobs: bool = True,
) -> dict[str, Any]:
    """The JSON body of one chat completion; `logprobs` False where nobody will use them."""
    asked: dict[str, Any] = {
        "model": config.model,
        "messages": messages,
        "temperature": config.temperature,
        "max_tokens": config.max_tokens,
    }
    asked |= {
        name: value
        for name, value in (("top_p", config.top_p), ("seed", config.seed))
        if value is not None
    }
    if tools:
        asked["tools"] = tools
    if config.top_logprobs and logprobs:
        asked |= {"logprobs": True, "top_logprobs": config.top_logprobs}
    return asked | config.extra


def request_key(endpoint: str, asked: dict[str, Any]) -> str:
    """Digest of all that changes the answer: endpoint and body; never the key or the pace."""
    return digest("r1", endpoint, asked)


def hold(config: TeacherConfig, size: int) -> Hold:
    """The most that a request of `size` bytes can cost: no token is shorter than a byte."""
    tokens = size + config.max_tokens
    return Hold(price(config, size, 0, config.max_tokens), tokens)


def cost(config: TeacherConfig, answer: Answer, held: Hold) -> tuple[int, str]:
    """Micro-dollars of an answer, rounded up, and where the figure comes from.

    The provider's own figure goes before usage times price; without usage the hold is charged.
    Completion tokens include reasoning, which is billed though it is dropped.
    """
    if answer.provider_cost_microdollars is not None:
        return answer.provider_cost_microdollars, "provider"
    if answer.prompt_tokens is None or answer.completion_tokens is None:
        return held.microdollars, "estimated"
    cached = min(answer.cached_tokens or 0, answer.prompt_tokens)
    return price(config, answer.prompt_tokens, cached, answer.completion_tokens), "usage"


def price(config: TeacherConfig, prompt: int, cached: int, completion: int) -> int:
    """Micro-dollars, rounded up: a dollar a million tokens is one micro-dollar a token."""
    fresh = config.input_price or 0.0
    again = fresh if config.cached_price is None else config.cached_price
    return math.ceil(
        (prompt - cached) * fresh + cached * again + completion * (config.output_price or 0.0)
    )
