"""Limits the memory of all requests together: beyond the limit a request is refused with a retry
delay.

Requests without an API key share a smaller budget, so that strangers cannot crowd out callers with
a key. The key is checked before the body is read; until then only the limits of connections apply.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api import problems
from pushgate.api.clients import ClientAddresses
from pushgate.api.imports.window_limits import MAX_WINDOW_MEMORY
from pushgate.domain.errors import Overloaded, RequestTimedOut

_REQUEST_BYTES = 16 * 1024
"""Bytes that a request costs besides its body, approximately."""
_STREAM_BYTES = 2 * MAX_WINDOW_MEMORY
"""Bytes that an import has in memory at most: two windows of terminals."""
_STREAM_FACTOR = 10
"""How many times the bytes of its line a terminal takes in memory at most."""
_STRANGERS_DIVISOR = 8
"""Requests without a key share the limit divided by this number."""
_CHUNK_BYTES = 64 * 1024
"""Bytes that an import must bring within each time limit of a body."""
_EXEMPT_PATHS = frozenset({"/healthz", "/readyz", "/status", "/metrics", "/metrics/fleet"})
_SCOPE_KEY = "pushgate.reservation"
BODY_IS_HERE = "pushgate.body_is_here"
"""In the scope of a request whose body the server has received whole."""


@dataclass(slots=True)
class MemoryBudget:
    """The bytes that requests have reserved together, and their limit."""

    max_bytes: int
    reserved: int = 0

    def reserve(self, size: int, already: int) -> None:
        """Reserve `size` more bytes for a request that has reserved `already` bytes. Raises
        Overloaded.

        A request may exceed the limit if it is the only one.
        """
        if self.reserved > already and self.reserved + size > self.max_bytes:
            raise Overloaded("too many requests at once")
        self.reserved += size


@dataclass(slots=True)
class Reservation:
    """The bytes of one request: none before its key is known or its body begins."""

    budget: MemoryBudget
    callers: MemoryBudget
    """The budget of requests with a valid key."""
    size: int = 0

    def reserve(self, size: int) -> None:
        """Reserve more. Raises Overloaded."""
        size += 0 if self.size else _REQUEST_BYTES
        self.budget.reserve(size, self.size)
        self.size += size

    def mark_authenticated(self) -> None:
        """Move the request to the budget of callers with a key. Raises Overloaded."""
        self.release()
        self.budget = self.callers
        self.reserve(0)

    def release(self) -> None:
        """Give everything back."""
        self.budget.reserved -= self.size
        self.size = 0


class Admission(NamedTuple):
    """A request that runs: the client it counts for, and its bytes."""

    client: str
    reservation: Reservation


def mark_authenticated(scope: Scope) -> None:
    """Count the request of this scope as one with a valid key. Raises Overloaded."""
    reservation: Reservation = scope[_SCOPE_KEY]
    reservation.mark_authenticated()


class RequestLimits:
    """Limits the bytes and the number of requests, and the time that bodies may take."""

    def __init__(
        self,
        clients: ClientAddresses,
        max_in_hand: int,
        max_requests_per_client: int,
        body_timeout: timedelta,
    ) -> None:
        self._clients = clients
        self._callers = MemoryBudget(max_in_hand)
        self._strangers = MemoryBudget(max_in_hand // _STRANGERS_DIVISOR)
        self._max_requests_per_client = max_requests_per_client
        self._running: dict[str, int] = {}
        self._body_timeout = body_timeout.total_seconds()

    def admit(self, scope: Scope) -> Admission:
        """Count a request that begins. Raises Overloaded where its client has too many running."""
        client = self._clients.counted(scope)
        running = self._running.get(client, 0)
        if client and running >= self._max_requests_per_client:
            raise Overloaded(f"this address has {self._max_requests_per_client} requests running")
        self._running[client] = running + 1
        reservation = scope[_SCOPE_KEY] = Reservation(self._strangers, self._callers)
        return Admission(client, reservation)

    def limit(self, admission: Admission, scope: Scope, receive: Receive) -> Receive:
        """Return the receiver of an admitted request's body, with its limits."""
        if scope.get(BODY_IS_HERE):
            return _ReceivedBody(receive, admission.reservation).receive
        is_stream = scope["path"].endswith(":import")
        return _Body(receive, admission.reservation, self._body_timeout, is_stream=is_stream).receive

    def release(self, admission: Admission) -> None:
        """Count a request that has ended."""
        admission.reservation.release()
        running = self._running[admission.client] - 1
        if running:
            self._running[admission.client] = running
        else:
            del self._running[admission.client]


class LoadShedding:
    """Middleware that gives requests their limits. Probes and the calls of operators have none."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in _EXEMPT_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            admission = self._limits.admit(scope)
        except Overloaded as error:
            await problems.respond(problems.describe(error))(scope, receive, send)
            return
        try:
            await self._app(scope, self._limits.limit(admission, scope, receive), send)
        finally:
            self._limits.release(admission)


class _ReceivedBody:
    """A body that the server has received whole: its bytes are reserved, and reading it never
    waits.
    """

    __slots__ = ("_receive", "_reservation")

    def __init__(self, receive: Receive, reservation: Reservation) -> None:
        self._receive = receive
        self._reservation = reservation

    async def receive(self) -> Message:
        """ASGI. Raises Overloaded."""
        message = await self._receive()
        if size := len(message.get("body", b"")):
            self._reservation.reserve(size)
        return message


class _Body:
    """The body of a request: its bytes are reserved as they come, and waiting for them
    is limited.
    """

    def __init__(
        self, receive: Receive, reservation: Reservation, timeout: float, *, is_stream: bool
    ) -> None:
        self._receive = receive
        self._reservation = reservation
        self._timeout = timeout
        self._is_stream = is_stream
        self._seconds_left = timeout
        self._chunk_bytes = 0  # of a stream, since its time limit last began anew
        self._ended = False

    async def receive(self) -> Message:
        """ASGI. Raises RequestTimedOut and Overloaded."""
        if self._ended:
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._seconds_left):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimedOut(self._limit_text()) from None
        self._seconds_left -= loop.time() - began
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        self._reserve(len(message.get("body", b"")))
        return message

    def _limit_text(self) -> str:
        what = f"each {_CHUNK_BYTES} bytes of an import" if self._is_stream else "the body"
        return f"{what} must be here within {self._timeout:g} s"

    def _reserve(self, size: int) -> None:
        if not self._is_stream:
            if size:
                self._reservation.reserve(size)
            return
        if more := min(size * _STREAM_FACTOR, _STREAM_BYTES - self._reservation.size):
            self._reservation.reserve(more)
        self._chunk_bytes += size
        if self._chunk_bytes >= _CHUNK_BYTES:
            self._chunk_bytes, self._seconds_left = 0, self._timeout
