"""One connection that concurrent calls share: each is written at once, and answered in its turn.

redis-py opens the connection, for it knows addresses, TLS, passwords and databases. A call through
redis-py itself borrows a connection, and costs seven times the CPU.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import hiredis
from redis import exceptions
from redis._parsers.base import BaseParser
from redis.asyncio.connection import AbstractConnection

_Word = bytes | str | int | float
INCOMPLETE = object()
"""What the reader of answers returns until the whole of one has come."""


class SharedConnection(asyncio.Protocol):
    """Opened with the first call, and again with the first one after it was lost.

    A caller that is cancelled touches no other; its command may be carried out all the same.
    """

    def __init__(self, open_connection: Callable[[], Awaitable[AbstractConnection]], timeout: float) -> None:
        """The server may be silent for `timeout` seconds while a call waits."""
        self._open_connection = open_connection
        self._timeout = timeout
        self._opening = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._transport: asyncio.Transport | None = None
        self._answers = hiredis.Reader()
        self._unanswered: deque[asyncio.Future[object]] = deque()
        self._heard_at = 0.0
        self._watchdog: asyncio.TimerHandle | None = None

    async def call(self, command: tuple[_Word, ...]) -> object:
        """Send a command and return its answer. Raises the errors of redis-py, and UnicodeError or
        TypeError for words that cannot be sent.
        """
        # Words that cannot be sent fail here. A call that waits has sent its command: each answer
        # goes to the call that waits longest.
        packed = hiredis.pack_command(command)  # type: ignore[arg-type]  # its types know one word
        transport = self._transport
        if transport is None or transport.is_closing():
            transport = await self._open()
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._expect(answer)
        transport.write(packed)
        return await answer

    def close(self) -> None:
        """Close the connection. Calls that wait fail."""
        self._end(exceptions.ConnectionError())

    def data_received(self, data: bytes) -> None:
        """Hand answers to the calls that wait for them."""
        self._heard_at = asyncio.get_running_loop().time()
        self._answers.feed(data)
        while True:
            try:
                answer = self._answers.gets()
            except hiredis.ProtocolError:
                self._end(exceptions.InvalidResponse())
                return
            if answer is INCOMPLETE:
                return
            waiting = self._unanswered.popleft()
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """The server, or the network, has closed the connection."""
        self._end(exceptions.ConnectionError())

    async def _open(self) -> asyncio.Transport:
        async with self._opening:
            transport = self._transport
            if transport is not None and not transport.is_closing():
                return transport
            self._end(exceptions.ConnectionError())
            self._connection = connection = await self._open_connection()
            writer = cast("asyncio.StreamWriter", connection._writer)
            transport = self._transport = cast("asyncio.Transport", writer.transport)
            self._answers = hiredis.Reader(replyError=BaseParser.parse_error, notEnoughData=INCOMPLETE)
            transport.set_protocol(self)
            return transport

    def _expect(self, answer: asyncio.Future[object]) -> None:
        """Wait for the answer to the next command, or commands."""
        loop = asyncio.get_running_loop()
        if not self._unanswered:
            self._heard_at = loop.time()
        if self._watchdog is None:
            self._watchdog = loop.call_later(self._timeout, self._check)
        self._unanswered.append(answer)

    def _check(self) -> None:
        """End the connection if the server has been silent for too long."""
        self._watchdog = None
        if not self._unanswered:
            return
        loop = asyncio.get_running_loop()
        silent = loop.time() - self._heard_at
        if silent >= self._timeout:
            self._end(exceptions.TimeoutError())
        else:
            self._watchdog = loop.call_later(self._timeout - silent, self._check)

    def _end(self, error: Exception) -> None:
        """Close the connection, of which every call fails that waits."""
        if self._watchdog:
            self._watchdog.cancel()
        connection, transport, unanswered = self._connection, self._transport, self._unanswered
        self._connection = self._transport = self._watchdog = None
        self._unanswered = deque()
        if transport:
            transport.abort()
        if connection:
            connection._close()  # type: ignore[no-untyped-call]
        for waiting in unanswered:
            if not waiting.done():
                waiting.set_exception(error)
