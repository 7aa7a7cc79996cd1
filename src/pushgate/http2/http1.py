"""POST over HTTP/1.1, by httpx: for token endpoints, and for vendors' endpoints that do not offer HTTP/2."""

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
from pushgate.http2.protocol_errors import Malformed
from pushgate.http2.results import MAX_RESPONSE, NoResponse, NotSent, Response, Result
from pushgate.http2.timeouts import Timeouts

_IDENTITY = {"accept-encoding": "identity"}  # what is compressed may swell beyond all bounds
_LEAST_COUNTED = 256
"""Bytes that a piece of a body counts for at least: small ones cost as much."""
_PIECES_A_TURN = 64
_GIVE_UP_AFTER = 3
"""Failures in a row after which the rest of a burst is not tried."""
_FIRST_FINAL = 200


class Http1Client:
    """Requests over at most so many connections. Opens none before the first request."""

    def __init__(
        self, context: ssl.SSLContext, *, proxy: str | None, max_connections: int, timeouts: Timeouts
    ) -> None:
        """Waiting for one's turn does not count as waiting for an answer."""
        self._client = httpx.AsyncClient(
            verify=context,
            proxy=proxy,
            trust_env=False,
            headers=_IDENTITY,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(None, connect=timeouts.connect),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        )
        self._deadline = timeouts.response
        self._gate = asyncio.Semaphore(max_connections)
        self._at_once = max_connections
        self._serving: dict[Burst, asyncio.Task[None]] = {}
        self._backoff = Backoff()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        """Send and read the answer. After failures, wait some seconds before that."""
        async with self._turn():
            return await self._attempt(url, headers, body)

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
            async with self._turn():
                if not burst.unsent:
                    return
                (index,) = burst.peek(1)
                (item,) = burst.pick(burst.peek(1))
                burst.begun(1)
                path, body = template.path_and_body(item)
                end: Result = NoResponse("closed by us")
                try:
                    url = f"{origin.scheme}://{origin.authority}{str(path, 'latin-1')}"
                    end = await self._attempt(url, headers, body)
                finally:
                    burst.end(index, end)
                    burst.wake()
            if isinstance(end, NotSent) or (
                isinstance(end, NoResponse) and self._backoff.failures >= _GIVE_UP_AFTER
            ):
                burst.fail(end.cause)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the connections, once the pause after the last failures is over."""
        async with self._gate:
            await asyncio.sleep(max(0, self._backoff.until - asyncio.get_running_loop().time()))
            yield

    async def _attempt(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        end = await self._outcome(url, headers, body)
        if isinstance(end, Response):
            self._backoff.succeed()
        elif end.cause != TimeoutError.__name__:
            self._backoff.fail(loop.time(), began_at)
        return end

    async def _outcome(self, url: str, headers: Mapping[str, str], body: bytes) -> Result:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._exchange(url, headers, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return NotSent(type(error).__name__)
        except Malformed as error:
            return NoResponse(f"protocol error by the server: {error}")
        except (
            httpx.HTTPError,
            httpx.StreamError,
            OSError,
        ) as error:  # TimeoutError and SSLError are OSErrors
            return NoResponse(type(error).__name__)

    async def _exchange(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        async with self._client.stream("POST", url, headers=dict(headers), content=body) as response:
            _require_bounded(response)
            kept, counted, pieces = bytearray(), 0, 0
            async for piece in response.aiter_raw():
                kept += piece
                counted += max(len(piece), _LEAST_COUNTED)
                if counted >= MAX_RESPONSE:
                    break
                pieces += 1
                if pieces % _PIECES_A_TURN == 0:
                    await asyncio.sleep(0)
            return Response(response.status_code, dict(response.headers), bytes(kept[:MAX_RESPONSE]))


def _require_bounded(response: httpx.Response) -> None:
    """Raises Malformed when the response is none, or its header section is larger than those of HTTP/2 may be."""
    fields = response.headers.raw
    if response.status_code < _FIRST_FINAL:
        raise Malformed("a response without a final status")
    if len(fields) > MAX_FIELDS or sum(len(name) + len(value) for name, value in fields) > MAX_SECTION:
        raise Malformed("a header section that is too large")
