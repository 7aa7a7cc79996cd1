"""Laws of a pool, whatever a server does: in virtual time (hypothesis)."""

import asyncio
from collections.abc import Callable
from itertools import chain, repeat

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.http2.peer import BODIES, PATHS, WHOLE, goaway, response, section
from tests.support.http2.virtual import Line, OnHello, OnRequest, Server, keeps_waiting, now, run, says, send

from pushgate.http2 import frames
from pushgate.http2.backoff import MAX_PAUSE
from pushgate.http2.frames import ErrorCode
from pushgate.http2.timeouts import Timeouts
from pushgate.http2.work_budget import MAX_WORK_PER_TURN

MOST_STREAMS = 2**31 - 1
Said = Callable[[int], bytes]


def _and_close(say: Said) -> OnRequest:
    def act(line: Line, sid: int) -> None:
        line.send(say(sid))
        asyncio.get_running_loop().call_soon(line.close)

    return act


def _say(say: Said) -> OnRequest:
    return lambda line, sid: line.send(say(sid))


SAID: list[Said] = [
    response,
    lambda sid: response(sid, 404, b"{}", server="s"),
    lambda sid: section(sid, (":status", "103"), last=False) + response(sid, 200, b"{}"),
    lambda sid: section(sid, (":status", "500"), last=False),
    lambda sid: section(sid, (":status", "099")),
    lambda sid: frames.frame(frames.HEADERS, frames.END_HEADERS, sid, b"\x88"),
    lambda sid: frames.rst_stream(sid, ErrorCode.REFUSED_STREAM),
    lambda sid: frames.rst_stream(sid, ErrorCode.INTERNAL_ERROR),
    lambda sid: goaway(0),
    lambda sid: goaway(sid) + response(sid),
    lambda sid: goaway(MOST_STREAMS, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_requests"),
    lambda sid: frames.settings({frames.MAX_CONCURRENT_STREAMS: sid % 7 + 1}) + response(sid),
    lambda sid: frames.frame(frames.PING, 0, 0, bytes(8)) * (MAX_WORK_PER_TURN + 1) + response(sid),
    lambda sid: b"\0\0\0\x09\x04\0\0\0\x01",
    lambda sid: b"",
]
ACTIONS: list[OnRequest] = [*map(_say, SAID), *map(_and_close, SAID)]
HELLOS: list[OnHello] = [
    says(frames.settings({})),
    says(frames.settings({frames.MAX_CONCURRENT_STREAMS: 1})),
    says(frames.settings({frames.INITIAL_WINDOW_SIZE: 1})),
    says(frames.settings({}) + goaway(0)),
    says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    lambda line: line.close(),
    lambda _line: None,
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(HELLOS), max_size=8),
    st.lists(st.sampled_from(ACTIONS), max_size=30),
    st.integers(1, 3),
    st.booleans(),
)
def test_each_request_has_one_end_and_a_server_that_recovers_is_served_in_seconds(
    hellos: list[OnHello], actions: list[OnRequest], connections: int, refresh: bool
) -> None:
    begin, act = chain(hellos, repeat(HELLOS[0])), chain(actions, repeat(keeps_waiting))

    async def main() -> None:
        def hello(line: Line) -> None:
            next(begin)(line)

        def request(line: Line, sid: int) -> None:
            next(act)(line, sid)

        server = Server(hello, request)
        pool = server.pool(connections)
        sending = [send(pool, template, 8) for template in (PATHS, BODIES, WHOLE)]
        await asyncio.sleep(1)
        if refresh:
            pool.reconnect()
        async with asyncio.timeout(24 * Timeouts().response + 60):
            await asyncio.gather(*sending)
        assert server.open <= 2 * connections + 16
        server.on_hello, server.on_request = HELLOS[0], lambda line, sid: line.send(response(sid))
        for line in server.lines:
            line.close()
        began = now()
        await asyncio.sleep(0.01)
        assert await send(pool, PATHS, 8) == ["200"] * 8
        assert now() - began <= MAX_PAUSE + 0.2, "the longest pause, and a look at the clock"
        await pool.close()
        assert server.open == 0

    run(main())
