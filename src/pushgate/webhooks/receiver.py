"""The connection to one receiver: posts a body to a checked address, and reads the status of the
response. Follows no redirect, uses no proxy.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import httpcore

from pushgate import __version__
from pushgate.domain.clock import Clock
from pushgate.runtime.tracing import Tracer
from pushgate.webhooks.answer import Answer, AttemptFailure, parse_retry_after
from pushgate.webhooks.destination import Destination, DestinationRules, Refused, Resolver

_MAX_RESPONSE = 64 * 1024
"""Bytes of a response's body that are read, so that its connection can be used again."""
_DRAIN_SECONDS = 1.0
_KEEPALIVE_SECONDS = 30.0
_MAX_ADDRESSES = 4
"""Addresses of a host that one attempt tries."""
_HEADERS = {
    "content-type": "application/json",
    "accept-encoding": "identity",
    "user-agent": f"Pushgate/{__version__}",
}


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    retry_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """How all receivers are called. `timeout` bounds an attempt from the look-up to the status."""

    rules: DestinationRules
    resolver: Resolver
    tls: ssl.SSLContext
    timeout: timedelta
    clock: Clock
    tracer: Tracer | None = None


class Receiver:
    """Posts to one receiver of an app, one request at a time. The connection stays open between
    requests.
    """

    def __init__(self, posting: Posting, app: str) -> None:
        self._posting = posting
        self._app = app
        self._network = _CheckedNetwork()
        self._pool = self._open_pool()
        self._response: _Response | None = None

    async def post(self, destination: Destination, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt. Never raises because of the receiver or the network."""
        started_at, self._response = time.monotonic(), None
        failure, reason = None, ""
        try:
            async with asyncio.timeout(self._posting.timeout.total_seconds()):
                await self._traced(destination, headers, body)
        except Refused as error:
            failure, reason = AttemptFailure.ADDRESS_REFUSED, str(error)
        except TimeoutError as error:
            failure, reason = _explain(error)
            # A request that is cut off between two steps of the pool may keep its only place.
            await self._renew_pool()
        except (OSError, UnicodeError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            failure, reason = _explain(error)
        except httpcore.TimeoutException:
            failure, reason = AttemptFailure.NOT_CONNECTED, "no address of the host answers in time"
        duration = timedelta(seconds=time.monotonic() - started_at)
        found: _Response | None = self._response
        if found:
            return Answer(duration=duration, status=found.status, retry_after=found.retry_after)
        return Answer(duration=duration, failure=failure, reason=reason)

    async def close(self) -> None:
        """Close the connection."""
        await self._pool.aclose()

    async def _traced(self, destination: Destination, headers: Mapping[str, str], body: bytes) -> None:
        """Exchange within a span that is passed on to the receiver, if traces are on."""
        tracer = self._posting.tracer
        if tracer is None:
            await self._exchange(destination, headers, body)
            return
        with tracer.begin("webhook delivery", {"app": self._app}) as context:
            known = {"traceparent": context.partition(" ")[0]} if context else {}
            await self._exchange(destination, {**headers, **known}, body)

    async def _exchange(self, destination: Destination, headers: Mapping[str, str], body: bytes) -> None:
        posting = self._posting
        addresses = await posting.resolver.addresses(destination, posting.rules, self._app)
        await self._use(addresses)
        url = httpcore.URL(
            scheme=b"https" if destination.secure else b"http",
            host=destination.host.encode(),
            port=destination.port,
            target=destination.target.encode(),
        )
        fields = list({"host": destination.authority, **_HEADERS, **headers}.items())
        connect = posting.timeout.total_seconds() / min(len(addresses) + 1, _MAX_ADDRESSES)
        async with self._pool.stream(
            "POST", url, headers=fields, content=body, extensions={"timeout": {"connect": connect}}
        ) as response:
            self._response = _Response(response.status, self._retry_after(response.headers))
            await _drain(response)

    async def _use(self, addresses: Sequence[str]) -> None:
        """Connect to these addresses only; an open connection to another one is closed."""
        self._network.addresses = addresses[:_MAX_ADDRESSES]
        if self._network.connected not in ("", *addresses):
            await self._renew_pool()

    async def _renew_pool(self) -> None:
        """Close the connection and begin with a new pool."""
        await self._pool.aclose()
        self._network.connected = ""
        self._pool = self._open_pool()

    def _open_pool(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._posting.tls,
            max_connections=1,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=self._network,
        )

    def _retry_after(self, headers: Iterable[tuple[bytes, bytes]]) -> timedelta | None:
        written = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
        return parse_retry_after(written.decode("latin-1").strip(), self._posting.clock.now())


async def _drain(response: httpcore.Response) -> None:
    """Read and drop the body. One that is long or slow is left; its connection is then closed."""
    size = 0
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > _MAX_RESPONSE:
                    return


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever the host's name leads to by now."""

    def __init__(self) -> None:
        self.addresses: Sequence[str] = ()
        self.connected = ""
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # its addresses take its place
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers."""
        for address in self.addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._connect(address, port, timeout)
        return await self._connect(self.addresses[-1], port, timeout)

    async def _connect(self, address: str, port: int, seconds: float | None) -> httpcore.AsyncNetworkStream:
        stream = await self._sockets.connect_tcp(address, port, seconds)
        self.connected = address
        return stream


def _explain(error: Exception) -> tuple[AttemptFailure, str]:
    """The failure and its words, which repeat nothing that the receiver wrote."""
    match error:
        case TimeoutError():
            return AttemptFailure.TIMED_OUT, "no response in time"
        case OSError() | UnicodeError():
            return AttemptFailure.NAME_NOT_FOUND, "its name is not found"
        case httpcore.ConnectError():
            cause = error.args[0] if error.args else None
            if isinstance(cause, ssl.SSLCertVerificationError):
                return AttemptFailure.TLS_FAILED, f"its certificate does not hold: {cause.verify_message}"
            if isinstance(cause, ssl.SSLError):
                return AttemptFailure.TLS_FAILED, "TLS fails"
            return AttemptFailure.NOT_CONNECTED, "it takes no connection"
    return AttemptFailure.CONNECTION_LOST, "the connection ended before the response, or it is no HTTP/1.1"
