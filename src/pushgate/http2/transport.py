"""A connection on a socket: carries the bytes, and keeps time for its requests."""

import asyncio
from collections import deque
from typing import Protocol, cast

from pushgate.http2.backoff import MAX_PAUSE, Backoff
from pushgate.http2.burst import Burst
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.goaway import Goaway
from pushgate.http2.timeouts import Timeouts

Tag = tuple[Burst, int]
"""A burst and the index of one of its items."""

_CLOSE_GRACE = 2.0  # s; for a good-bye to be read
_HIGH_WATER = 256 * 1024
_GRAIN = 0.05  # s; deadlines are kept for all requests of such a time together


class TransportOwner(Protocol):
    """Who owns wires."""

    def settle(self, wire: "Transport", events: Events[Tag]) -> None:
        """Requests have come to their ends, and there may be room for others."""
        ...

    def fill(self, wire: "Transport") -> None:
        """There is room to write."""
        ...

    def lost(self, wire: "Transport", events: Events[Tag]) -> None:
        """The wire is gone."""
        ...


class Transport(asyncio.Protocol):
    """One connection. Times are those of the event loop, in seconds."""

    def __init__(self, connection: Connection[Tag], keeper: TransportOwner, timeouts: Timeouts) -> None:
        self.connection = connection
        self.writable = False
        self.retired = False
        """Whether it gets no more requests."""
        self.answered = False
        """Whether any request was ever answered on it, as far as its owner knows."""
        self.counted = False
        """Whether its owner has counted its failure."""
        self.goaway: Goaway | None = None
        """What the server said last of ending it, as far as its owner knows."""
        self.refusals = Backoff()
        """Until when it takes no request, because its server refused all that it had."""
        self._ours = self._asked = False
        self._keeper = keeper
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._settled: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._times: deque[tuple[float, int]] = deque()
        self.began_at = self._heard_at = self._used_at = self._pinged_at = self._loop.time()
        self._doubtful = self._paused = False
        self._cause = "connection lost"

    async def ready(self) -> None:
        """Return once the server's settings have come. Raises ConnectionError when the connection ends instead."""
        await self._settled

    @property
    def free(self) -> int:
        """How many requests it takes now."""
        if self.retired or self._doubtful or not self.writable or self._loop.time() < self.refusals.until:
            return 0
        return self.connection.free

    @property
    def leaving(self) -> bool:
        """Whether it gets no more requests."""
        return self.retired or self.connection.leaving

    @property
    def failed(self) -> bool:
        """Whether the server ended it, or means to, before it answered anything.

        A server may close a connection that was idle for longer than any pause: that is no failure.
        """
        if not self.connection.leaving or self.answered or self._ours:
            return False
        idle = self.connection.ready and not self._asked
        return not idle or self._loop.time() - self.began_at <= MAX_PAUSE

    @property
    def spent(self) -> bool:
        """Whether it gets no more requests, and has none."""
        return self.leaving and not self.connection.in_flight

    def begun(self, now: float) -> None:
        """Requests were opened: their time runs."""
        self._used_at, self._asked = now, True
        last = self.connection.next_stream
        if self._times and self._times[-1][0] > now + self._timeouts.response:
            self._times[-1] = (self._times[-1][0], last)
        else:
            self._times.append((now + self._timeouts.response + _GRAIN, last))

    def flush(self) -> None:
        """Write what there is, as far as the peer reads."""
        while self.writable and self._transport and (data := self.connection.data_to_send()):
            self._transport.write(data)

    def check(self, now: float) -> None:
        """Give up requests whose time is over; notice a dead peer; close what is idle or spent."""
        late, timeouts = 0, self._timeouts
        while self._times and self._times[0][0] <= now:
            late = self._times.popleft()[1]
        if late and (streams := self.connection.streams_before(late)):
            # Nothing came since they were sent: whether anybody is there must be known before more is sent.
            self._doubtful = self._heard_at <= now - self._timeouts.response
            self._keeper.settle(
                self, self.connection.reset(streams, f"no answer within {self._timeouts.response:g} s")
            )
        silent = now - self._heard_at
        if self.connection.pinged:
            if min(now - self._pinged_at, silent) > timeouts.ping:
                self.abort("no answer to PING")
                return
        elif self._doubtful or silent > (
            timeouts.ping_busy_after if self.connection.in_flight else timeouts.ping_idle_after
        ):
            self._pinged_at = now
            self.connection.ping()
        if self.spent or (
            not self.connection.in_flight and now - self._used_at > timeouts.close_unused_after
        ):
            self.close()
        self.flush()

    def retire(self) -> None:
        """Take no more requests; close once those in flight have ended."""
        self.retired = True
        if self.spent:
            self.close()

    def close(self) -> None:
        """Say good-bye and close; requests in flight are given up."""
        self._ours = not self.connection.leaving
        self._leave(self.connection.close())

    async def wait_closed(self) -> None:
        """Return once the socket is closed."""
        if self._transport:
            await self._gone

    def abort(self, cause: str) -> None:
        """Close at once, without a word."""
        self.retired, self._cause = True, cause
        if self._transport:
            self._transport.abort()
        self._keeper.lost(self, self.connection.lose(cause))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected, and TLS is set up: say hello."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        self.writable = True
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._heard_at = self._loop.time()
        self._doubtful = False
        self._read(data)

    def _read(self, data: bytes = b"") -> None:
        connection = self.connection
        events = connection.receive(data)
        if connection.closed is not None:
            self._cause = connection.closed
            self._leave(events)
            return
        if connection.ready and not self._settled.done():
            self._settled.set_result(None)
        self._keeper.settle(self, events)
        self.flush()
        if self.spent:
            self.close()
        self._pace()

    def _pace(self) -> None:
        """Go on with what came in the next turn of the event loop; read nothing more until then."""
        transport = self._transport
        if self.connection.behind:
            self._loop.call_soon(self._go_on)
        if transport and self._paused != self.connection.behind and not transport.is_closing():
            self._paused = not self._paused
            (transport.pause_reading if self._paused else transport.resume_reading)()

    def _go_on(self) -> None:
        if self.connection.closed is None:
            self._read()

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self.writable = False

    def resume_writing(self) -> None:
        """The peer has read."""
        self.writable = True
        self.flush()
        self._keeper.fill(self)

    def eof_received(self) -> bool:
        """The peer sends no more: it answers nothing more either."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed."""
        self.writable, self.retired = False, True
        if self.connection.behind:  # answers that came before the end
            self._loop.call_soon(self.connection_lost, error)
            return
        cause = f"{self._cause}: {type(error).__name__}" if error else self._cause
        if not self._settled.done():
            self._settled.set_exception(ConnectionError(cause))
            self._settled.exception()  # whoever waits gets it; that nobody may wait is no fault
        self._gone.set_result(None)
        self._keeper.lost(self, self.connection.lose(cause))

    def _leave(self, events: Events[Tag]) -> None:
        self.retired = True
        if self._transport and not self._transport.is_closing():
            self._transport.write(self.connection.data_to_send())
            self._transport.close()
            self._loop.call_later(_CLOSE_GRACE, self._transport.abort)
        self._keeper.lost(self, events)
