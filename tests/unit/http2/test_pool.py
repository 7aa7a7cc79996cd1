"""How many connections a pool opens, and when: in virtual time, against scripted connections."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from tests.support.http2.peer import PATHS, goaway, response
from tests.support.http2.virtual import Line, Server, keeps_waiting, now, run, says, send

from pushgate.http2 import frames
from pushgate.http2.connect import NoHttp2
from pushgate.http2.frames import ErrorCode

ALL = 2**31 - 1
MANY = frames.settings({frames.MAX_CONCURRENT_STREAMS: 1000})
TWO = frames.settings({frames.MAX_CONCURRENT_STREAMS: 2})
ONE = frames.settings({frames.MAX_CONCURRENT_STREAMS: 1})


def test_connections_that_wait_for_their_last_answers_are_bounded() -> None:
    """Each answers its first request, says that it leaves, and keeps the second one waiting."""

    def answer_one(line: Line, sid: int) -> None:
        if sid == 1:
            line.send(response(sid) + goaway(ALL))

    async def main() -> None:
        server = Server(says(TWO), answer_one)
        pool = server.pool(response=10)
        sending = send(pool, PATHS, 60)
        await asyncio.sleep(9)
        assert len(server.dialled_at) == server.open == 1 + 16
        await asyncio.sleep(2)
        assert server.lines[0].closed, "its last request has had its time"
        assert len(server.dialled_at) > 1 + 16, "there is room again"
        assert await sending == ["200"] * 30 + ["NoResponse"] * 30
        await pool.close()
        assert server.open == 0

    run(main())


@pytest.mark.parametrize("connections", [1, 4, 20])
def test_after_a_refresh_no_request_waits_for_the_old_connections(connections: int) -> None:
    async def main() -> None:
        server = Server(says(ONE))
        pool = server.pool(connections, response=10)
        stuck = send(pool, PATHS, connections)
        await asyncio.sleep(1)
        assert server.open == connections
        pool.reconnect()
        later = send(pool, PATHS, connections)
        await asyncio.sleep(1)
        assert server.open == 2 * connections
        assert now() < 3
        assert await stuck == await later == ["NoResponse"] * connections
        await pool.close()

    run(main())


# Back-off


def close(line: Line, _sid: int = 0) -> None:
    """The server closes the connection."""
    line.close()


def close_after_the_hello(line: Line) -> None:
    """As it says."""
    line.send(MANY)
    asyncio.get_running_loop().call_soon(line.close)


def goodbye_after_the_hello(line: Line) -> None:
    """As it says."""
    line.send(MANY)
    line.send(goaway(0, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_connects"))


def say_goodbye(last: int) -> Callable[[Line, int], None]:
    """A server that ends the connection when a request comes."""
    return lambda line, _sid: line.send(goaway(last))


def refuse_and_close(line: Line, sid: int) -> None:
    """As it says."""
    line.send(frames.rst_stream(sid, ErrorCode.REFUSED_STREAM))
    asyncio.get_running_loop().call_soon(line.close)


def require_pauses(times: list[float], together: int) -> None:
    """Of attempts in a minute: 0.1, 0.2, 0.4 s and so on up to 5 s lie between so many and the next."""
    pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 20]
    for number, at in enumerate(times[::together]):
        assert at >= sum(pauses[:number]) - 1e-6
    assert len(times) >= 10, "it is tried again"


@pytest.mark.parametrize(
    "server",
    [
        Server(says(MANY + goaway(0))),
        Server(goodbye_after_the_hello),
        Server(says(MANY), say_goodbye(0)),
        Server(says(MANY), say_goodbye(ALL)),
        Server(close),
        Server(close_after_the_hello),
        Server(says(MANY), close),
        Server(says(MANY), refuse_and_close),
        Server(says(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        Server(lambda _line: None),
    ],
)
@pytest.mark.parametrize("connections", [1, 4])
def test_a_server_that_answers_nothing_is_connected_to_more_and_more_seldom(
    server: Server, connections: int
) -> None:
    """However often something is to be sent."""

    async def main() -> None:
        pool = server.pool(connections, response=0.5, connect=0.5)
        server.dialled_at.clear()
        while now() < 60 and len(server.dialled_at) < 100:
            assert set(await send(pool, PATHS, 1)) <= {"NoResponse", "NotSent"}
            await asyncio.sleep(0.001)
        require_pauses(server.dialled_at, connections)
        await pool.close()

    run(main())


@pytest.mark.parametrize("error", [NoHttp2(), ConnectionRefusedError(), TimeoutError()])
def test_a_server_that_cannot_be_connected_to_is_tried_more_and_more_seldom(error: Exception) -> None:
    def refuse(_line: Line) -> None:
        raise error

    async def main() -> None:
        server = Server(refuse)
        pool = server.pool()
        while now() < 60 and len(server.dialled_at) < 100:
            assert await send(pool, PATHS, 1) == ["NotSent"]
        require_pauses(server.dialled_at, 1)
        await pool.close()

    run(main())


def test_a_server_that_refuses_every_stream_is_asked_more_and_more_seldom() -> None:
    asked_at: list[float] = []

    def refuse(line: Line, sid: int) -> None:
        asked_at.append(now())
        line.send(frames.rst_stream(sid, ErrorCode.REFUSED_STREAM))

    async def main() -> None:
        server = Server(says(MANY), refuse)
        pool = server.pool(2)
        assert await send(pool, PATHS, 1) == ["NotSent"]
        assert now() < 20
        assert 8 <= len(asked_at) <= 20
        assert len(server.lines) <= 2
        await pool.close()

    run(main())


def test_a_server_that_answers_one_request_a_connection_is_not_slowed() -> None:
    def answer_one(line: Line, sid: int) -> None:
        line.send(response(sid) + goaway(sid))

    async def main() -> None:
        server = Server(says(MANY), close)
        pool = server.pool()
        for _ in range(5):
            await send(pool, PATHS, 1)
        server.on_request = answer_one
        assert await send(pool, PATHS, 1) == ["200"], "after a pause"
        began = now()
        for _ in range(30):
            assert await send(pool, PATHS, 1) == ["200"]
        assert now() == began
        assert len(server.lines) == 36
        server.on_request = close
        assert await send(pool, PATHS, 1) == ["NoResponse"]
        server.on_request = answer_one
        assert await send(pool, PATHS, 1) == ["200"]
        assert now() - began < 0.3, "the pauses begin anew"
        await pool.close()

    run(main())


FieldError = Callable[[Server], Coroutine[None, None, None]]


async def die_together(server: Server) -> None:
    """All connections end with what they had in flight."""
    for line in server.lines:
        line.close()


async def die_one_by_one(server: Server) -> None:
    """The same, some milliseconds apart."""
    for line in server.lines:
        line.close()
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("fault", [die_together, die_one_by_one])
def test_connections_that_fail_together_make_one_short_pause(fault: FieldError) -> None:
    """A network that fails for a moment ends eight connections, none of which has answered yet."""

    async def main() -> None:
        server = Server(says(ONE), keeps_waiting)
        pool = server.pool(8)
        lost = send(pool, PATHS, 8)
        await asyncio.sleep(1)
        assert server.open == 8
        began = now()
        await fault(server)
        assert await lost == ["NoResponse"] * 8
        server.on_request = lambda line, sid: line.send(response(sid))
        assert await send(pool, PATHS, 1) == ["200"]
        assert now() - began < 0.4, "one pause of 0.1 s, not the eighth of its doublings"
        await pool.close()

    run(main())


def test_idle_connections_that_a_server_closes_make_no_pause() -> None:
    """A second connection is opened for a moment of need, gets nothing to do, and is closed by the server: each hour."""

    async def main() -> None:
        server = Server(says(ONE), lambda line, sid: line.send(response(sid)))
        pool = server.pool(2, close_unused_after=100_000)
        for _ in range(10):
            assert await send(pool, PATHS, 2) == ["200"] * 2
            await asyncio.sleep(3600)
            for line in server.lines[1:]:
                line.send(goaway(0))
            await asyncio.sleep(1)
        spare = len(server.lines) - 1
        assert spare == 10, "each was asked nothing"
        server.lines[0].close()
        await asyncio.sleep(0.001)
        began = now()
        assert await send(pool, PATHS, 1) == ["200"]
        assert now() == began
        await pool.close()

    run(main())
