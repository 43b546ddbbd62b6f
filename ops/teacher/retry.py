"""When a request is worth another try, and how long to wait before it."""

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED = frozenset({0, 408, 409, 425, 429, 500, 502, 503, 504})
STOPS = {401: "refuses the key", 403: "refuses access", 407: "wants a proxy login"}
LONGEST_S = 60.0


def wait_s(attempt: int, retry_after: str | None) -> float:
    """Seconds before try `attempt` + 1: what the endpoint asks for, else doubling with jitter.

    >>> wait_s(0, "2")
    2.0
    """
    asked = _seconds(retry_after)
    if asked is not None:
        return min(asked, LONGEST_S)
    doubled: float = 0.25 * 2**attempt
    return min(LONGEST_S, doubled) * random.uniform(0.5, 1.0)


def _seconds(text: str | None) -> float | None:
    """Retry-After in both forms of RFC 9110, section 10.2.3; None if it is neither."""
    if text is None:
        return None
    if re.fullmatch(r"\s*[0-9]+\s*", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
