"""The client against servers that attack: memory, connections and work stay bounded, and each request has one end."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs
from tests.support.http2.hostile import MANY_STREAMS, Hostile, Line, hostile, memory_below
from tests.support.http2.peer import block, goaway, section
from tests.support.http2.results import POSTS, Run, counted, ends
from tests.support.http2.servers import Certificates

from pushgate.http2 import frames
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.frames import ErrorCode, frame
from pushgate.http2.results import NoResponse, NotSent, Response
from pushgate.http2.timeouts import Timeouts

WHOLE = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True, full_response=True)
PIECE = b"x" * 16_384


def client(server: Hostile, connections: int = 1, **more: float) -> Client:
    """A client of the server, over HTTP/2 without TLS."""
    return Client(server.address, max_connections=connections, timeouts=Timeouts(**more))


async def kinds(client: Client, template: BurstTemplate, count: int) -> Counter[str]:
    """Send so many; how many ends of each kind. Unlike `ends`, keeps no answer."""
    found: Counter[str] = Counter()
    async with client.send(template, [b"x"] * count) as burst:
        async for indexes, end in burst:
            found[str(end.status) if isinstance(end, Response) else type(end).__name__] += len(indexes)
    assert sum(found.values()) == count, "one end each"
    return found


# Memory


@pytest.mark.parametrize(("template", "count", "pieces"), [(WHOLE, 30, 55), (POSTS, 500, 3)])
@pytest.mark.parametrize("obeys", [True, False])
def test_answers_that_never_end_hold_little_memory(
    run: Run[None], template: BurstTemplate, count: int, pieces: int, obeys: bool
) -> None:
    """As much of each as is read of one answer, 25 MB together, with and without minding the client's resets."""

    async def script(line: Line) -> None:
        await line.hello()
        streams = await line.requests(count)
        listening = asyncio.create_task(line.listen())
        for sid in streams:
            await line.send(section(sid, (":status", "500"), last=False))
        for _ in range(pieces):
            for sid in streams:
                if obeys and sid in line.resets:
                    continue
                while line.room < len(PIECE):
                    await asyncio.wait({listening}, timeout=0.001)
                    if listening.done():
                        return
                line.room -= len(PIECE)
                await line.send(frame(frames.DATA, 0, sid, PIECE))
        listening.cancel()

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server, response=60)
            with memory_below(16 * 2**20):
                found = await kinds(sender, template, count)
            assert set(found) <= {"500", "NoResponse"}
            await sender.close()

    run(main())


def test_header_sections_of_answers_that_never_end_hold_little_memory(run: Run[None]) -> None:
    """60 KB each, 18 MB together."""

    async def script(line: Line) -> None:
        await line.hello()
        streams = await line.requests(300)
        listening = asyncio.create_task(line.listen())
        for sid in streams:
            data = block((":status", "500"), ("of", str(sid)), *[(f"x{n}", "v" * 4000) for n in range(15)])
            out = frame(frames.HEADERS, 0, sid, data[:16_384])
            for at in range(16_384, len(data), 16_384):
                out += frame(frames.CONTINUATION, 0, sid, data[at : at + 16_384])
            await line.send(out + frame(frames.CONTINUATION, frames.END_HEADERS, sid))
        listening.cancel()

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server, response=60)
            with memory_below(12 * 2**20):
                assert set(await kinds(sender, WHOLE, 300)) <= {"500", "NoResponse"}
            await sender.close()

    run(main())


@pytest.mark.parametrize(
    "piece",
    [
        frame(frames.PING, 0, 0, bytes(8)) * 1000,
        frames.settings({}) * 1000,
        frame(frames.DATA, 0, 1) * 1000,
        frame(frames.PRIORITY, 0, 99, bytes(5)) * 1000,
        section(1, (":status", "103"), last=False) * 1000,
        frame(frames.HEADERS, 0, 1, b"\x8d") + frame(frames.CONTINUATION, 0, 1, PIECE) * 1000,
        frame(0x77, 0, 1, b"") * 1000,
    ],
)
def test_floods_end_the_connection_and_hold_little_memory(run: Run[None], piece: bytes) -> None:
    async def script(line: Line) -> None:
        await line.hello()
        await line.requests(1)
        listening = asyncio.create_task(line.listen())
        await line.send(section(1, (":status", "500"), last=False) if piece[3] == frames.DATA else b"")
        while line.goaway is None:
            await line.send(piece)
        listening.cancel()

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server, response=60)
            with memory_below(48 * 2**20):
                (end,) = (await ends(sender, WHOLE, [b"x"])).values()
            assert isinstance(end, NoResponse)
            assert "protocol error by the server" in end.cause
            await sender.close()

    run(main())


# Reconnecting: how often is shown in virtual time, by tests/unit/http2/test_pool.py


async def _goaway_with_the_hello(line: Line) -> None:
    await line.hello(MANY_STREAMS + goaway(0))
    await line.listen()


