"""POST over httpx, with HTTP/2 where the server offers it, under a deadline of our own.

httpx's HTTP/2 keeps the stream of a request that was cancelled (encode/httpcore#1022), and a stuck stream's read
timeout does not fire while others have traffic. So each request has its own deadline here, and once a request was cut
off its connections take no new ones: they close when the rest of what is in flight has ended.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from pushgate.errors import ConfigurationError, Fault

CONNECT_TIMEOUT = 5.0
IN_FLIGHT = 128
"""Requests under way at once. httpx does a few hundred a second; more would only wait inside this process, and
their deadlines would count that wait as the vendor's silence."""
MAX_ANSWER = 256 * 1024
"""Bytes kept of an answer; no vendor's is near it."""


class NotSent(Exception):
    """The request never reached the server: sending it again cannot double it."""


class NoAnswer(Exception):
    """The request was, or may have been, sent, and no answer came: nobody knows what became of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """The Retry-After header in seconds, where it is a number (RFC 9110, 10.2.3)."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


class _Lane:
    """A client and how many requests it has in flight."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.in_flight = 0
        self.retired = False


class Client:
    """POSTs to one vendor. Opens no connection before the first request."""

    def __init__(
        self,
        *,
        ca_file: Path | None,
        proxy: str | None,
        max_connections: int,
        deadline: float,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        """`deadline` is in seconds, from the start of a request to the end of its answer.

        Raises ConfigurationError when the CA file cannot be read.
        """
        try:
            self._context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        except OSError as error:  # ssl.SSLError is one
            raise ConfigurationError(
                [Fault("ca_file", f"{ca_file} is no readable PEM file of CAs")]
            ) from error
        self._proxy = proxy
        self._max_connections = max_connections
        self._deadline = deadline
        self._lane: _Lane | None = None
        self._gate = asyncio.Semaphore(in_flight)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send and read the answer. Raises NotSent or NoAnswer. The deadline begins when it is this request's turn."""
        async with self._gate, self._entered() as lane:
            try:
                async with asyncio.timeout(self._deadline):
                    return await self._exchange(lane.client, url, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
                raise NotSent(type(error).__name__) from error
            except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
                self._retire(lane)
                raise NoAnswer(type(error).__name__) from error
            except asyncio.CancelledError:
                self._retire(lane)
                raise

    async def refresh(self) -> None:
        """New requests take new connections; those in flight end on the old ones."""
        if self._lane:
            lane = self._lane
            self._retire(lane)
            await self._close_if_idle(lane)

    async def close(self) -> None:
        """Close every connection."""
        if self._lane:
            lane, self._lane = self._lane, None
            await lane.client.aclose()

    async def _exchange(
        self, client: httpx.AsyncClient, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        async with client.stream("POST", url, headers=dict(headers), content=body) as response:
            kept = bytearray()
            async for chunk in response.aiter_bytes():
                kept += chunk[: MAX_ANSWER - len(kept)]
            return Answer(response.status_code, response.headers, bytes(kept))

    @asynccontextmanager
    async def _entered(self) -> AsyncIterator[_Lane]:
        if self._lane is None:
            self._lane = _Lane(self._open())
        lane = self._lane
        lane.in_flight += 1
        try:
            yield lane
        finally:
            lane.in_flight -= 1
            await self._close_if_idle(lane)

    def _open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            http2=True,
            verify=self._context,
            proxy=self._proxy,
            trust_env=False,
            # httpx's own read timeout strikes whoever happens to read for all streams of a connection: ours does not.
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT, pool=self._deadline),
            limits=httpx.Limits(
                max_connections=self._max_connections, max_keepalive_connections=self._max_connections
            ),
            follow_redirects=False,
        )

    def _retire(self, lane: _Lane) -> None:
        lane.retired = True
        if self._lane is lane:
            self._lane = None

    async def _close_if_idle(self, lane: _Lane) -> None:
        if lane.retired and lane.in_flight == 0:
            await asyncio.shield(lane.client.aclose())
