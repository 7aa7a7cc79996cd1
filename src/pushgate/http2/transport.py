"""One connection on a socket:
moves bytes between both and enforces the timeouts of its requests."""

import asyncio
from collections import deque
from typing import Protocol, cast

from pushgate.http2.backoff import MAX_PAUSE, Backoff
from pushgate.http2.burst import Burst
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.goaway import Goaway
from pushgate.http2.timeouts import Timeouts

RequestTag = tuple[Burst, int]
"""A burst and the index of one of its items."""

_CLOSE_GRACE = 2.0  # s; for the peer to read GOAWAY
_WRITE_BUFFER_LIMIT = 256 * 1024
_DEADLINE_STEP = 0.05  # s; requests that begin within one step share a deadline


class TransportOwner(Protocol):
    """Whoever opens transports: feeds them with requests and takes the results."""

    def handle_events(self, transport: "Transport", events: Events[RequestTag]) -> None:
        """Requests have ended, and there may be room for others."""
        ...

    def send_waiting(self, transport: "Transport") -> None:
        """The transport accepts data again."""
        ...

    def transport_lost(self, transport: "Transport", events: Events[RequestTag]) -> None:
        """The transport is closed, or about to be."""
        ...


class Transport(asyncio.Protocol):
    """A connection on a socket. Times are seconds of the event loop's clock."""

    def __init__(self, connection: Connection[RequestTag], owner: TransportOwner, timeouts: Timeouts) -> None:
        self.connection = connection
        self.writable = False
        self.retired = False
        """Whether the owner or the socket ended it: it gets no more requests."""
        self.answered = False
        """Whether any request was answered on it. Set by its owner."""
        self.failure_recorded = False
        """Whether its owner has counted its failure."""
        self.reported_goaway: Goaway | None = None
        """The last GOAWAY that its owner has logged."""
        self.refusal_backoff = Backoff()
        """Pauses after the server refused all requests in flight."""
        self._closed_by_client = self._used = False
        self._owner = owner
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._socket: asyncio.Transport | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._deadlines: deque[tuple[float, int]] = deque()
        self.began_at = self._received_at = self._used_at = self._pinged_at = self._loop.time()
        self._suspect = self._reading_paused = False
        self._cause = "connection lost"

    async def wait_ready(self) -> None:
        """Return when the server's SETTINGS have come.
        Raises ConnectionError when the connection ends before."""
        await self._ready

    @property
    def available_streams(self) -> int:
        """How many requests may begin now."""
        if (
            self.retired
            or self._suspect
            or not self.writable
            or self._loop.time() < self.refusal_backoff.paused_until
        ):
            return 0
        return self.connection.available_streams

    @property
    def draining(self) -> bool:
        """Whether it gets no more requests."""
        return self.retired or self.connection.draining

    @property
    def failed(self) -> bool:
        """Whether the server ended it, or announced the end, before it answered anything.

        A server may close a connection that was idle for longer than any pause: that is no failure.
        """
        if not self.connection.draining or self.answered or self._closed_by_client:
            return False
        idle = self.connection.ready and not self._used
        return not idle or self._loop.time() - self.began_at <= MAX_PAUSE

    @property
    def drained(self) -> bool:
        """Whether it gets no more requests, and has none in flight."""
        return self.draining and not self.connection.in_flight

    def start_deadline(self, now: float) -> None:
        """Requests were opened: start the time for their responses."""
        self._used_at, self._used = now, True
        next_stream = self.connection.next_stream
        if self._deadlines and self._deadlines[-1][0] > now + self._timeouts.response:
            self._deadlines[-1] = (self._deadlines[-1][0], next_stream)
        else:
            self._deadlines.append((now + self._timeouts.response + _DEADLINE_STEP, next_stream))

    def flush(self) -> None:
        """Write what waits, as far as the peer reads."""
        while self.writable and self._socket and (data := self.connection.data_to_send()):
            self._socket.write(data)

    def check_timeouts(self, now: float) -> None:
        """Cancel late requests, detect a dead peer, close an unused or drained connection."""
        self._cancel_late_requests(now)
        if not self._check_peer(now):
            return
        unused = not self.connection.in_flight and now - self._used_at > self._timeouts.close_unused_after
        if self.drained or unused:
            self.close()
        self.flush()

    def _cancel_late_requests(self, now: float) -> None:
        late_before, timeout = 0, self._timeouts.response
        while self._deadlines and self._deadlines[0][0] <= now:
            late_before = self._deadlines.popleft()[1]
        if late_before and (streams := self.connection.streams_before(late_before)):
            # Nothing came since the requests were sent: the peer must prove that it is alive first.
            self._suspect = self._received_at <= now - timeout
            self._owner.handle_events(self, self.connection.reset(streams, f"no answer within {timeout:g} s"))

    def _check_peer(self, now: float) -> bool:
        """Send a PING after silence; abort and return False when its acknowledgement is late."""
        connection, timeouts = self.connection, self._timeouts
        silence = now - self._received_at
        max_silence = timeouts.ping_busy_after if connection.in_flight else timeouts.ping_idle_after
        if connection.ping_pending:
            if min(now - self._pinged_at, silence) > timeouts.ping:
                self.abort("no answer to PING")
                return False
        elif self._suspect or silence > max_silence:
            self._pinged_at = now
            connection.ping()
        return True

    def retire(self) -> None:
        """Accept no more requests; close when those in flight have ended."""
        self.retired = True
        if self.drained:
            self.close()

    def close(self) -> None:
        """Send GOAWAY and close; requests in flight are cancelled."""
        self._closed_by_client = not self.connection.draining
        self._close_socket(self.connection.close())

    async def wait_closed(self) -> None:
        """Return when the socket is closed."""
        if self._socket:
            await self._closed

    def abort(self, cause: str) -> None:
        """Close at once, without GOAWAY."""
        self.retired, self._cause = True, cause
        if self._socket:
            self._socket.abort()
        self._owner.transport_lost(self, self.connection.lose(cause))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected and TLS is set up: send the connection preface."""
        self._socket = cast("asyncio.Transport", transport)
        self._socket.set_write_buffer_limits(high=_WRITE_BUFFER_LIMIT)
        self.writable = True
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._received_at = self._loop.time()
        self._suspect = False
        self._read(data)

    def _read(self, data: bytes = b"") -> None:
        connection = self.connection
        events = connection.receive(data)
        if connection.close_reason is not None:
            self._cause = connection.close_reason
            self._close_socket(events)
            return
        if connection.ready and not self._ready.done():
            self._ready.set_result(None)
        self._owner.handle_events(self, events)
        self.flush()
        if self.drained:
            self.close()
        self._schedule_unread()

    def _schedule_unread(self) -> None:
        """Read the remaining bytes in the next turn of the event loop;
        pause the socket until then."""
        has_unread, sock = self.connection.has_unread, self._socket
        if has_unread:
            self._loop.call_soon(self._read_unread)
        if sock and self._reading_paused != has_unread and not sock.is_closing():
            self._reading_paused = not self._reading_paused
            (sock.pause_reading if self._reading_paused else sock.resume_reading)()

    def _read_unread(self) -> None:
        if self.connection.close_reason is None:
            self._read()

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self.writable = False

    def resume_writing(self) -> None:
        """The peer has read."""
        self.writable = True
        self.flush()
        self._owner.send_waiting(self)

    def eof_received(self) -> bool:
        """The peer sends no more, so it answers nothing more: close."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed."""
        self.writable, self.retired = False, True
        if self.connection.has_unread:  # responses that came before the end
            self._loop.call_soon(self.connection_lost, error)
            return
        cause = f"{self._cause}: {type(error).__name__}" if error else self._cause
        if not self._ready.done():
            self._ready.set_exception(ConnectionError(cause))
            self._ready.exception()  # marks it as retrieved: there may be nobody who waits
        self._closed.set_result(None)
        self._owner.transport_lost(self, self.connection.lose(cause))

    def _close_socket(self, events: Events[RequestTag]) -> None:
        self.retired = True
        if self._socket and not self._socket.is_closing():
            self._socket.write(self.connection.data_to_send())
            self._socket.close()
            self._loop.call_later(_CLOSE_GRACE, self._socket.abort)
        self._owner.transport_lost(self, events)
