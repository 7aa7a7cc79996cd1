"""POST over HTTP/1.1, by httpx:
for token endpoints, and for vendors' endpoints that do not offer HTTP/2."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from pushgate.http2.backoff import Backoff
from pushgate.http2.burst import Burst
from pushgate.http2.connect import Origin
from pushgate.http2.field_sections import MAX_FIELDS, MAX_SECTION
from pushgate.http2.protocol_errors import MalformedResponse
from pushgate.http2.results import MAX_RESPONSE, NoResponse, NotSent, Response, Result
from pushgate.http2.timeouts import Timeouts

# a small compressed body may expand without bound
_NO_COMPRESSION = {"accept-encoding": "identity"}
_MIN_CHUNK_COST = 256
"""Bytes that a chunk of a body counts for at least: small chunks cost as much time."""
_CHUNKS_PER_TURN = 64
_MAX_FAILURES_PER_BURST = 3
"""Consecutive failures after which the rest of a burst is not tried."""
_MIN_FINAL_STATUS = 200


class Http1Client:
    """Sends requests over a limited number of connections. Opens none before the first request."""

    def __init__(
        self, context: ssl.SSLContext, *, proxy: str | None, max_connections: int, timeouts: Timeouts
    ) -> None:
        """The time that a request waits for a connection
        does not count as waiting for its response."""
        self._client = httpx.AsyncClient(
            verify=context,
            proxy=proxy,
            trust_env=False,
            headers=_NO_COMPRESSION,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(None, connect=timeouts.connect),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        )
        self._response_timeout = timeouts.response
        self._free_connections = asyncio.Semaphore(max_connections)
        self._max_connections = max_connections
        self._serving: dict[Burst, asyncio.Task[None]] = {}
        self._backoff = Backoff()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        """Send a request and read its response. After failures it waits for some seconds first."""
        async with self._connection_slot():
            return await self._attempt(url, headers, body)

    def serve(self, burst: Burst, origin: Origin) -> None:
        """Send a burst's requests one by one."""
        burst.on_exit = self._cancel
        task = self._serving[burst] = asyncio.create_task(self._serve(burst, origin))
        task.add_done_callback(lambda _: self._serving.pop(burst, None))

    async def close(self) -> None:
        """Close every connection. Requests in flight and waiting ones fail."""
        serving = dict(self._serving)
        for burst, task in serving.items():
            burst.fail_unsent("closed by us")
            task.cancel()
        await asyncio.gather(*serving.values(), return_exceptions=True)
        await self._client.aclose()

    def _cancel(self, burst: Burst) -> None:
        task = self._serving.get(burst)
        if task:
            task.cancel()

    async def _serve(self, burst: Burst, origin: Origin) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._max_connections, burst.unsent)):
                group.create_task(self._send_items(burst, origin))

    async def _send_items(self, burst: Burst, origin: Origin) -> None:
        while burst.unsent:
            async with self._connection_slot():
                if not burst.unsent:
                    return
                result = await self._send_next(burst, origin)
            if isinstance(result, NotSent) or (
                isinstance(result, NoResponse) and self._backoff.failures >= _MAX_FAILURES_PER_BURST
            ):
                burst.fail_unsent(result.cause)

    async def _send_next(self, burst: Burst, origin: Origin) -> Result:
        (index,) = burst.peek(1)
        (item,) = burst.items_at(burst.peek(1))
        burst.mark_sent(1)
        path, fields, body = burst.template.request(item)
        headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in fields}
        result: Result = NoResponse("closed by us")
        try:
            url = f"{origin.scheme}://{origin.authority}{str(path, 'latin-1')}"
            result = await self._attempt(url, headers, body)
        finally:
            burst.add_result(index, result)
            burst.notify()
        return result

    @asynccontextmanager
    async def _connection_slot(self) -> AsyncIterator[None]:
        """Hold one of the connections, after the pause that the last failures caused."""
        async with self._free_connections:
            await asyncio.sleep(max(0, self._backoff.paused_until - asyncio.get_running_loop().time()))
            yield

    async def _attempt(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        result = await self._post_within_timeout(url, headers, body)
        if isinstance(result, Response):
            self._backoff.record_success()
        elif result.cause != TimeoutError.__name__:
            self._backoff.record_failure(loop.time(), began_at)
        return result

    async def _post_within_timeout(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        try:
            async with asyncio.timeout(self._response_timeout):
                return await self._post_bounded(url, headers, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return NotSent(type(error).__name__)
        except MalformedResponse as error:
            return NoResponse(f"protocol error by the server: {error}")
        except (
            httpx.HTTPError,
            httpx.StreamError,
            OSError,
        ) as error:  # TimeoutError and SSLError are OSErrors
            return NoResponse(type(error).__name__)

    async def _post_bounded(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        async with self._client.stream("POST", url, headers=dict(headers), content=body) as response:
            _require_bounded_headers(response)
            received, cost, chunks = bytearray(), 0, 0
            async for chunk in response.aiter_raw():
                received += chunk
                cost += max(len(chunk), _MIN_CHUNK_COST)
                if cost >= MAX_RESPONSE:
                    break
                chunks += 1
                if chunks % _CHUNKS_PER_TURN == 0:
                    await asyncio.sleep(0)
            return Response(response.status_code, dict(response.headers), bytes(received[:MAX_RESPONSE]))


def _require_bounded_headers(response: httpx.Response) -> None:
    """Raises MalformedResponse for an interim status,
    or headers beyond the limits of HTTP/2 sections."""
    fields = response.headers.raw
    if response.status_code < _MIN_FINAL_STATUS:
        raise MalformedResponse("a response without a final status")
    if len(fields) > MAX_FIELDS or sum(len(name) + len(value) for name, value in fields) > MAX_SECTION:
        raise MalformedResponse("a header section that is too large")
