"""The client against a server whose every step is scripted: what other clients get wrong."""

import asyncio
import base64
import resource
from collections.abc import Callable, Coroutine
from pathlib import Path

import h2.events
import pytest
from h2.errors import ErrorCodes
from tests.support.http2.results import POSTS, Run, counted, ends
from tests.support.http2.scripted import Server, Session, obliging, serve
from tests.support.http2.servers import Certificates

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.results import NoResponse, NotSent, Response
from pushgate.http2.timeouts import Timeouts

GOAWAY_ALL = bytes.fromhex("0000080700000000007fffffff00000000")
"""A graceful end: all streams so far will be answered."""


def client(
    server: Server, connections: int = 1, ca: Path | None = None, proxy: str | None = None, **more: float
) -> Client:
    """A client of the server."""
    return Client(
        server.address, ca_file=ca, proxy=proxy, max_connections=connections, timeouts=Timeouts(**more)
    )


def names(count: int) -> list[bytes]:
    """Paths that tell requests apart."""
    return [b"%d" % n for n in range(count)]


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for it."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # conditions of the other side, which sets no event
            await asyncio.sleep(0.01)


def test_300_requests_with_a_goaway_after_100_are_300_answers_and_none_is_processed_twice(
    run: Run[None],
) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if not isinstance(event, h2.events.StreamEnded) or session.over:
                return
            if session.number == 0 and len(session.complete) > 100:
                session.complete.pop()  # not processed: it is above the last stream of the GOAWAY
                return
            session.answer(event.stream_id)
            if session.number == 0 and len(session.complete) == 100:
                session.flush()
                session.h2.close_connection(last_stream_id=event.stream_id)
                session.flush()
                session.h2 = _deaf(session)

        async with serve(script, MAX_CONCURRENT_STREAMS=1000) as server:
            sender = client(server)
            found = await ends(sender, POSTS, names(300))
            await sender.close()
            assert counted(found) == {"200": 300}
            assert sorted(server.processed) == sorted(f"/{n}" for n in range(300))

    run(main())


def _deaf(session: Session) -> "h2.connection.H2Connection":
    """After its GOAWAY h2 takes nothing more: the server goes on reading and minds nothing."""

    class Deaf:
        def receive_data(self, _data: bytes) -> list[h2.events.Event]:
            return []

        def data_to_send(self) -> bytes:
            return b""

    return Deaf()  # type: ignore[return-value]  # as far as it goes


