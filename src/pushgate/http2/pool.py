"""The connections to one server: opened as needed, shared by all bursts, replaced when they end."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import repeat

from pushgate.http2.backoff import Backoff
from pushgate.http2.burst import Burst
from pushgate.http2.connect import NoHttp2, failure_text
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.frames import ErrorCode
from pushgate.http2.results import NoResponse
from pushgate.http2.timeouts import Timeouts
from pushgate.http2.transport import RequestTag, Transport
from pushgate.runtime import logs

_MAX_EXTRA_DRAINING = 16
"""Draining connections allowed beside `max_connections` of them:
after `reconnect` all are draining."""
_LOG_EVERY = 60.0  # s
_MAX_REQUESTS_PER_WRITE = 128
_CHECK_EVERY_BUSY, _CHECK_EVERY_IDLE = 0.1, 1.0  # s

_log = logs.get("http2")

Connect = Callable[[Callable[[], Transport]], Awaitable[None]]
"""Connects a transport. Raises OSError, ssl.SSLError or NoHttp2."""


class ConnectionPool:
    """Serves bursts over a limited number of connections. Opens none before there is a request."""

    def __init__(
        self,
        connect: Connect,
        new_connection: Callable[[], Connection[RequestTag]],
        *,
        name: str,
        max_connections: int,
        timeouts: Timeouts,
        on_no_http2: Callable[[list[Burst]], None] | None = None,
    ) -> None:
        """`name` is the server's, for the log.

        `on_no_http2` takes the waiting bursts when the server does not speak HTTP/2.
        Without it they fail.
        """
        self._name = name
        self._connect = connect
        self._new_connection = new_connection
        self._max_connections = max_connections
        self._timeouts = timeouts
        self._on_no_http2 = on_no_http2
        self._high_priority: deque[Burst] = deque()
        self._ordinary: deque[Burst] = deque()
        self._transports: list[Transport] = []
        self._connecting: asyncio.Task[None] | None = None
        self._backoff = Backoff()
        self._progress_at = 0.0
        self._log_again_at = 0.0
        self._last_goaway = ""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, burst: Burst) -> None:
        """Send the requests of this burst."""
        burst.on_exit = self._cancel
        self._enqueue(burst)
        self._send_on_all()

    def reconnect(self) -> None:
        """Open new connections for new requests;
        the old ones close when their requests have ended."""
        for transport in list(self._transports):
            transport.retire()

    async def close(self) -> None:
        """Close every connection. Requests in flight and waiting ones fail."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        self._fail_waiting("closed by us")
        transports = list(self._transports)
        for transport in transports:
            transport.close()
        await asyncio.gather(*(transport.wait_closed() for transport in transports))
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def handle_events(self, transport: Transport, events: Events[RequestTag]) -> None:
        """Report results to their bursts; send what there is room for now."""
        changed: list[Burst] = []
        previous = None
        for burst, index in events.succeeded:
            burst.succeeded.append(index)
            if burst is not previous:
                previous = burst
                changed.append(burst)
        for (burst, index), response in events.responses:
            burst.add_result(index, response)
            changed.append(burst)
        for (burst, index), cause in events.unanswered:
            burst.add_result(index, NoResponse(cause))
            changed.append(burst)
        refusal = f"the server refuses to process it{_goaway_text(transport)}" if events.refused else ""
        for burst, index in events.refused:
            burst.requeue(index, refusal)
            changed.append(burst)
            self._enqueue(burst)
        for burst in changed:
            burst.notify()
        self._record_health(transport, events)
        if events.refused:
            self._send_on_all()
        else:
            self.send_waiting(transport)

    def send_waiting(self, transport: Transport) -> None:
        """Send on this transport as much as it accepts."""
        connection = transport.connection
        while (waiting := self._waiting) and (room := transport.available_streams) > 0:
            burst = waiting[0]
            if not burst.unsent:
                waiting.popleft().queued = False
                continue
            indexes = burst.peek(min(room, _MAX_REQUESTS_PER_WRITE))
            burst.mark_sent(
                connection.open_streams(
                    burst.template, burst.items_at(indexes), zip(repeat(burst), indexes, strict=False)
                )
            )
            self._progress_at = asyncio.get_running_loop().time()
            transport.start_deadline(self._progress_at)
            waiting.rotate(-1)  # round robin
            transport.flush()

    def transport_lost(self, transport: Transport, events: Events[RequestTag]) -> None:
        """A transport is closed: report its results; waiting requests take another one."""
        if transport in self._transports:
            self._transports.remove(transport)
        self.handle_events(transport, events)
        self._send_on_all()

    def _record_health(self, transport: Transport, events: Events[RequestTag]) -> None:
        """Adjust the backoffs to what a transport reported.
        Only responses prove that a server works."""
        now = asyncio.get_running_loop().time()
        if events.succeeded or events.responses:
            transport.refusal_backoff.record_success()
            if not transport.answered:
                transport.answered, self._last_goaway = True, ""
                self._backoff.record_success()
        elif events.refused and not transport.connection.in_flight:
            transport.refusal_backoff.record_failure(now, now)
        if transport.failed and not transport.failure_recorded:
            transport.failure_recorded = True
            self._backoff.record_failure(now, transport.began_at)
        goaway = transport.connection.goaway
        if goaway is not None and goaway is not transport.reported_goaway:
            transport.reported_goaway = goaway
            self._last_goaway = _goaway_text(transport)
            if goaway.code != ErrorCode.NO_ERROR and now >= self._log_again_at:
                self._log_again_at = now + _LOG_EVERY
                _log.warning(
                    "server ends a connection", action="goaway", server=self._name, reason=str(goaway)
                )

    @property
    def _waiting(self) -> deque[Burst]:
        """The queue whose turn it is: that of high priority first."""
        return self._high_priority or self._ordinary

    def _queue_of(self, burst: Burst) -> deque[Burst]:
        return self._high_priority if burst.template.high_priority else self._ordinary

    def _enqueue(self, burst: Burst) -> None:
        if not burst.queued and burst.unsent:
            if not self._waiting:
                self._progress_at = asyncio.get_running_loop().time()
            burst.queued = True
            self._queue_of(burst).append(burst)

    def _cancel(self, burst: Burst) -> None:
        for transport in list(self._transports):
            streams = transport.connection.streams_where(lambda tag: tag[0] is burst)
            if streams:
                self.handle_events(transport, transport.connection.reset(streams, "given up by us"))
                transport.flush()
        if burst.queued:
            self._queue_of(burst).remove(burst)
            burst.queued = False

    def _send_on_all(self) -> None:
        """Send on all transports as much as they accept;
        open another one if requests still wait."""
        for transport in sorted(self._transports, key=lambda each: each.available_streams, reverse=True):
            self.send_waiting(transport)
        loop = asyncio.get_running_loop()
        may_connect = self._connecting is None and loop.time() >= self._backoff.paused_until
        if self._waiting and self._has_room() and may_connect:
            self._connecting = loop.create_task(self._open_transport())
        if self._timer is None and (self._waiting or self._transports):
            busy = self._waiting or self._any_in_flight()
            pause = _CHECK_EVERY_BUSY if busy else _CHECK_EVERY_IDLE
            self._timer = loop.call_later(pause, self._check)

    def _has_room(self) -> bool:
        """Whether another connection may be opened.
        Draining connections have a limit of their own."""
        active = sum(not transport.draining for transport in self._transports)
        max_draining = self._max_connections + _MAX_EXTRA_DRAINING
        return active < self._max_connections and len(self._transports) - active < max_draining

    def _any_in_flight(self) -> bool:
        return any(transport.connection.in_flight for transport in self._transports)

    async def _open_transport(self) -> None:
        transport = Transport(self._new_connection(), self, self._timeouts)
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await self._connect(lambda: transport)
                await transport.wait_ready()
        except NoHttp2:
            self._hand_over()
        except TimeoutError:
            self._connect_failed(transport, f"no connection within {self._timeouts.connect:g} s")
        except asyncio.CancelledError:
            transport.abort("closed by us")
            raise
        except Exception as error:  # noqa: BLE001  # no error may leave the waiting requests without a result
            self._connect_failed(transport, failure_text(error))
        else:
            if not transport.draining:  # a server may send GOAWAY right after its SETTINGS
                self._transports.append(transport)
        finally:
            self._connecting = None
        self._send_on_all()

    def _connect_failed(self, transport: Transport, cause: str) -> None:
        transport.abort(cause)
        if not self._transports:
            self._fail_waiting(cause)

    def _hand_over(self) -> None:
        """The server does not speak HTTP/2: pass the waiting bursts on, or fail them."""
        if self._on_no_http2 is None:
            now = asyncio.get_running_loop().time()
            self._backoff.record_failure(now, now)
            self._fail_waiting("the server does not offer HTTP/2 (ALPN)")
            return
        self._on_no_http2([burst for burst in self._take_waiting() if burst.unsent])

    def _fail_waiting(self, cause: str) -> None:
        for burst in self._take_waiting():
            burst.fail_unsent(cause)

    def _take_waiting(self) -> list[Burst]:
        bursts = [*self._high_priority, *self._ordinary]
        self._high_priority.clear()
        self._ordinary.clear()
        for burst in bursts:
            burst.queued = False
        return bursts

    def _check(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for transport in list(self._transports):
            transport.check_timeouts(now)
        stalled = not self._any_in_flight() and not self._connecting
        if self._waiting and stalled and now - self._progress_at > self._timeouts.response:
            self._fail_waiting(f"the server lets no request begin{self._last_goaway}")
        self._send_on_all()


def _goaway_text(transport: Transport) -> str:
    """The server's last GOAWAY in parentheses, as the end of a sentence; "" without one."""
    goaway = transport.connection.goaway
    return f" ({goaway})" if goaway else ""
