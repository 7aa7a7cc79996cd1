"""Timeouts of requests and connections, against a scripted server."""

import asyncio

import h2.events
from h2.errors import ErrorCodes
from tests.support.http2.clients import client_of, numbered_paths, wait_until
from tests.support.http2.h2_server import ServerConnection, answer_all, serve_h2
from tests.support.http2.results import POSTS, Run, count_results, results_of

from pushgate.http2.results import NoResponse, NotSent


def test_the_timeout_of_a_request_counts_from_its_own_start(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and connection.paths[event.stream_id] != "/stuck":
                connection.respond(event.stream_id)

        async with serve_h2(script) as server:
            sender = client_of(server, response=2)
            loop = asyncio.get_running_loop()
            busy = True

            async def traffic() -> None:
                while busy:
                    assert count_results(await results_of(sender, POSTS, [b"ok"] * 20)) == {"200": 20}

            others = asyncio.create_task(traffic())
            began = loop.time()
            found = await results_of(sender, POSTS, [b"ok", b"stuck", b"ok"])
            took = loop.time() - began
            busy = False
            await others
            assert count_results(found) == {"200": 2, "NoResponse": 1}
            assert found[1] == NoResponse("no answer within 2 s")
            assert 1.9 < took < 6
            assert list(server.connections[0].resets.values()) == [ErrorCodes.CANCEL]
            assert len(server.connections) == 1
            await sender.close()

    run(main())


def test_waiting_for_a_stream_does_not_count_towards_the_timeout(run: Run[None]) -> None:
    """Ten requests of 0.2 s, one at a time, take longer together than the timeout of one."""

    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.2)
                connection.respond(event.stream_id)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=1) as server:
            sender = client_of(server, response=1)
            assert count_results(await results_of(sender, POSTS, numbered_paths(10))) == {"200": 10}
            await sender.close()

    run(main())


def test_a_dead_peer_is_detected_by_ping(run: Run[None]) -> None:
    """After silence with requests in flight, an unanswered PING ends the connection early."""

    async def main() -> None:
        async with serve_h2(answer_all) as server:
            sender = client_of(server, response=30, ping_busy_after=0.3, ping=0.3)
            assert count_results(await results_of(sender, POSTS, numbered_paths(5))) == {"200": 5}
            server.connections[0].silent = True
            began = asyncio.get_running_loop().time()
            found = await results_of(sender, POSTS, numbered_paths(5))
            assert set(found.values()) == {NoResponse("no answer to PING")}
            assert asyncio.get_running_loop().time() - began < 3
            assert count_results(await results_of(sender, POSTS, numbered_paths(5))) == {"200": 5}
            assert len(server.connections) == 2
            await sender.close()

    run(main())


def test_idle_connections_are_pinged_and_dead_ones_closed(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_h2(answer_all) as server:
            sender = client_of(server, ping_idle_after=0.2, ping=1)
            await results_of(sender, POSTS, numbered_paths(1))
            await wait_until(lambda: server.connections[0].pings > 1)
            assert not server.connections[0].closed
            server.connections[0].silent = True
            await wait_until(lambda: server.connections[0].closed)
            assert count_results(await results_of(sender, POSTS, numbered_paths(1))) == {"200": 1}
            await sender.close()

    run(main())


def test_refused_streams_are_sent_again_for_a_limited_time(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                if connection.paths[event.stream_id] == "/never" or len(connection.complete) % 3 == 0:
                    connection.h2.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
                else:
                    connection.respond(event.stream_id)

        async with serve_h2(script) as server:
            sender = client_of(server, response=1)
            assert count_results(await results_of(sender, POSTS, numbered_paths(50))) == {"200": 50}
            found = await results_of(sender, POSTS, [b"never", b"ok"])
            assert found[0] == NotSent("the server refuses to process it")
            assert count_results(found) == {"200": 1, "NotSent": 1}
            await sender.close()

    run(main())


def test_requests_fail_when_the_server_allows_no_stream(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_h2(answer_all, MAX_CONCURRENT_STREAMS=0) as server:
            sender = client_of(server, response=0.5)
            found = await results_of(sender, POSTS, numbered_paths(3))
            assert set(found.values()) == {NotSent("the server lets no request begin")}
            await sender.close()

    run(main())