def test_a_send_that_is_left_resets_its_streams_and_frees_them(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and session.paths[event.stream_id].startswith("/ok"):
                session.answer(event.stream_id)

        async with serve(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client(server)
            for _ in range(5):
                leaving = asyncio.create_task(ends(sender, POSTS, [b"never"] * 30))
                await until(
                    lambda: (
                        bool(server.sessions)
                        and len(server.sessions[0].complete) % 10 == 0
                        and bool(server.sessions[0].complete)
                    )
                )
                await asyncio.sleep(0.02)
                leaving.cancel()
                await asyncio.gather(leaving, return_exceptions=True)
                await until(lambda: len(server.sessions[0].resets) == len(server.sessions[0].complete))
            assert set(server.sessions[0].resets.values()) == {ErrorCodes.CANCEL}
            assert len(server.sessions[0].resets) == 50
            assert counted(await ends(sender, POSTS, [b"ok"] * 30)) == {"200": 30}
            assert len(server.sessions) == 1, "the connection stays"
            await sender.close()

    run(main())


def test_the_time_of_a_request_counts_from_its_own_start_whatever_the_others_do(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and session.paths[event.stream_id] != "/stuck":
                session.answer(event.stream_id)

        async with serve(script) as server:
            sender = client(server, response=0.6)
            loop = asyncio.get_running_loop()
            busy = True

            async def traffic() -> None:
                while busy:
                    assert counted(await ends(sender, POSTS, [b"ok"] * 20)) == {"200": 20}

            others = asyncio.create_task(traffic())
            began = loop.time()
            found = await ends(sender, POSTS, [b"ok", b"stuck", b"ok"])
            took = loop.time() - began
            busy = False
            await others
            assert counted(found) == {"200": 2, "NoResponse": 1}
            assert found[1] == NoResponse("no answer within 0.6 s")
            assert 0.5 < took < 2
            assert list(server.sessions[0].resets.values()) == [ErrorCodes.CANCEL]
            assert len(server.sessions) == 1
            await sender.close()

    run(main())


def test_waiting_for_a_free_stream_does_not_count_as_the_servers_silence(run: Run[None]) -> None:
    """Ten requests of 0.2 s each, one at a time, take longer than each of them may."""

    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.2)
                session.answer(event.stream_id)

        async with serve(script, MAX_CONCURRENT_STREAMS=1) as server:
            sender = client(server, response=1)
            assert counted(await ends(sender, POSTS, names(10))) == {"200": 10}
            await sender.close()

    run(main())


def test_a_server_that_allows_one_stream_at_first_never_sees_two(run: Run[None]) -> None:
    """As APNs does until the first answer. h2 ends the connection if a second stream comes."""

    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.01)
                if len(session.complete) == 1:
                    session.h2.update_settings({3: 100})
                session.answer(event.stream_id)

        async with serve(script, MAX_CONCURRENT_STREAMS=1) as server:
            sender = client(server)
            assert counted(await ends(sender, POSTS, names(200))) == {"200": 200}
            assert len(server.sessions) == 1
            assert not server.sessions[0].over
            await sender.close()

    run(main())


def test_a_dead_peer_is_noticed_and_its_connection_is_not_used_again(run: Run[None]) -> None:
    """Silence with requests in flight: PING, then the connection is over long before the requests' own time."""

    async def main() -> None:
        async with serve(obliging) as server:
            sender = client(server, response=30, ping_busy_after=0.3, ping=0.3)
            assert counted(await ends(sender, POSTS, names(5))) == {"200": 5}
            server.sessions[0].silent = True
            began = asyncio.get_running_loop().time()
            found = await ends(sender, POSTS, names(5))
            assert set(found.values()) == {NoResponse("no answer to PING")}
            assert asyncio.get_running_loop().time() - began < 3
            assert counted(await ends(sender, POSTS, names(5))) == {"200": 5}
            assert len(server.sessions) == 2
            await sender.close()

    run(main())


def test_an_idle_connection_is_probed_and_a_dead_one_is_not_there_when_it_is_needed(run: Run[None]) -> None:
    async def main() -> None:
        async with serve(obliging) as server:
            sender = client(server, ping_idle_after=0.2, ping=0.2)
            await ends(sender, POSTS, names(1))
            await until(lambda: server.sessions[0].pings > 1)
            assert not server.sessions[0].over
            server.sessions[0].silent = True
            await until(lambda: server.sessions[0].over)
            assert counted(await ends(sender, POSTS, names(1))) == {"200": 1}
            await sender.close()

    run(main())


def test_an_unused_connection_is_closed_with_a_good_bye(run: Run[None]) -> None:
    async def main() -> None:
        goodbyes: list[h2.events.Event] = []

        async def script(session: Session, event: h2.events.Event) -> None:
            await obliging(session, event)
            if isinstance(event, h2.events.ConnectionTerminated):
                goodbyes.append(event)

        async with serve(script) as server:
            sender = client(server, close_unused_after=0.2)
            await ends(sender, POSTS, names(1))
            await until(lambda: not server.open)
            assert len(goodbyes) == 1
            await sender.close()

    run(main())


def test_refused_streams_are_sent_again_until_the_server_has_had_time_enough(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                if session.paths[event.stream_id] == "/never" or len(session.complete) % 3 == 0:
                    session.h2.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
                else:
                    session.answer(event.stream_id)

        async with serve(script) as server:
            sender = client(server, response=1)
            assert counted(await ends(sender, POSTS, names(50))) == {"200": 50}
            found = await ends(sender, POSTS, [b"never", b"ok"])
            assert found[0] == NotSent("the server refuses to process it")
            assert counted(found) == {"200": 1, "NotSent": 1}
            await sender.close()

    run(main())


def test_a_server_that_lets_nothing_begin_is_given_up(run: Run[None]) -> None:
    async def main() -> None:
        async with serve(obliging, MAX_CONCURRENT_STREAMS=0) as server:
            sender = client(server, response=0.5)
            found = await ends(sender, POSTS, names(3))
            assert set(found.values()) == {NotSent("the server lets no request begin")}
            await sender.close()

    run(main())


def test_connections_open_as_they_are_needed_up_to_the_limit_and_share_the_work(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.001)
                session.answer(event.stream_id)

        async with serve(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client(server, connections=4)
            await ends(sender, POSTS, names(5))
            assert len(server.sessions) == 1, "one is enough for five"
            assert counted(await ends(sender, POSTS, names(600))) == {"200": 600}
            assert len(server.sessions) == 4
            assert all(len(session.complete) > 20 for session in server.sessions)
            sender.reconnect()
            await until(lambda: not server.open)
            assert counted(await ends(sender, POSTS, names(5))) == {"200": 5}
            assert len(server.sessions) == 5
            await sender.close()

    run(main())


def test_a_refresh_in_mid_flight_loses_nothing(run: Run[None]) -> None:
    async def main() -> None:
        async with serve(obliging, MAX_CONCURRENT_STREAMS=20) as server:
            sender = client(server)
            sending = asyncio.create_task(ends(sender, POSTS, names(2000)))
            for _ in range(5):
                await asyncio.sleep(0.02)
                sender.reconnect()
            assert counted(await sending) == {"200": 2000}
            assert len(server.processed) == 2000
            await sender.close()

    run(main())


def test_a_connection_that_waits_for_its_last_answer_takes_no_others_place(run: Run[None]) -> None:
    """One connection at most: after a GOAWAY, and after a refresh, the next request need not wait for a stuck one."""

    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and session.paths[event.stream_id] != "/stuck":
                session.answer(event.stream_id)

        async with serve(script) as server:
            sender = client(server, response=3)
            stuck = asyncio.create_task(ends(sender, POSTS, [b"stuck"]))
            await until(lambda: server.processed == ["/stuck"])
            for refresh in (False, True):
                if refresh:
                    sender.reconnect()
                else:
                    server.sessions[0].writer.write(GOAWAY_ALL)
                await asyncio.sleep(0.1)
                async with asyncio.timeout(1):
                    assert counted(await ends(sender, POSTS, names(3))) == {"200": 3}
            assert counted(await stuck) == {"NoResponse": 1}
            assert len(server.sessions) == 3
            await sender.close()

    run(main())


def test_closing_brings_what_is_in_flight_and_what_waits_to_its_end(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            pass

        async with serve(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client(server)
            sending = asyncio.create_task(ends(sender, POSTS, names(30)))
            await until(lambda: len(server.processed) == 10)
            await sender.close()
            assert counted(await sending) == {"NoResponse": 10, "NotSent": 20}
            await until(lambda: not server.open)

    run(main())


def test_memory_stays_flat_when_the_peer_reads_slowly(run: Run[None]) -> None:
    """A peer that takes everything by its windows, but does not read: what waits is not written into memory."""

    async def main() -> None:
        gate = asyncio.Event()

        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.RequestReceived):
                await gate.wait()
            await obliging(session, event)

        async with serve(script, MAX_CONCURRENT_STREAMS=1000, INITIAL_WINDOW_SIZE=2**30) as server:
            sender = client(server, response=60, ping_busy_after=60)
            await ends(sender, POSTS, [])
            body = b"x" * 1_000_000
            sending = asyncio.create_task(
                ends(sender, BurstTemplate(path=b"/", headers=(), full_response=True), [body] * 300)
            )
            await until(lambda: bool(server.sessions))
            server.sessions[0].h2.increment_flow_control_window(2**31 - 1 - 65_535)
            server.sessions[0].flush()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            await asyncio.sleep(0.7)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert grown < 60_000, "KB; the bodies are 300 MB"
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await sender.close()
            gate.set()

    run(main())


def test_over_ipv6(run: Run[None], certificates: Certificates) -> None:
    async def main() -> None:
        async with serve(obliging, certificates, "::1") as server:
            sender = client(server, ca=certificates.ca)
            assert counted(await ends(sender, POSTS, names(3))) == {"200": 3}
            await sender.close()

    run(main())


@pytest.mark.parametrize("allowed", [True, False])
def test_through_a_proxy(run: Run[None], certificates: Certificates, allowed: bool) -> None:
    async def main() -> None:
        asked: list[bytes] = []

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(head := await reader.readuntil(b"\r\n\r\n"))
            if not allowed:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            port = int(head.split()[1].rpartition(b":")[2])
            there, out = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
            await asyncio.gather(_carry(reader, out), _carry(there, writer))

        proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
        address = f"http://user:p%40ss@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with serve(obliging, certificates) as server:
            sender = client(server, ca=certificates.ca, proxy=address)
            found = await ends(sender, POSTS, names(3))
            await sender.close()
            if allowed:
                assert counted(found) == {"200": 3}
            else:
                assert set(found.values()) == {NotSent("the proxy refuses the connection (407)")}
            assert asked[0].startswith(
                b"CONNECT 127.0.0.1:%d HTTP/1.1" % int(server.address.rpartition(":")[2])
            )
            assert base64.b64encode(b"user:p@ss") in asked[0]
        proxy.close()

    run(main())


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
    sink.close()


Step = Callable[[Session], Coroutine[None, None, None]]


async def _goaway(session: Session) -> None:
    session.h2.close_connection(last_stream_id=max(session.paths, default=0))
    session.flush()
    session.writer.close()


async def _vanish(session: Session) -> None:
    session.writer.transport.abort()


async def _half_a_frame(session: Session) -> None:
    session.writer.write(b"\0\0\x10\x01\x04\0\0\0\x01abc")
    session.writer.close()


async def _nonsense(session: Session) -> None:
    session.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3)


async def _continuation_alone(session: Session) -> None:
    session.writer.write(b"\0\0\0\x09\x04\0\0\0\x01")


@pytest.mark.parametrize("step", [_goaway, _vanish, _half_a_frame, _nonsense, _continuation_alone])
def test_however_a_connection_ends_each_request_has_its_end_and_the_next_goes_through(
    run: Run[None], step: Step
) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            await obliging(session, event)
            if session.number < 2 and len(session.complete) == 30:
                session.flush()
                await step(session)

        async with serve(script, MAX_CONCURRENT_STREAMS=40) as server:
            sender = client(server, response=5)
            found = counted(await ends(sender, POSTS, names(500)))
            assert sum(found.values()) == 500
            assert set(found) <= {"200", "NoResponse"}
            assert found["NoResponse"] <= 80
            assert counted(await ends(sender, POSTS, names(50))) == {"200": 50}
            await sender.close()

    run(main())


def test_a_server_that_closes_at_once_is_not_asked_in_a_hot_loop(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.RequestReceived):
                session.h2.close_connection(last_stream_id=0)
                session.flush()
                session.writer.close()

        async with serve(script) as server:
            sender = client(server, response=1)
            found = await ends(sender, POSTS, names(3))
            assert counted(found) == {"NotSent": 3}
            assert len(server.sessions) < 15
            await sender.close()

    run(main())


def test_answers_of_every_kind_keep_their_order_of_items(run: Run[None]) -> None:
    async def main() -> None:
        async def script(session: Session, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                session.answer(event.stream_id, int(session.paths[event.stream_id][1:]) % 5 * 100 + 200)

        async with serve(script, MAX_CONCURRENT_STREAMS=7) as server:
            sender = client(server, connections=3)
            found = await ends(sender, POSTS, names(200))
            for index, end in found.items():
                assert isinstance(end, Response)
                assert end.status == index % 5 * 100 + 200
            await sender.close()

    run(main())
