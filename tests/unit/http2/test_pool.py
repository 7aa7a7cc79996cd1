"""How many connections a pool opens and when, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from tests.support.http2.peer import PATHS, goaway_frame, response_frames
from tests.support.http2.virtual_pool import (
    FakeServer,
    FakeSocket,
    never_responds,
    now,
    run,
    send_requests,
    sends,
)

from pushgate.http2 import frames
from pushgate.http2.connect import NoHttp2
from pushgate.http2.frames import ErrorCode

ALL_STREAMS = 2**31 - 1
MANY = frames.settings({frames.MAX_CONCURRENT_STREAMS: 1000})
TWO = frames.settings({frames.MAX_CONCURRENT_STREAMS: 2})
ONE = frames.settings({frames.MAX_CONCURRENT_STREAMS: 1})


def test_the_number_of_draining_connections_is_bounded() -> None:
    """Each connection answers its first request, sends GOAWAY, and never answers the second."""

    def answer_one(socket: FakeSocket, sid: int) -> None:
        if sid == 1:
            socket.send(response_frames(sid) + goaway_frame(ALL_STREAMS))

    async def main() -> None:
        server = FakeServer(sends(TWO), answer_one)
        pool = server.pool(response=10)
        sending = send_requests(pool, PATHS, 60)
        await asyncio.sleep(9)
        assert len(server.connected_at) == server.open == 1 + 16
        await asyncio.sleep(2)
        assert server.sockets[0].closed, "its last request has had its time"
        assert len(server.connected_at) > 1 + 16, "there is room again"
        assert await sending == ["200"] * 30 + ["NoResponse"] * 30
        await pool.close()
        assert server.open == 0

    run(main())


@pytest.mark.parametrize("connections", [1, 4, 20])
def test_after_a_reconnect_no_request_waits_for_old_connections(connections: int) -> None:
    async def main() -> None:
        server = FakeServer(sends(ONE))
        pool = server.pool(connections, response=10)
        stuck = send_requests(pool, PATHS, connections)
        await asyncio.sleep(1)
        assert server.open == connections
        pool.reconnect()
        later = send_requests(pool, PATHS, connections)
        await asyncio.sleep(1)
        assert server.open == 2 * connections
        assert now() < 3
        assert await stuck == await later == ["NoResponse"] * connections
        await pool.close()

    run(main())


# Back-off


def close(socket: FakeSocket, _sid: int = 0) -> None:
    """The server closes the connection."""
    socket.close()


def close_after_settings(socket: FakeSocket) -> None:
    """The server sends SETTINGS and closes the connection."""
    socket.send(MANY)
    asyncio.get_running_loop().call_soon(socket.close)


def goaway_after_settings(socket: FakeSocket) -> None:
    """The server sends SETTINGS and GOAWAY."""
    socket.send(MANY)
    socket.send(goaway_frame(0, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_connects"))


def send_goaway(last: int) -> Callable[[FakeSocket, int], None]:
    """A server that ends the connection when a request comes."""
    return lambda socket, _sid: socket.send(goaway_frame(last))


def refuse_and_close(socket: FakeSocket, sid: int) -> None:
    """The server refuses the stream and closes the connection."""
    socket.send(frames.rst_stream(sid, ErrorCode.REFUSED_STREAM))
    asyncio.get_running_loop().call_soon(socket.close)


def require_pauses(times: list[float], together: int) -> None:
    """After each group of attempts comes a pause: 0.1, 0.2, 0.4 s and so on up to 5 s."""
    pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 20]
    for number, at in enumerate(times[::together]):
        assert at >= sum(pauses[:number]) - 1e-6
    assert len(times) >= 10, "it is tried again"


@pytest.mark.parametrize(
    "server",
    [
        FakeServer(sends(MANY + goaway_frame(0))),
        FakeServer(goaway_after_settings),
        FakeServer(sends(MANY), send_goaway(0)),
        FakeServer(sends(MANY), send_goaway(ALL_STREAMS)),
        FakeServer(close),
        FakeServer(close_after_settings),
        FakeServer(sends(MANY), close),
        FakeServer(sends(MANY), refuse_and_close),
        FakeServer(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        FakeServer(lambda _socket: None),
    ],
)
@pytest.mark.parametrize("connections", [1, 4])
def test_connections_to_a_server_that_answers_nothing_back_off(server: FakeServer, connections: int) -> None:
    """However often requests are added."""

    async def main() -> None:
        pool = server.pool(connections, response=0.5, connect=0.5)
        server.connected_at.clear()
        while now() < 60 and len(server.connected_at) < 100:
            assert set(await send_requests(pool, PATHS, 1)) <= {"NoResponse", "NotSent"}
            await asyncio.sleep(0.001)
        require_pauses(server.connected_at, connections)
        await pool.close()

    run(main())


@pytest.mark.parametrize("error", [NoHttp2(), ConnectionRefusedError(), TimeoutError()])
def test_connection_attempts_that_fail_back_off(error: Exception) -> None:
    def refuse(_socket: FakeSocket) -> None:
        raise error

    async def main() -> None:
        server = FakeServer(refuse)
        pool = server.pool()
        while now() < 60 and len(server.connected_at) < 100:
            assert await send_requests(pool, PATHS, 1) == ["NotSent"]
        require_pauses(server.connected_at, 1)
        await pool.close()

    run(main())


def test_requests_to_a_server_that_refuses_all_streams_back_off() -> None:
    asked_at: list[float] = []

    def refuse(socket: FakeSocket, sid: int) -> None:
        asked_at.append(now())
        socket.send(frames.rst_stream(sid, ErrorCode.REFUSED_STREAM))

    async def main() -> None:
        server = FakeServer(sends(MANY), refuse)
        pool = server.pool(2)
        assert await send_requests(pool, PATHS, 1) == ["NotSent"]
        assert now() < 20
        assert 8 <= len(asked_at) <= 20
        assert len(server.sockets) <= 2
        await pool.close()

    run(main())


def test_a_server_that_closes_after_each_response_causes_no_backoff() -> None:
    def answer_one(socket: FakeSocket, sid: int) -> None:
        socket.send(response_frames(sid) + goaway_frame(sid))

    async def main() -> None:
        server = FakeServer(sends(MANY), close)
        pool = server.pool()
        for _ in range(5):
            await send_requests(pool, PATHS, 1)
        server.on_request = answer_one
        assert await send_requests(pool, PATHS, 1) == ["200"], "after a pause"
        began = now()
        for _ in range(30):
            assert await send_requests(pool, PATHS, 1) == ["200"]
        assert now() == began
        assert len(server.sockets) == 36
        server.on_request = close
        assert await send_requests(pool, PATHS, 1) == ["NoResponse"]
        server.on_request = answer_one
        assert await send_requests(pool, PATHS, 1) == ["200"]
        assert now() - began < 0.3, "the pauses begin anew"
        await pool.close()

    run(main())


FieldError = Callable[[FakeServer], Coroutine[None, None, None]]


async def fail_together(server: FakeServer) -> None:
    """All connections end together with requests in flight."""
    for socket in server.sockets:
        socket.close()


async def fail_one_by_one(server: FakeServer) -> None:
    """The connections end some milliseconds apart."""
    for socket in server.sockets:
        socket.close()
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("fault", [fail_together, fail_one_by_one])
def test_connections_that_fail_together_cause_one_short_pause(fault: FieldError) -> None:
    """A network that fails for a moment ends eight connections, none of which has answered yet."""

    async def main() -> None:
        server = FakeServer(sends(ONE), never_responds)
        pool = server.pool(8)
        lost = send_requests(pool, PATHS, 8)
        await asyncio.sleep(1)
        assert server.open == 8
        began = now()
        await fault(server)
        assert await lost == ["NoResponse"] * 8
        server.on_request = lambda socket, sid: socket.send(response_frames(sid))
        assert await send_requests(pool, PATHS, 1) == ["200"]
        assert now() - began < 0.4, "one pause of 0.1 s, not the eighth of its doublings"
        await pool.close()

    run(main())


def test_closed_idle_connections_cause_no_pause() -> None:
    """Each hour a second connection is opened, stays unused, and is closed by the server."""

    async def main() -> None:
        server = FakeServer(sends(ONE), lambda socket, sid: socket.send(response_frames(sid)))
        pool = server.pool(2, close_unused_after=100_000)
        for _ in range(10):
            assert await send_requests(pool, PATHS, 2) == ["200"] * 2
            await asyncio.sleep(3600)
            for socket in server.sockets[1:]:
                socket.send(goaway_frame(0))
            await asyncio.sleep(1)
        spare = len(server.sockets) - 1
        assert spare == 10, "each was asked nothing"
        server.sockets[0].close()
        await asyncio.sleep(0.001)
        began = now()
        assert await send_requests(pool, PATHS, 1) == ["200"]
        assert now() == began
        await pool.close()

    run(main())
