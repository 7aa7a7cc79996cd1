"""Connections to one server: opened as needed, shared by all bursts, left when they end."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import repeat

from pushgate.http2.backoff import Backoff
from pushgate.http2.burst import Burst
from pushgate.http2.connect import NoHttp2, reason_of
from pushgate.http2.connection import Connection
from pushgate.http2.events import Events
from pushgate.http2.frames import ErrorCode
from pushgate.http2.results import NoResponse
from pushgate.http2.timeouts import Timeouts
from pushgate.http2.transport import Tag, Transport
from pushgate.runtime import logs

_MOST_LEAVING = 16
"""Connections that only wait for their last answers, beside `max_connections` of them: after
`reconnect` all of those wait so."""
_LOG_EVERY = 60.0  # s
_AT_ONCE = 128  # requests that are written in one piece
_CHECK_BUSY, _CHECK_IDLE = 0.1, 1.0  # s

_log = logs.get("http2")

Connect = Callable[[Callable[[], Transport]], Awaitable[None]]
"""Connects a wire. Raises OSError, ssl.SSLError or NoHttp2."""


class ConnectionPool:
    """Serves bursts over at most so many connections. Opens none before there is something to send."""

    def __init__(
        self,
        connect: Connect,
        connection: Callable[[], Connection[Tag]],
        *,
        name: str,
        max_connections: int,
        timeouts: Timeouts,
        on_no_http2: Callable[[list[Burst]], None] | None = None,
    ) -> None:
        """`name` is the server's, for the log. `on_no_http2` takes over what waits when the server does not speak HTTP/2;
        without it, that waits in vain and is told so.
        """
        self._name = name
        self._connect = connect
        self._connection = connection
        self._max_connections = max_connections
        self._timeouts = timeouts
        self._on_no_http2 = on_no_http2
        self._urgent: deque[Burst] = deque()
        self._others: deque[Burst] = deque()
        self._wires: list[Transport] = []
        self._dialing: asyncio.Task[None] | None = None
        self._backoff = Backoff()
        self._moved_at = 0.0
        self._log_again_at = 0.0
        self._trouble = ""
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, burst: Burst) -> None:
        """Send this."""
        burst.abandon = self._abandon
        self._queue(burst)
        self._spread()

    def reconnect(self) -> None:
        """New requests take new connections; those in flight end on the old ones."""
        for wire in list(self._wires):
            wire.retire()

    async def close(self) -> None:
        """Close every connection. What is in flight or waits comes to its end."""
        if self._dialing:
            self._dialing.cancel()
            await asyncio.gather(self._dialing, return_exceptions=True)
        self._fail_waiting("closed by us")
        wires = list(self._wires)
        for wire in wires:
            wire.close()
        await asyncio.gather(*(wire.wait_closed() for wire in wires))
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def settle(self, wire: Transport, events: Events[Tag]) -> None:
        """Tell bursts what has come to its end; send what there is room for now."""
        touched: list[Burst] = []
        last = None
        for burst, index in events.taken:
            burst.landed.append(index)
            if burst is not last:
                last = burst
                touched.append(burst)
        for (burst, index), answer in events.answers:
            burst.end(index, answer)
            touched.append(burst)
        for (burst, index), cause in events.unanswered:
            burst.end(index, NoResponse(cause))
            touched.append(burst)
        refusal = f"the server refuses to process it{_after(wire)}" if events.refused else ""
        for burst, index in events.refused:
            burst.refused(index, refusal)
            touched.append(burst)
            self._queue(burst)
        for burst in touched:
            burst.wake()
        self._learn(wire, events)
        if events.refused:
            self._spread()
        else:
            self.fill(wire)

    def fill(self, wire: Transport) -> None:
        """Send on this wire what it takes."""
        connection = wire.connection
        while (waiting := self._waiting) and (free := wire.free) > 0:
            burst = waiting[0]
            if not burst.unsent:
                waiting.popleft().queued = False
                continue
            indexes = burst.peek(min(free, _AT_ONCE))
            burst.begun(
                connection.open(
                    burst.template, burst.pick(indexes), zip(repeat(burst), indexes, strict=False)
                )
            )
            self._moved_at = asyncio.get_running_loop().time()
            wire.begun(self._moved_at)
            waiting.rotate(-1)  # every burst in its turn
            wire.flush()

    def lost(self, wire: Transport, events: Events[Tag]) -> None:
        """A wire is gone: what it had in flight has come to its end, what waits takes another one."""
        if wire in self._wires:
            self._wires.remove(wire)
        self.settle(wire, events)
        self._spread()

    def _learn(self, wire: Transport, events: Events[Tag]) -> None:
        """From what a wire brought: whether its server is to be asked more seldom. Only answers speak for it."""
        now = asyncio.get_running_loop().time()
        if events.taken or events.answers:
            wire.refusals.succeed()
            if not wire.answered:
                wire.answered, self._trouble = True, ""
                self._backoff.succeed()
        elif events.refused and not wire.connection.in_flight:
            wire.refusals.fail(now, now)
        if wire.failed and not wire.counted:
            wire.counted = True
            self._backoff.fail(now, wire.began_at)
        goaway = wire.connection.goaway
        if goaway is not None and goaway is not wire.goaway:
            wire.goaway = goaway
            self._trouble = _after(wire)
            if goaway.code != ErrorCode.NO_ERROR and now >= self._log_again_at:
                self._log_again_at = now + _LOG_EVERY
                _log.warning("server ends a connection", action="goaway", server=self._name, told=str(goaway))

    @property
    def _waiting(self) -> deque[Burst]:
        """The line whose turn it is: the urgent first."""
        return self._urgent or self._others

    def _line(self, burst: Burst) -> deque[Burst]:
        return self._urgent if burst.template.urgent else self._others

    def _queue(self, burst: Burst) -> None:
        if not burst.queued and burst.unsent:
            if not self._waiting:
                self._moved_at = asyncio.get_running_loop().time()
            burst.queued = True
            self._line(burst).append(burst)

    def _abandon(self, burst: Burst) -> None:
        for wire in list(self._wires):
            streams = wire.connection.streams(lambda tag: tag[0] is burst)
            if streams:
                self.settle(wire, wire.connection.reset(streams, "given up by us"))
                wire.flush()
        if burst.queued:
            self._line(burst).remove(burst)
            burst.queued = False

    def _spread(self) -> None:
        """Send on all wires what they take; open another one if some is left."""
        for wire in sorted(self._wires, key=lambda wire: wire.free, reverse=True):
            self.fill(wire)
        # One that only waits for its last answers takes no other's place.
        staying = sum(not wire.leaving for wire in self._wires)
        most_leaving = self._max_connections + _MOST_LEAVING
        room = staying < self._max_connections and len(self._wires) - staying < most_leaving
        if self._waiting and self._dialing is None and room:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._backoff.until:
                self._dialing = loop.create_task(self._open_wire())
        if self._timer is None and (self._waiting or self._wires):
            busy = self._waiting or any(wire.connection.in_flight for wire in self._wires)
            pause = _CHECK_BUSY if busy else _CHECK_IDLE
            self._timer = asyncio.get_running_loop().call_later(pause, self._check)

    async def _open_wire(self) -> None:
        wire = Transport(self._connection(), self, self._timeouts)
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await self._connect(lambda: wire)
                await wire.ready()
        except NoHttp2:
            self._hand_over()
        except TimeoutError:
            self._unreachable(wire, f"no connection within {self._timeouts.connect:g} s")
        except asyncio.CancelledError:
            wire.abort("closed by us")
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, what waits for this connection must hear of it
            self._unreachable(wire, reason_of(error))
        else:
            if not wire.leaving:  # else it said good-bye with its hello
                self._wires.append(wire)
        finally:
            self._dialing = None
        self._spread()

    def _unreachable(self, wire: Transport, cause: str) -> None:
        wire.abort(cause)
        if not self._wires:
            self._fail_waiting(cause)

    def _hand_over(self) -> None:
        if self._on_no_http2 is None:
            now = asyncio.get_running_loop().time()
            self._backoff.fail(now, now)
            self._fail_waiting("the server does not offer HTTP/2 (ALPN)")
            return
        bursts = []
        while waiting := self._waiting:
            burst = waiting.popleft()
            burst.queued = False
            if burst.unsent:
                bursts.append(burst)
        self._on_no_http2(bursts)

    def _fail_waiting(self, cause: str) -> None:
        while waiting := self._waiting:
            burst = waiting.popleft()
            burst.queued = False
            burst.fail(cause)

    def _check(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for wire in list(self._wires):
            wire.check(now)
        busy = any(wire.connection.in_flight for wire in self._wires)
        if (
            self._waiting
            and not busy
            and not self._dialing
            and now - self._moved_at > self._timeouts.response
        ):
            self._fail_waiting(f"the server lets no request begin{self._trouble}")
        self._spread()


def _after(wire: Transport) -> str:
    """What the server said last, as the end of a sentence; empty when it said nothing."""
    goaway = wire.connection.goaway
    return f" ({goaway})" if goaway else ""
