"""How much the front door takes in hand at once: beyond it, callers are asked to come back in a moment.

Requests that need no key share a smaller budget, so that strangers cannot keep callers with a key out. All other requests
show their key before their body is read; until then the limits of connections bound them.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api import problems
from pushgate.api.clients import ClientAddresses, site
from pushgate.domain.errors import Overloaded, RequestTimedOut

_OWN = 16 * 1024  # bytes; what a request costs beside its body, about
_STREAM = 1024 * 1024  # bytes; what an import keeps of its stream at a time, at most
_STRANGERS = 8  # the part of all that is for requests without a key: one in so many
_PORTION = 64 * 1024  # bytes; an import must bring so many within the time of a body
_ALWAYS = frozenset({"/healthz", "/readyz", "/status", "/metrics", "/metrics/fleet"})
_TICKET = "pushgate.ticket"


@dataclass(slots=True)
class MemoryBudget:
    """Bytes of all requests in hand together."""

    most: int
    in_hand: int = 0

    def take(self, size: int, mine: int) -> None:
        """Take in hand. A request that is alone is always let in. Raises Overloaded."""
        if self.in_hand > mine and self.in_hand + size > self.most:
            raise Overloaded("too many requests at once")
        self.in_hand += size


@dataclass(slots=True)
class Reservation:
    """What one request has of a budget: nothing before its key is recognised or its body begins."""

    budget: MemoryBudget
    callers: MemoryBudget
    size: int = 0

    def take(self, size: int) -> None:
        """Take more in hand. Raises Overloaded."""
        size += 0 if self.size else _OWN
        self.budget.take(size, self.size)
        self.size += size

    def mark_authenticated(self) -> None:
        """The request has a valid key. Raises Overloaded."""
        self.close()
        self.budget = self.callers
        self.take(0)

    def close(self) -> None:
        """The request is over."""
        self.budget.in_hand -= self.size
        self.size = 0


def mark_authenticated(scope: Scope) -> None:
    """Say that the request of this scope has a valid key. Raises Overloaded."""
    ticket: Reservation = scope[_TICKET]
    ticket.mark_authenticated()


class LoadShedding:
    """Bounds bytes and requests in hand, and the time that bodies may take. Operators' calls are always let in."""

    def __init__(
        self,
        app: ASGIApp,
        clients: ClientAddresses,
        max_in_hand: int,
        max_requests_per_client: int,
        body_timeout: timedelta,
    ) -> None:
        self._app = app
        self._clients = clients
        self._callers = MemoryBudget(max_in_hand)
        self._strangers = MemoryBudget(max_in_hand // _STRANGERS)
        self._most_of_one = max_requests_per_client
        self._running: Counter[str] = Counter()
        self._timeout = body_timeout.total_seconds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        client = self._client(scope)
        ticket = scope[_TICKET] = Reservation(self._strangers, self._callers)
        self._running[client] += 1
        try:
            if client and self._running[client] > self._most_of_one:
                error = Overloaded(f"this address has {self._most_of_one} requests running")
                await problems.respond(problems.describe(error))(scope, receive, send)
                return
            stream = scope["path"].endswith(":import")
            body = _Body(receive, ticket, self._timeout, stream=stream)
            await self._app(scope, body.receive, send)
        finally:
            ticket.close()
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    def _client(self, scope: Scope) -> str:
        """Whose requests are counted together; "" for a proxy's own, which are not limited."""
        address = self._clients.of(scope)
        return "" if self._clients.is_proxy(address) else site(address)


class _Body:
    """A request's body: each byte is counted as it comes, and the wait for it is bounded."""

    def __init__(self, receive: Receive, ticket: Reservation, timeout: float, *, stream: bool) -> None:
        self._receive = receive
        self._ticket = ticket
        self._timeout = timeout
        self._stream = stream
        self._left = timeout  # seconds that the client may still be waited for
        self._portion = 0  # bytes of a stream since it last got new seconds
        self._ended = False

    async def receive(self) -> Message:
        """ASGI. Raises RequestTimedOut and Overloaded."""
        if self._ended:
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimedOut(self._limit()) from None
        self._left -= loop.time() - began
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        self._count(len(message.get("body", b"")))
        return message

    def _limit(self) -> str:
        what = f"each {_PORTION} bytes of an import" if self._stream else "the body"
        return f"{what} must be here within {self._timeout:g} s"

    def _count(self, size: int) -> None:
        if not self._stream:
            if size:
                self._ticket.take(size)
            return
        if size and self._ticket.size < _STREAM:
            self._ticket.take(_STREAM)
        self._portion += size
        if self._portion >= _PORTION:
            self._portion, self._left = 0, self._timeout
