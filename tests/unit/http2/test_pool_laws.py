"""Laws of a pool, whatever a server does: in virtual time (hypothesis)."""

import asyncio
from collections.abc import Callable
from itertools import chain, repeat

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.http2.peer import BODIES, FULL, PATHS, goaway_frame, headers_frame, response_frames
from tests.support.http2.virtual_pool import (
    FakeServer,
    FakeSocket,
    OnConnect,
    OnRequest,
    never_responds,
    now,
    run,
    send_requests,
    sends,
)

from pushgate.http2 import frames
from pushgate.http2.backoff import MAX_PAUSE
from pushgate.http2.frames import ErrorCode
from pushgate.http2.timeouts import Timeouts
from pushgate.http2.work_budget import MAX_WORK_PER_TURN

ALL_STREAMS = 2**31 - 1
Reply = Callable[[int], bytes]


def _and_close(reply: Reply) -> OnRequest:
    def act(socket: FakeSocket, sid: int) -> None:
        socket.send(reply(sid))
        asyncio.get_running_loop().call_soon(socket.close)

    return act


def _send(reply: Reply) -> OnRequest:
    return lambda socket, sid: socket.send(reply(sid))


REPLIES: list[Reply] = [
    response_frames,
    lambda sid: response_frames(sid, 404, b"{}", server="s"),
    lambda sid: headers_frame(sid, (":status", "103"), last=False) + response_frames(sid, 200, b"{}"),
    lambda sid: headers_frame(sid, (":status", "500"), last=False),
    lambda sid: headers_frame(sid, (":status", "099")),
    lambda sid: frames.frame(frames.HEADERS, frames.END_HEADERS, sid, b"\x88"),
    lambda sid: frames.rst_stream(sid, ErrorCode.REFUSED_STREAM),
    lambda sid: frames.rst_stream(sid, ErrorCode.INTERNAL_ERROR),
    lambda sid: goaway_frame(0),
    lambda sid: goaway_frame(sid) + response_frames(sid),
    lambda sid: goaway_frame(ALL_STREAMS, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_requests"),
    lambda sid: frames.settings({frames.MAX_CONCURRENT_STREAMS: sid % 7 + 1}) + response_frames(sid),
    lambda sid: frames.frame(frames.PING, 0, 0, bytes(8)) * (MAX_WORK_PER_TURN + 1) + response_frames(sid),
    lambda sid: b"\0\0\0\x09\x04\0\0\0\x01",
    lambda sid: b"",
]
ACTIONS: list[OnRequest] = [*map(_send, REPLIES), *map(_and_close, REPLIES)]
HELLOS: list[OnConnect] = [
    sends(frames.settings({})),
    sends(frames.settings({frames.MAX_CONCURRENT_STREAMS: 1})),
    sends(frames.settings({frames.INITIAL_WINDOW_SIZE: 1})),
    sends(frames.settings({}) + goaway_frame(0)),
    sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    lambda socket: socket.close(),
    lambda _socket: None,
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(HELLOS), max_size=8),
    st.lists(st.sampled_from(ACTIONS), max_size=30),
    st.integers(1, 3),
    st.booleans(),
)
def test_each_request_has_one_result_and_a_recovered_server_is_used_within_seconds(
    hellos: list[OnConnect], actions: list[OnRequest], connections: int, refresh: bool
) -> None:
    begin, act = chain(hellos, repeat(HELLOS[0])), chain(actions, repeat(never_responds))

    async def main() -> None:
        def connect_script(socket: FakeSocket) -> None:
            next(begin)(socket)

        def request_script(socket: FakeSocket, sid: int) -> None:
            next(act)(socket, sid)

        server = FakeServer(connect_script, request_script)
        pool = server.pool(connections)
        sending = [send_requests(pool, template, 8) for template in (PATHS, BODIES, FULL)]
        await asyncio.sleep(1)
        if refresh:
            pool.reconnect()
        async with asyncio.timeout(24 * Timeouts().response + 60):
            await asyncio.gather(*sending)
        assert server.open <= 2 * connections + 16
        server.on_connect, server.on_request = (
            HELLOS[0],
            lambda socket, sid: socket.send(response_frames(sid)),
        )
        for socket in server.sockets:
            socket.close()
        began = now()
        await asyncio.sleep(0.01)
        assert await send_requests(pool, PATHS, 8) == ["200"] * 8
        assert now() - began <= MAX_PAUSE + 0.2, "the longest pause, and a look at the clock"
        await pool.close()
        assert server.open == 0

    run(main())