async def _goaway_after_the_hello(line: Line) -> None:
    await line.hello()
    await line.send(goaway(0, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_connects"))
    await line.listen()


async def _close_at_once(line: Line) -> None:
    line.writer.transport.abort()


async def _close_for_a_request(line: Line) -> None:
    await line.hello()
    await line.requests(1)


@pytest.mark.parametrize(
    "script", [_goaway_with_the_hello, _goaway_after_the_hello, _close_at_once, _close_for_a_request]
)
def test_a_server_that_answers_nothing_is_connected_to_more_and_more_seldom(
    run: Run[None], script: Callable[[Line], Awaitable[None]]
) -> None:
    """At 0, 0.1, 0.3, 0.7 s and so on, however often something is to be sent."""

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server, response=0.2)
            loop = asyncio.get_running_loop()
            began = loop.time()
            while loop.time() < began + 0.5:
                assert not set(await kinds(sender, POSTS, 1)) & {"200"}
            passed = loop.time() - began
            assert 2 <= len(server.lines) <= 3 + passed.__ceil__() * 2
            await sender.close()

    run(main())


# What a server says


def test_the_last_words_of_a_server_are_in_the_log_and_in_the_reasons(run: Run[None]) -> None:
    token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"

    async def script(line: Line) -> None:
        await line.hello()
        streams = await line.requests(2)
        words = f"too_many_pings\r\n {token}".encode()
        await line.send(goaway(streams[0], ErrorCode.ENHANCE_YOUR_CALM, words))

    async def main() -> None:
        async with hostile(script) as server:
            sender = client(server, response=0.2)
            with capture_logs() as logged:
                found = await ends(sender, POSTS, [b"a", b"b"])
                await ends(sender, POSTS, [b"a", b"b"])
            told = "GOAWAY ENHANCE_YOUR_CALM (too_many_pings [...])"
            assert found[0] == NoResponse(f"connection lost after {told}")
            assert isinstance(found[1], NotSent | NoResponse)
            assert [(line["action"], line["told"], line["log_level"]) for line in logged] == [
                ("goaway", told, "warning")
            ], "once a minute at most"
            assert logged[0]["server"] == server.address.removeprefix("http://")
            await sender.close()

    run(main())


def test_what_waits_in_vain_is_told_the_servers_words(run: Run[None]) -> None:
    async def main() -> None:
        async with hostile(_goaway_after_the_hello) as server:
            sender = client(server, response=0.3)
            (end,) = (await ends(sender, POSTS, [b"x"])).values()
            assert isinstance(end, NotSent)
            assert end.cause.endswith("(GOAWAY ENHANCE_YOUR_CALM (too_many_connects))")
            await sender.close()

    run(main())


# Work


@pytest.mark.parametrize("secure", [False, True])
def test_answers_that_are_costly_to_decode_leave_others_their_turns(
    run: Run[None], certificates: Certificates, secure: bool
) -> None:
    """What is counted is how often others had their turn while the answers were taken, not for how long they waited."""
    answers = b"".join(
        section(sid, (":status", "500"), ("of", str(sid)), *[(f"x{n}", "1") for n in range(100)])
        for sid in range(1, 400, 2)
    )

    async def script(line: Line) -> None:
        await line.hello()
        await line.requests(200)
        await line.send(answers)
        await line.listen()

    async def main() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async with hostile(script, certificates if secure else None) as server:
            sender = Client(
                server.address,
                ca_file=certificates.ca if secure else None,
                max_connections=1,
                timeouts=Timeouts(response=60),
            )
            task, began, most, at = asyncio.create_task(others()), 0, 0, 0
            async with sender.send(POSTS, [b"x"] * 200) as burst:
                async for _, end in burst:
                    assert isinstance(end, Response)
                    began, most, at = (began + 1, most, at) if turns == at else (1, max(most, began), turns)
            assert max(most, began) <= 2048 // 100 + 1, "answers in one turn"
            task.cancel()
            await sender.close()

    run(main())


@pytest.mark.parametrize("secure", [False, True])
def test_answers_that_wait_when_the_server_closes_are_not_lost(
    run: Run[None], certificates: Certificates, secure: bool
) -> None:
    answers = b"".join(
        section(sid, (":status", "500"), ("of", str(sid)), *[(f"x{n}", "1") for n in range(100)])
        for sid in range(1, 200, 2)
    )

    async def script(line: Line) -> None:
        await line.hello()
        await line.requests(100)
        await line.send(answers)

    async def main() -> None:
        async with hostile(script, certificates if secure else None) as server:
            ca = certificates.ca if secure else None
            sender = Client(server.address, ca_file=ca, max_connections=1, timeouts=Timeouts())
            assert counted(await ends(sender, POSTS, [b"x"] * 100)) == {"500": 100}
            await sender.close()

    run(main())
