"""A connection of one caller for commands that it packs itself, many at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import hiredis
from redis import exceptions
from redis.asyncio.connection import AbstractConnection

from pushgate.redis.shared_connection import INCOMPLETE, SharedConnection


class PipelinedConnection(SharedConnection):
    """Later commands may rely on earlier ones, as EXEC does on WATCH. So a connection that is lost
    is opened again on demand alone.

    Its caller waits for the answers to some commands before it sends the next ones.
    """

    def __init__(self, open_connection: Callable[[], Awaitable[AbstractConnection]], timeout: float) -> None:
        """As of the shared connection."""
        super().__init__(open_connection, timeout)
        self._found: list[object] = []
        self._count = 0

    def is_open(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def open(self) -> None:
        """Open the connection, unless it is open. Raises the errors of redis-py."""
        if not self.is_open():
            await self._open()

    async def exchange(self, packed: bytes, answers: int) -> list[object]:
        """Send commands and return their answers. Raises the errors of redis-py, that of the first
        command that is refused.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise exceptions.ConnectionError
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._found = []
        self._count = answers
        self._expect(done)
        transport.write(packed)
        await done
        if any(issubclass(kind, Exception) for kind in set(map(type, self._found))):
            error = next(answer for answer in self._found if isinstance(answer, Exception))
            if isinstance(error, exceptions.ReadOnlyError):
                self.close()  # another server is the master: the next one to open finds it
            raise error
        return self._found

    def data_received(self, data: bytes) -> None:
        """Gather answers until all have come."""
        self._heard_at = asyncio.get_running_loop().time()
        self._answers.feed(data)
        found, following = self._found, self._answers.gets
        try:
            while (answer := following()) is not INCOMPLETE:
                found.append(answer)
        except hiredis.ProtocolError:
            self._end(exceptions.InvalidResponse())
            return
        if len(found) == self._count and self._unanswered:
            done = self._unanswered.popleft()
            if not done.done():
                done.set_result(None)
