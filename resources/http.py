"""The one place that imports httpx: clients that an endpoint can neither stall nor mislead.

Redirects are errors (a redirected POST would hand the prompt, and custom headers, to another host);
proxies of the environment are not used; a body has a size limit and a request a total deadline,
because httpx's own time-out is per read. No exception of httpx leaves this module: its text may
hold the key.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import httpx

from ops.errors import SettingsError
from ops.teacher.wire import SIZE_LIMIT

PER_CLIENT = 8
_KEY = re.compile(r"[\x21-\x7e]{8,}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; status 0 = there was none, and `error` says why in a word or two."""

    status: int
    body: bytes = b""
    retry_after: str | None = None
    error: str = ""


class Clients:
    """Clients of a few connections each: httpx's pool costs time quadratic in its size."""

    def __init__(self, base_url: str, key: str, connections: int) -> None:
        """Raises SettingsError if the key could not stand in a header, or would travel in clear."""
        if key and not _KEY.fullmatch(key):
            raise SettingsError(
                "the teacher's key holds blanks or is under 8 characters; set it again"
            )
        local = httpx.URL(base_url).host in ("127.0.0.1", "localhost", "::1")
        if key and base_url.startswith("http://") and not local:
            raise SettingsError(f"{httpx.URL(base_url).host}: a key is only sent over https")
        headers = {"Accept-Encoding": "identity"} | (
            {"Authorization": f"Bearer {key}"} if key else {}
        )
        limits = httpx.Limits(max_connections=PER_CLIENT, max_keepalive_connections=PER_CLIENT)
        count = -(-connections // PER_CLIENT)
        self._clients = [
            httpx.AsyncClient(
                base_url=base_url.rstrip("/") + "/",
                headers=headers,
                limits=limits,
                timeout=httpx.Timeout(30.0, connect=10.0, read=None, pool=None),
                follow_redirects=False,
                trust_env=False,
            )
            for _ in range(count)
        ]

    async def post(self, worker: int, path: str, body: dict[str, Any], deadline_s: float) -> Reply:
        """One POST of JSON, ended after `deadline_s` seconds whatever the other side does."""
        client = self._clients[worker % len(self._clients)]
        try:
            async with asyncio.timeout(deadline_s):
                return await _exchange(client, path, body)
        except TimeoutError:
            return Reply(0, error=f"no whole answer in {deadline_s:g} s")
        except httpx.HTTPError as error:
            return Reply(0, error=type(error).__name__)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()


async def _exchange(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Reply:
    async with client.stream("POST", path, json=body) as response:
        received = bytearray()
        async for piece in response.aiter_bytes():
            received += piece
            if len(received) > SIZE_LIMIT:
                return Reply(0, error=f"answer over {SIZE_LIMIT // 1_000_000} MB")
        return Reply(response.status_code, bytes(received), response.headers.get("retry-after"))
