"""A connection of one caller for commands that it packs itself, many at a time."""

import asyncio

from redis import exceptions

from pushgate.redis.shared_connection import SharedConnection


class PipelinedConnection(SharedConnection):
    """Later commands may rely on earlier ones, as EXEC does on WATCH. So a connection that is lost
    is opened again on demand alone.
    """

    async def open(self) -> None:
        """Open the connection, unless it is open. Raises the errors of redis-py."""
        if self._transport is None or self._transport.is_closing():
            await self._open()

    async def exchange(self, packed: bytes, answers: int) -> list[object]:
        """Send commands and return their answers. Raises the errors of redis-py, that of the first
        command that is refused.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise exceptions.ConnectionError
        gathered = _Answers(answers, asyncio.get_running_loop().create_future())
        self._expect([gathered] * answers)
        transport.write(packed)
        return await gathered.future


class _Answers:
    """Waits for several answers."""

    __slots__ = ("_count", "_found", "future")

    def __init__(self, count: int, future: asyncio.Future[list[object]]) -> None:
        self.future = future
        self._count = count
        self._found: list[object] = []

    def done(self) -> bool:
        """Whether no answer changes anything any more."""
        return self.future.done()

    def set_result(self, answer: object) -> None:
        """Take the next answer."""
        self._found.append(answer)
        if len(self._found) == self._count:
            self.future.set_result(self._found)

    def set_exception(self, error: Exception) -> None:
        """Fail with an answer that is an error."""
        self.future.set_exception(error)
