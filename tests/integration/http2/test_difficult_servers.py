"""Servers that end connections, limit streams or read slowly, against which other clients fail."""

import asyncio
import resource
from collections.abc import Callable, Coroutine

import h2.events
import pytest
from tests.support.http2.clients import client_of, numbered_paths, wait_until
from tests.support.http2.h2_server import ServerConnection, answer_all, serve_h2
from tests.support.http2.results import POSTS, Run, count_results, results_of

from pushgate.http2.burst_template import BurstTemplate


def test_requests_after_a_goaway_are_sent_again_and_none_is_processed_twice(
    run: Run[None],
) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if not isinstance(event, h2.events.StreamEnded) or connection.closed:
                return
            if connection.number == 0 and len(connection.complete) > 100:
                # not processed: it is above the last stream of the GOAWAY
                connection.complete.pop()
                return
            connection.respond(event.stream_id)
            if connection.number == 0 and len(connection.complete) == 100:
                connection.flush()
                connection.h2.close_connection(last_stream_id=event.stream_id)
                connection.flush()
                connection.h2 = _ignore_all(connection)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=1000) as server:
            sender = client_of(server)
            found = await results_of(sender, POSTS, numbered_paths(300))
            await sender.close()
            assert count_results(found) == {"200": 300}
            assert sorted(server.processed) == sorted(f"/{n}" for n in range(300))

    run(main())


def _ignore_all(connection: ServerConnection) -> "h2.connection.H2Connection":
    """h2 accepts nothing after its GOAWAY. This stand-in reads on and ignores everything."""

    class IgnoreAll:
        def receive_data(self, _data: bytes) -> list[h2.events.Event]:
            return []

        def data_to_send(self) -> bytes:
            return b""

    return IgnoreAll()  # type: ignore[return-value]  # as far as it goes


def test_a_server_that_allows_one_stream_never_gets_two(run: Run[None]) -> None:
    """APNs does so until the first response. h2 ends the connection at a second stream."""

    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.StreamEnded):
                await asyncio.sleep(0.01)
                if len(connection.complete) == 1:
                    connection.h2.update_settings({3: 100})
                connection.respond(event.stream_id)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=1) as server:
            sender = client_of(server)
            assert count_results(await results_of(sender, POSTS, numbered_paths(200))) == {"200": 200}
            assert len(server.connections) == 1
            assert not server.connections[0].closed
            await sender.close()

    run(main())


def test_a_slow_reader_does_not_fill_memory(run: Run[None]) -> None:
    """The peer's windows allow everything, but it does not read.
    Bodies must not fill the buffer."""

    async def main() -> None:
        gate = asyncio.Event()

        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.RequestReceived):
                await gate.wait()
            await answer_all(connection, event)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=1000, INITIAL_WINDOW_SIZE=2**30) as server:
            sender = client_of(server, response=60, ping_busy_after=60)
            await results_of(sender, POSTS, [])
            body = b"x" * 1_000_000
            sending = asyncio.create_task(
                results_of(sender, BurstTemplate(path=b"/", headers=(), full_response=True), [body] * 300)
            )
            await wait_until(lambda: bool(server.connections))
            server.connections[0].h2.increment_flow_control_window(2**31 - 1 - 65_535)
            server.connections[0].flush()
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            await asyncio.sleep(0.7)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert grown < 60_000, "KB; the bodies are 300 MB"
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await sender.close()
            gate.set()

    run(main())


Step = Callable[[ServerConnection], Coroutine[None, None, None]]


async def _goaway(connection: ServerConnection) -> None:
    connection.h2.close_connection(last_stream_id=max(connection.paths, default=0))
    connection.flush()
    connection.writer.close()


async def _abort(connection: ServerConnection) -> None:
    connection.writer.transport.abort()


async def _incomplete_frame(connection: ServerConnection) -> None:
    connection.writer.write(b"\0\0\x10\x01\x04\0\0\0\x01abc")
    connection.writer.close()


async def _invalid_bytes(connection: ServerConnection) -> None:
    connection.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3)


async def _unexpected_continuation(connection: ServerConnection) -> None:
    connection.writer.write(b"\0\0\0\x09\x04\0\0\0\x01")


@pytest.mark.parametrize(
    "step", [_goaway, _abort, _incomplete_frame, _invalid_bytes, _unexpected_continuation]
)
def test_every_end_of_a_connection_leaves_results_and_later_requests_work(run: Run[None], step: Step) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            await answer_all(connection, event)
            if connection.number < 2 and len(connection.complete) == 30:
                connection.flush()
                await step(connection)

        async with serve_h2(script, MAX_CONCURRENT_STREAMS=40) as server:
            sender = client_of(server, response=5)
            found = count_results(await results_of(sender, POSTS, numbered_paths(500)))
            assert sum(found.values()) == 500
            assert set(found) <= {"200", "NoResponse"}
            assert found["NoResponse"] <= 80
            assert count_results(await results_of(sender, POSTS, numbered_paths(50))) == {"200": 50}
            await sender.close()

    run(main())


def test_a_server_that_closes_at_once_is_not_retried_in_a_hot_loop(run: Run[None]) -> None:
    async def main() -> None:
        async def script(connection: ServerConnection, event: h2.events.Event) -> None:
            if isinstance(event, h2.events.RequestReceived):
                connection.h2.close_connection(last_stream_id=0)
                connection.flush()
                connection.writer.close()

        async with serve_h2(script) as server:
            sender = client_of(server, response=1)
            found = await results_of(sender, POSTS, numbered_paths(3))
            assert count_results(found) == {"NotSent": 3}
            assert len(server.connections) < 15
            await sender.close()

    run(main())
