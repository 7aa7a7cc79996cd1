"""POST over HTTP/1.1, by httpx: for token endpoints, and for vendors' endpoints that do not offer HTTP/2."""

import asyncio
import ssl
from collections.abc import Mapping

import httpx

from pushgate.http2.burst import Burst
from pushgate.http2.dial import Origin
from pushgate.http2.exchange import MAX_ANSWER, Answer, End, NoAnswer, NotSent, Patience


class PlainClient:
    """Requests over at most so many connections. Opens none before the first request."""

    def __init__(
        self, context: ssl.SSLContext, *, proxy: str | None, max_connections: int, patience: Patience
    ) -> None:
        """Waiting for one's turn does not count as waiting for an answer."""
        self._client = httpx.AsyncClient(
            verify=context,
            proxy=proxy,
            trust_env=False,
            timeout=httpx.Timeout(None, connect=patience.connect),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        )
        self._deadline = patience.answer
        self._gate = asyncio.Semaphore(max_connections)
        self._at_once = max_connections
        self._serving: dict[Burst, asyncio.Task[None]] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> End:
        """Send and read the answer."""
        async with self._gate:
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._exchange(url, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                return NotSent(type(error).__name__)
            except (
                httpx.HTTPError,
                httpx.StreamError,
                OSError,
            ) as error:  # TimeoutError and SSLError are OSErrors
                return NoAnswer(type(error).__name__)

    def serve(self, burst: Burst, origin: Origin) -> None:
        """Send a burst's requests one by one."""
        burst.abandon = self._abandon
        task = self._serving[burst] = asyncio.create_task(self._serve(burst, origin))
        task.add_done_callback(lambda _: self._serving.pop(burst, None))

    async def close(self) -> None:
        """Close every connection. What is in flight or waits comes to its end."""
        serving = dict(self._serving)
        for burst, task in serving.items():
            burst.fail("closed by us")
            task.cancel()
        await asyncio.gather(*serving.values(), return_exceptions=True)
        await self._client.aclose()

    def _abandon(self, burst: Burst) -> None:
        task = self._serving.get(burst)
        if task:
            task.cancel()

    async def _serve(self, burst: Burst, origin: Origin) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._at_once, burst.unsent)):
                group.create_task(self._send(burst, origin))

    async def _send(self, burst: Burst, origin: Origin) -> None:
        template = burst.template
        headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in template.headers}
        while burst.unsent:
            (index,) = burst.peek(1)
            (item,) = burst.pick(burst.peek(1))
            burst.begun(1)
            path, body = template.request(item)
            end: End = NoAnswer("closed by us")
            try:
                url = f"{origin.scheme}://{origin.authority}{str(path, 'latin-1')}"
                end = await self.post(url, headers, body)
            finally:
                burst.end(index, end)
                burst.wake()

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        async with self._client.stream("POST", url, headers=dict(headers), content=body) as response:
            kept = bytearray()
            async for chunk in response.aiter_bytes():
                kept += chunk
                if len(kept) >= MAX_ANSWER:
                    break
            return Answer(response.status_code, response.headers, bytes(kept[:MAX_ANSWER]))
