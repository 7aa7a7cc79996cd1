"""Hostile servers: memory, connections and work stay bounded; each request has one result."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.http2.peer import goaway_frame, header_block, headers_frame
from tests.support.http2.raw_server import (
    MANY_STREAMS,
    RawConnection,
    RawServer,
    require_memory_below,
    serve_raw,
)
from tests.support.http2.results import POSTS, Run, count_results, results_of
from tests.support.http2.servers import Certificates

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.results import NoResponse, NotSent, Response
from pushgate.http2.timeouts import Timeouts

FULL = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True, full_response=True)
CHUNK = b"x" * 16_384
MONITORING = (Path(__file__).parents[3] / "docs" / "how-to" / "monitor.md").read_text("utf-8")


def client_of(server: RawServer, connections: int = 1, **more: float) -> Client:
    """A client of the server, over HTTP/2 without TLS."""
    return Client(server.address, max_connections=connections, timeouts=Timeouts(**more))


async def count_only(client_of: Client, template: BurstTemplate, count: int) -> Counter[str]:
    """Send `count` requests; count results by kind. Unlike `results_of` it keeps no response."""
    found: Counter[str] = Counter()
    async with client_of.send(template, [b"x"] * count) as burst:
        async for indexes, result in burst:
            found[str(result.status) if isinstance(result, Response) else type(result).__name__] += len(
                indexes
            )
    assert sum(found.values()) == count, "one end each"
    return found


# Memory


@pytest.mark.parametrize(("template", "count", "pieces"), [(FULL, 30, 55), (POSTS, 500, 3)])
@pytest.mark.parametrize("obeys", [True, False])
def test_endless_responses_hold_little_memory(
    run: Run[None], template: BurstTemplate, count: int, pieces: int, obeys: bool
) -> None:
    """Each response reaches its limit, 25 MB together, with and without respect for resets."""

    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        streams = await connection.read_requests(count)
        listening = asyncio.create_task(connection.read_until_closed())
        for sid in streams:
            await connection.send(headers_frame(sid, (":status", "500"), last=False))
        for _ in range(pieces):
            for sid in streams:
                if obeys and sid in connection.resets:
                    continue
                while connection.client_window < len(CHUNK):
                    await asyncio.wait({listening}, timeout=0.001)
                    if listening.done():
                        return
                connection.client_window -= len(CHUNK)
                await connection.send(frame(frames.DATA, 0, sid, CHUNK))
        listening.cancel()

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server, response=60)
            with require_memory_below(16 * 2**20):
                found = await count_only(sender, template, count)
            assert set(found) <= {"500", "NoResponse"}
            await sender.close()

    run(main())


def test_header_sections_of_endless_responses_hold_little_memory(run: Run[None]) -> None:
    """60 KB each, 18 MB together."""

    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        streams = await connection.read_requests(300)
        listening = asyncio.create_task(connection.read_until_closed())
        for sid in streams:
            data = header_block(
                (":status", "500"), ("of", str(sid)), *[(f"x{n}", "v" * 4000) for n in range(15)]
            )
            out = frame(frames.HEADERS, 0, sid, data[:16_384])
            for at in range(16_384, len(data), 16_384):
                out += frame(frames.CONTINUATION, 0, sid, data[at : at + 16_384])
            await connection.send(out + frame(frames.CONTINUATION, frames.END_HEADERS, sid))
        listening.cancel()

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server, response=60)
            with require_memory_below(12 * 2**20):
                assert set(await count_only(sender, FULL, 300)) <= {"500", "NoResponse"}
            await sender.close()

    run(main())


@pytest.mark.parametrize(
    "piece",
    [
        frame(frames.PING, 0, 0, bytes(8)) * 1000,
        frames.settings({}) * 1000,
        frame(frames.DATA, 0, 1) * 1000,
        frame(frames.PRIORITY, 0, 99, bytes(5)) * 1000,
        headers_frame(1, (":status", "103"), last=False) * 1000,
        frame(frames.HEADERS, 0, 1, b"\x8d") + frame(frames.CONTINUATION, 0, 1, CHUNK) * 1000,
        frame(0x77, 0, 1, b"") * 1000,
    ],
)
def test_floods_end_the_connection_and_hold_little_memory(run: Run[None], piece: bytes) -> None:
    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        await connection.read_requests(1)
        listening = asyncio.create_task(connection.read_until_closed())
        await connection.send(
            headers_frame(1, (":status", "500"), last=False) if piece[3] == frames.DATA else b""
        )
        while connection.goaway is None:
            await connection.send(piece)
        listening.cancel()

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server, response=60)
            with require_memory_below(48 * 2**20):
                (result,) = (await results_of(sender, FULL, [b"x"])).values()
            assert isinstance(result, NoResponse)
            assert "protocol error by the server" in result.cause
            await sender.close()

    run(main())


# Reconnecting: how often is shown in virtual time, by tests/unit/http2/test_pool.py


async def _goaway_with_settings(connection: RawConnection) -> None:
    await connection.send_preface(MANY_STREAMS + goaway_frame(0))
    await connection.read_until_closed()


async def _goaway_after_settings(connection: RawConnection) -> None:
    await connection.send_preface()
    await connection.send(goaway_frame(0, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_connects"))
    await connection.read_until_closed()


async def _close_at_once(connection: RawConnection) -> None:
    connection.writer.transport.abort()


async def _close_on_request(connection: RawConnection) -> None:
    await connection.send_preface()
    await connection.read_requests(1)


@pytest.mark.parametrize(
    "script", [_goaway_with_settings, _goaway_after_settings, _close_at_once, _close_on_request]
)
def test_connections_to_a_server_that_answers_nothing_back_off(
    run: Run[None], script: Callable[[RawConnection], Awaitable[None]]
) -> None:
    """Connections open at 0, 0.1, 0.3, 0.7 s and so on, however often requests are added."""

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server, response=0.2)
            loop = asyncio.get_running_loop()
            began = loop.time()
            while loop.time() < began + 0.5:
                assert not set(await count_only(sender, POSTS, 1)) & {"200"}
            passed = loop.time() - began
            assert 2 <= len(server.connections) <= 3 + passed.__ceil__() * 2
            await sender.close()

    run(main())


# What a server says


def test_goaway_text_is_logged_and_part_of_the_causes(run: Run[None]) -> None:
    token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"

    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        streams = await connection.read_requests(2)
        words = f"too_many_pings\r\n {token}".encode()
        await connection.send(goaway_frame(streams[0], ErrorCode.ENHANCE_YOUR_CALM, words))

    async def main() -> None:
        async with serve_raw(script) as server:
            sender = client_of(server, response=2)
            with capture_logs() as logged:
                found = await results_of(sender, POSTS, [b"a", b"b"])
                await results_of(sender, POSTS, [b"a", b"b"])
            told = "GOAWAY ENHANCE_YOUR_CALM (too_many_pings [...])"
            assert found[0] == NoResponse(f"connection lost after {told}")
            assert isinstance(found[1], NotSent | NoResponse)
            assert [(entry["action"], entry["reason"], entry["log_level"]) for entry in logged] == [
                ("goaway", told, "warning")
            ], "once a minute at most"
            assert logged[0]["server"] == server.address.removeprefix("http://")
            (documented,) = re.findall(r"^\| `goaway` .*`(\w+)` has", MONITORING, re.MULTILINE)
            assert logged[0][documented] == told
            await sender.close()

    run(main())


def test_requests_that_never_begin_name_the_goaway(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_raw(_goaway_after_settings) as server:
            sender = client_of(server, response=0.3)
            (result,) = (await results_of(sender, POSTS, [b"x"])).values()
            assert isinstance(result, NotSent)
            assert result.cause.endswith("(GOAWAY ENHANCE_YOUR_CALM (too_many_connects))")
            await sender.close()

    run(main())


# Work


@pytest.mark.parametrize("secure", [False, True])
def test_costly_responses_do_not_block_the_event_loop(
    run: Run[None], certificates: Certificates, secure: bool
) -> None:
    """Counts the turns of another task while responses are read. Counting is robust under load."""
    answers = b"".join(
        headers_frame(sid, (":status", "500"), ("of", str(sid)), *[(f"x{n}", "1") for n in range(100)])
        for sid in range(1, 400, 2)
    )

    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        await connection.read_requests(200)
        await connection.send(answers)
        await connection.read_until_closed()

    async def main() -> None:
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async with serve_raw(script, certificates if secure else None) as server:
            sender = Client(
                server.address,
                ca=certificates.ca.read_text() if secure else None,
                max_connections=1,
                timeouts=Timeouts(response=60),
            )
            task, began, most, at = asyncio.create_task(count_turns()), 0, 0, 0
            async with sender.send(POSTS, [b"x"] * 200) as burst:
                async for _, result in burst:
                    assert isinstance(result, Response)
                    began, most, at = (began + 1, most, at) if turns == at else (1, max(most, began), turns)
            assert max(most, began) <= 2048 // 100 + 1, "answers in one turn"
            task.cancel()
            await sender.close()

    run(main())


@pytest.mark.parametrize("secure", [False, True])
def test_unread_responses_survive_the_servers_close(
    run: Run[None], certificates: Certificates, secure: bool
) -> None:
    answers = b"".join(
        headers_frame(sid, (":status", "500"), ("of", str(sid)), *[(f"x{n}", "1") for n in range(100)])
        for sid in range(1, 200, 2)
    )

    async def script(connection: RawConnection) -> None:
        await connection.send_preface()
        await connection.read_requests(100)
        await connection.send(answers)

    async def main() -> None:
        async with serve_raw(script, certificates if secure else None) as server:
            ca = certificates.ca.read_text() if secure else None
            sender = Client(server.address, ca=ca, max_connections=1, timeouts=Timeouts())
            assert count_results(await results_of(sender, POSTS, [b"x"] * 100)) == {"500": 100}
            await sender.close()

    run(main())
