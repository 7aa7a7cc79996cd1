"""A load generator that costs some 25 us a request: requests are bytes made in advance, and of an
answer it reads the status and the body alone.
"""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, cast

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


class Answer(NamedTuple):
    """The status and the body of a response."""

    status: int
    body: bytes


class UnexpectedAnswer(Exception):
    """A server answered a request in another way than the benchmark counts on."""


def request_bytes(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a POST of JSON as it goes over the wire."""
    fields = {"Host": "bench", "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in (fields | dict(headers or {})).items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class Connection(asyncio.Protocol):
    """A kept-alive HTTP/1.1 connection: one request at a time, answers with Content-Length."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Complete the answer once its body is there."""
        self._received += data
        head_size = self._received.find(_HEAD_END) + len(_HEAD_END)
        if head_size < len(_HEAD_END) or self._answer is None:
            return
        length = self._received[:head_size].lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
        if len(self._received) < head_size + int(length or 0):
            return
        answer = Answer(int(self._received[9:12]), bytes(self._received[head_size:]))
        self._received.clear()
        self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits for an answer."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def send(self, request: bytes) -> Answer:
        """Send a request and return its answer. Raises OSError."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


async def connect(port: int, count: int) -> list[Connection]:
    """Open connections to a server of this machine."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(count)]


def require_accepted(answer: Answer, messages: int = 1) -> None:
    """Check an answer to a message, or to a batch of `messages`. Raises UnexpectedAnswer."""
    is_good = answer.body.count(b'"status":202') == messages if messages > 1 else answer.status < 300
    if answer.status >= 300 or not is_good:
        raise UnexpectedAnswer(f"{answer.status} {answer.body[:300]!r}")


async def post_all(port: int, requests: Sequence[bytes], connections: int, messages: int = 1) -> None:
    """Post the requests in turn, each connection the next one as soon as it has an answer."""
    left = iter(requests)

    async def work(connection: Connection, left: Iterable[bytes]) -> None:
        for request in left:
            require_accepted(await connection.send(request), messages)
        connection.close()

    opened = await connect(port, connections)
    await asyncio.gather(*(work(connection, left) for connection in opened))


async def post_at_rate(port: int, requests: Sequence[bytes], rate: float, connections: int) -> list[float]:
    """Post `rate` requests a second at even intervals, whatever the server does.

    Returns the instant at which each was due, by the monotonic clock: what a request waits for a
    free connection counts as latency.
    """
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in await connect(port, connections):
        idle.put_nowait(connection)

    async def post(connection: Connection, request: bytes) -> None:
        require_accepted(await connection.send(request))
        idle.put_nowait(connection)

    due, began = [], time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due.append(began + number / rate)
            if (seconds := due[-1] - time.monotonic()) > 0:
                await asyncio.sleep(seconds)  # the rate is what is asked for: a request is due then
            group.create_task(post(await idle.get(), request))
    while not idle.empty():
        idle.get_nowait().close()
    return due


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Bind this thread, and the processes and threads that it starts, to a core meanwhile."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[core % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
