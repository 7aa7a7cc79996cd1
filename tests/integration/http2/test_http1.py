"""HTTP/1.1 against servers that attack: the same bounds as over HTTP/2."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import pytest
from tests.support.http2.hostile import Hostile, Line, hostile, memory_below
from tests.support.http2.results import POSTS, Run, counted, ends

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.results import MAX_RESPONSE, NoResponse, NotSent, Response
from pushgate.http2.timeouts import Timeouts

WHOLE = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True, full_response=True)


def client(address: str, connections: int = 1) -> Client:
    """A client of a server without TLS, which speaks HTTP/1.1."""
    return Client(address, max_connections=connections, timeouts=Timeouts(), allow_http1=True)


def answering(*pieces: bytes, heads: list[bytes] | None = None) -> Callable[[Line], Awaitable[None]]:
    """A script that answers every request of a connection with these bytes, and keeps requests' heads."""

    async def script(line: Line) -> None:
        while True:
            head = await line.reader.readuntil(b"\r\n\r\n")
            if heads is not None:
                heads.append(head)
            await line.reader.readexactly(len(b"hello"))
            for piece in pieces:
                await line.send(piece)

    return script


async def one(server: Hostile) -> Response | NoResponse | NotSent:
    """The end of one request."""
    sender = client(server.address)
    (end,) = (await ends(sender, WHOLE, [b"x"])).values()
    await sender.close()
    return end


def test_a_compressed_answer_is_not_asked_for_and_never_swells(run: Run[None]) -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    heads: list[bytes] = []
    answer = b"HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)

    async def main() -> None:
        async with hostile(answering(answer, bomb, heads=heads)) as server:
            with memory_below(16 * 2**20):
                end = await one(server)
            assert isinstance(end, Response)
            assert len(end.body) <= MAX_RESPONSE
            assert b"accept-encoding: identity\r\n" in heads[0].lower()

    run(main())


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"x"])
def test_an_answer_without_end_is_read_up_to_a_bound(run: Run[None], piece: bytes) -> None:
    """Small pieces count for more than their bytes."""
    chunk = b"%x\r\n%s\r\n" % (len(piece), piece)

    async def script(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        await line.send(b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await line.send(chunk * max(1, 65_536 // len(chunk)))

    async def main() -> None:
        async with hostile(script) as server:
            with memory_below(16 * 2**20):
                end = await one(server)
            assert isinstance(end, Response)
            assert 0 < len(end.body) <= MAX_RESPONSE
            assert len(end.body) == (MAX_RESPONSE if len(piece) > 128 else MAX_RESPONSE // 256)

    run(main())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 No\r\n"
        + b"".join(b"x%d: 1\r\n" % n for n in range(200))
        + b"content-length: 0\r\n\r\n",
        b"HTTP/1.1 500 No\r\nx: " + b"v" * 20_000 + b"\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 099 No\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 500 No\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 500 No\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nfives",
        b"HTTP/1.1 500 No\r\ncontent-length: -5\r\n\r\n",
        b"HTTP/1.1 500 No\r\nx: " + b"v" * 200_000,
        b"HTTP/2 500\r\n\r\n",
    ],
)
def test_a_malformed_answer_is_none(run: Run[None], answer: bytes) -> None:
    async def main() -> None:
        async with hostile(answering(answer)) as server:
            assert isinstance(await one(server), NoResponse)

    run(main())


def test_an_answer_shorter_than_its_content_length_is_none(run: Run[None]) -> None:
    async def script(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        await line.send(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort")

    async def main() -> None:
        async with hostile(script) as server:
            assert isinstance(await one(server), NoResponse)

    run(main())


def test_cookies_are_not_kept(run: Run[None]) -> None:
    heads: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nset-cookie: a=b; path=/\r\ncontent-length: 0\r\n\r\n"

    async def main() -> None:
        async with hostile(answering(answer, heads=heads)) as server:
            sender = client(server.address)
            assert counted(await ends(sender, POSTS, [b"x"] * 3)) == {"200": 3}
            await sender.close()
        assert len(heads) == 3
        assert not any(b"cookie" in head.lower() for head in heads)

    run(main())


async def _close_at_once(line: Line) -> None:
    line.writer.transport.abort()


async def _close_for_a_request(line: Line) -> None:
    await line.reader.readuntil(b"\r\n\r\n")


async def _nonsense(line: Line) -> None:
    await line.reader.readuntil(b"\r\n\r\n")
    await line.send(b"nonsense\r\n\r\n")


@pytest.mark.parametrize("script", [_close_at_once, _close_for_a_request, _nonsense])
def test_a_server_that_answers_nothing_is_connected_to_more_and_more_seldom(
    run: Run[None], script: Callable[[Line], Awaitable[None]]
) -> None:
    """The rest of a burst is given up after the third failure; those in flight together count as one."""

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server.address, connections=4)
            found = counted(await ends(sender, POSTS, [b"x"] * 300))
            assert found["NotSent"] >= 300 - 4 * 4
            assert len(server.lines) <= 4 * 4
            await sender.close()

    run(main())


def test_a_server_that_cannot_be_reached_is_tried_once_for_a_burst(run: Run[None]) -> None:
    async def main() -> None:
        async with hostile(_close_at_once) as server:
            gone = server.address
        sender = client(gone)
        assert counted(await ends(sender, POSTS, [b"x"] * 300)) == {"NotSent": 300}
        assert sender._http1 is not None  # attempts at a port without a listener are not seen
        assert sender._http1._backoff.failures == 1
        await sender.close()

    run(main())


def test_a_single_failure_gives_up_nothing_else(run: Run[None]) -> None:
    """As when a server closes a connection at the moment that it is used again."""

    async def script(line: Line) -> None:
        if line.number == 1:
            return
        await line.reader.readuntil(b"\r\n\r\n")
        await line.reader.readexactly(len(b"hello"))
        await line.send(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server.address)
            assert counted(await ends(sender, POSTS, [b"x"] * 10)) == {"200": 9, "NoResponse": 1}
            await sender.close()

    run(main())


def test_what_waits_for_the_pause_was_not_sent_when_the_client_closes(run: Run[None]) -> None:
    async def main() -> None:
        async with hostile(_close_for_a_request) as server:
            sender = client(server.address)
            for _ in range(3):
                await ends(sender, POSTS, [b"x"])
            waiting = asyncio.create_task(ends(sender, POSTS, [b"x"] * 5))
            await asyncio.sleep(0)
            await sender.close()
            assert counted(await waiting) == {"NotSent": 5}

    run(main())
