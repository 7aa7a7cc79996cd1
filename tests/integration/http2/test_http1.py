"""HTTP/1.1 against hostile servers: the same limits as over HTTP/2."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import pytest
from tests.support.http2.raw_server import RawConnection, RawServer, require_memory_below, serve_raw
from tests.support.http2.results import POSTS, Run, count_results, results_of

from pushgate.http2.burst_template import BurstTemplate, RequestItem
from pushgate.http2.client import Client
from pushgate.http2.results import MAX_RESPONSE, NoResponse, NotSent, Response
from pushgate.http2.timeouts import Timeouts

FULL = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True, full_response=True)


def client_of(address: str, connections: int = 1) -> Client:
    """A client of a server without TLS, which speaks HTTP/1.1."""
    return Client(address, max_connections=connections, timeouts=Timeouts(), allow_http1=True)


def always_respond(
    *pieces: bytes, heads: list[bytes] | None = None
) -> Callable[[RawConnection], Awaitable[None]]:
    """A script that answers every request with these bytes and records the requests' heads."""

    async def script(connection: RawConnection) -> None:
        while True:
            head = await connection.reader.readuntil(b"\r\n\r\n")
            if heads is not None:
                heads.append(head)
            await connection.reader.readexactly(len(b"hello"))
            for piece in pieces:
                await connection.send(piece)

    return script


async def post_one(server: RawServer) -> Response | NoResponse | NotSent:
    """The result of one request."""
    sender = client_of(server.address)
    (result,) = (await results_of(sender, FULL, [b"x"])).values()
    await sender.close()
    return result


def test_compressed_responses_are_not_requested_nor_expanded(run: Run[None]) -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    heads: list[bytes] = []
    answer = b"HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)

    async def main() -> None:
        async with serve_raw(always_respond(answer, bomb, heads=heads)) as server:
            with require_memory_below(16 * 2**20):
                result = await post_one(server)
            assert isinstance(result, Response)
            assert len(result.body) <= MAX_RESPONSE
            assert b"accept-encoding: identity\r\n" in heads[0].lower()

    run(main())


def test_items_bring_their_own_path_header_fields_and_body(run: Run[None]) -> None:
    heads: list[bytes] = []
    template = BurstTemplate(
        path=b"/p/", headers=((b"x-all", b"a"),), body_prefix=b"h", body_suffix=b"o", request_items=True
    )
    items = [RequestItem(b"1", b"ell", ((b"x-own", b"1"),)), RequestItem(b"2", b"ipp")]
    answer = always_respond(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", heads=heads)

    async def main() -> None:
        async with serve_raw(answer) as server:
            sender = client_of(server.address)
            found = await results_of(sender, template, items)
            assert count_results(found) == {"200": 2}
            await sender.close()

    run(main())
    first, second = (head.lower() for head in heads)
    assert first.startswith(b"post /p/1 ")
    assert b"x-all: a\r\n" in first
    assert b"x-own: 1\r\n" in first
    assert second.startswith(b"post /p/2 ")
    assert b"x-own" not in second


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"x"])
def test_an_endless_response_is_read_up_to_a_limit(run: Run[None], piece: bytes) -> None:
    """Small chunks count for more than their bytes."""
    chunk = b"%x\r\n%s\r\n" % (len(piece), piece)

    async def script(connection: RawConnection) -> None:
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await connection.send(chunk * max(1, 65_536 // len(chunk)))

    async def main() -> None:
        async with serve_raw(script) as server:
            with require_memory_below(16 * 2**20):
                result = await post_one(server)
            assert isinstance(result, Response)
            assert 0 < len(result.body) <= MAX_RESPONSE
            assert len(result.body) == (MAX_RESPONSE if len(piece) > 128 else MAX_RESPONSE // 256)

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
def test_a_malformed_response_is_no_response(run: Run[None], answer: bytes) -> None:
    async def main() -> None:
        async with serve_raw(always_respond(answer)) as server:
            assert isinstance(await post_one(server), NoResponse)

    run(main())


def test_a_body_shorter_than_its_content_length_is_no_response(run: Run[None]) -> None:
    async def script(connection: RawConnection) -> None:
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort")

    async def main() -> None:
        async with serve_raw(script) as server:
            assert isinstance(await post_one(server), NoResponse)

    run(main())


def test_cookies_are_not_kept(run: Run[None]) -> None:
    heads: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nset-cookie: a=b; path=/\r\ncontent-length: 0\r\n\r\n"

    async def main() -> None:
        async with serve_raw(always_respond(answer, heads=heads)) as server:
            sender = client_of(server.address)
            assert count_results(await results_of(sender, POSTS, [b"x"] * 3)) == {"200": 3}
            await sender.close()
        assert len(heads) == 3
        assert not any(b"cookie" in head.lower() for head in heads)

    run(main())


async def _close_at_once(connection: RawConnection) -> None:
    connection.writer.transport.abort()


async def _close_on_request(connection: RawConnection) -> None:
    await connection.reader.readuntil(b"\r\n\r\n")


async def _invalid_bytes(connection: RawConnection) -> None:
    await connection.reader.readuntil(b"\r\n\r\n")
    await connection.send(b"nonsense\r\n\r\n")


@pytest.mark.parametrize("script", [_close_at_once, _close_on_request, _invalid_bytes])
def test_connections_to_a_server_that_answers_nothing_back_off(
    run: Run[None], script: Callable[[RawConnection], Awaitable[None]]
) -> None:
    """The rest of a burst fails after the third failure.
    Failures in flight together count as one."""

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server.address, connections=4)
            found = count_results(await results_of(sender, POSTS, [b"x"] * 300))
            assert found["NotSent"] >= 300 - 4 * 4
            assert len(server.connections) <= 4 * 4
            await sender.close()

    run(main())


def test_a_server_that_cannot_be_reached_is_tried_once_for_a_burst(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_raw(_close_at_once) as server:
            gone = server.address
        sender = client_of(gone)
        assert count_results(await results_of(sender, POSTS, [b"x"] * 300)) == {"NotSent": 300}
        assert sender._http1 is not None  # attempts at a port without a listener are not seen
        assert sender._http1._backoff.failures == 1
        await sender.close()

    run(main())


def test_a_single_failure_does_not_fail_the_burst(run: Run[None]) -> None:
    """Happens when a server closes a connection at the moment of its reuse."""

    async def script(connection: RawConnection) -> None:
        if connection.number == 1:
            return
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.reader.readexactly(len(b"hello"))
        await connection.send(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server.address)
            assert count_results(await results_of(sender, POSTS, [b"x"] * 10)) == {"200": 9, "NoResponse": 1}
            await sender.close()

    run(main())


def test_requests_that_wait_for_the_pause_are_not_sent_on_close(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_raw(_close_on_request) as server:
            sender = client_of(server.address)
            for _ in range(3):
                await results_of(sender, POSTS, [b"x"])
            waiting = asyncio.create_task(results_of(sender, POSTS, [b"x"] * 5))
            await asyncio.sleep(0)
            await sender.close()
            assert count_results(await waiting) == {"NotSent": 5}

    run(main())
