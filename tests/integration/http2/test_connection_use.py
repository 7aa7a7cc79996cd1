"""Opening, sharing, replacing and closing connections, against a scripted server."""

import asyncio
import base64

import h2.events
import pytest
from h2.errors import ErrorCodes
from tests.support.http2.clients import GOAWAY_ALL, client_of, numbered_paths, wait_until
from tests.support.http2.h2_server import ServerConnection, answer_all, serve_h2
from tests.support.http2.results import POSTS, Run, count_results, results_of
from tests.support.http2.servers import Certificates

from pushgate.http2.results import NotSent, Response


def test_leaving_a_burst_resets_its_streams(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and connection.paths[event.stream_id].startswith(
                "/ok"
            ):
                connection.respond(event.stream_id)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client_of(server)
            for _ in range(5):
                leaving = asyncio.create_task(results_of(sender, POSTS, [b"never"] * 30))
                await wait_until(
                    lambda: (
                        bool(server.connections)
                        and len(server.connections[0].complete) % 10 == 0
                        and bool(server.connections[0].complete)
                    )
                )
                await asyncio.sleep(0.02)
                leaving.cancel()
                await asyncio.gather(leaving, return_exceptions=True)
                await wait_until(
                    lambda: len(server.connections[0].resets) == len(server.connections[0].complete)
                )
            assert set(server.connections[0].resets.values()) == {ErrorCodes.CANCEL}
            assert len(server.connections[0].resets) == 50
            assert count_results(await results_of(sender, POSTS, [b"ok"] * 30)) == {"200": 30}
            assert len(server.connections) == 1, "the connection stays"
            await sender.close()

    run(main())


def test_an_unused_connection_is_closed_with_goaway(run: Run[None]) -> None:
    async def main() -> None:
        goodbyes: list[h2.events.Event] = []

        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            await answer_all(connection, event)
            if isinstance(event, h2.events.ConnectionTerminated):
                goodbyes.append(event)

        async with serve_h2(script) as server:
            sender = client_of(server, close_unused_after=0.2)
            await results_of(sender, POSTS, numbered_paths(1))
            await wait_until(lambda: not server.open)
            assert len(goodbyes) == 1
            await sender.close()

    run(main())


def test_connections_open_on_demand_up_to_the_limit(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.001)
                connection.respond(event.stream_id)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client_of(server, connections=4)
            await results_of(sender, POSTS, numbered_paths(5))
            assert len(server.connections) == 1, "one is enough for five"
            assert count_results(await results_of(sender, POSTS, numbered_paths(600))) == {"200": 600}
            assert len(server.connections) == 4
            assert all(len(connection.complete) > 20 for connection in server.connections)
            sender.reconnect()
            await wait_until(lambda: not server.open)
            assert count_results(await results_of(sender, POSTS, numbered_paths(5))) == {"200": 5}
            assert len(server.connections) == 5
            await sender.close()

    run(main())


def test_reconnecting_in_mid_flight_loses_nothing(run: Run[None]) -> None:
    async def main() -> None:
        async with serve_h2(answer_all, MAX_CONCURRENT_STREAMS=20) as server:
            sender = client_of(server)
            sending = asyncio.create_task(results_of(sender, POSTS, numbered_paths(2000)))
            for _ in range(5):
                await asyncio.sleep(0.02)
                sender.reconnect()
            assert count_results(await sending) == {"200": 2000}
            assert len(server.processed) == 2000
            await sender.close()

    run(main())


def test_a_draining_connection_does_not_count_towards_the_limit(run: Run[None]) -> None:
    """With at most one connection, a new request need not wait for a stuck one.

    This holds after a GOAWAY and after a reconnect.
    """

    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded) and connection.paths[event.stream_id] != "/stuck":
                connection.respond(event.stream_id)

        async with serve_h2(script) as server:
            sender = client_of(server, response=6)
            stuck = asyncio.create_task(results_of(sender, POSTS, [b"stuck"]))
            await wait_until(lambda: server.processed == ["/stuck"])
            for refresh in (False, True):
                if refresh:
                    sender.reconnect()
                else:
                    server.connections[0].writer.write(GOAWAY_ALL)
                await asyncio.sleep(0.1)
                async with asyncio.timeout(4):
                    assert count_results(await results_of(sender, POSTS, numbered_paths(3))) == {"200": 3}
            assert count_results(await stuck) == {"NoResponse": 1}
            assert len(server.connections) == 3
            await sender.close()

    run(main())


def test_closing_ends_requests_in_flight_and_waiting_ones(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            pass

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=10) as server:
            sender = client_of(server)
            sending = asyncio.create_task(results_of(sender, POSTS, numbered_paths(30)))
            await wait_until(lambda: len(server.processed) == 10)
            await sender.close()
            assert count_results(await sending) == {"NoResponse": 10, "NotSent": 20}
            await wait_until(lambda: not server.open)

    run(main())


def test_over_ipv6(run: Run[None], certificates: Certificates) -> None:
    async def main() -> None:
        async with serve_h2(answer_all, certificates, "::1") as server:
            sender = client_of(server, ca=certificates.ca)
            assert count_results(await results_of(sender, POSTS, numbered_paths(3))) == {"200": 3}
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
        async with serve_h2(answer_all, certificates) as server:
            sender = client_of(server, ca=certificates.ca, proxy=address)
            found = await results_of(sender, POSTS, numbered_paths(3))
            await sender.close()
            if allowed:
                assert count_results(found) == {"200": 3}
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


def test_each_result_has_the_index_of_its_item(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                connection.respond(
                    event.stream_id, int(connection.paths[event.stream_id][1:]) % 5 * 100 + 200
                )

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=7) as server:
            sender = client_of(server, connections=3)
            found = await results_of(sender, POSTS, numbered_paths(200))
            for index, result in found.items():
                assert isinstance(result, Response)
                assert result.status == index % 5 * 100 + 200
            await sender.close()

    run(main())
