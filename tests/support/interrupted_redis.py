"""A client of Redis between whose commands something happens."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline


class Killed(BaseException):
    """The process is gone."""


Happens = Callable[[], Awaitable[None]]


class InterruptedRedis(Redis):
    """Something happens before a command is sent, or after it is carried out, before its answer
    comes. Commands are counted from 1; what happens is listed by their numbers.
    """

    inner: Redis
    commands = 0
    before: Mapping[int, Happens] = {}
    after: Mapping[int, Happens] = {}

    @classmethod
    def of(
        cls, redis: Redis, before: Mapping[int, Happens], after: Mapping[int, Happens] | None = None
    ) -> "InterruptedRedis":
        """Another client of the same servers, over the same connections."""
        client = cls(connection_pool=redis.connection_pool)
        client.inner = redis
        client.before, client.after = before, after or {}
        return client

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # as redis-py has it
        self.commands += 1
        number = self.commands
        if number in self.before:
            await self.before[number]()
        answer = await self.inner.execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if number in self.after:
            await self.after[number]()
        return answer

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """A pipeline, in which nothing happens."""
        return self.inner.pipeline(transaction, shard_hint)


async def die() -> None:
    """The process that uses the client is killed."""
    raise Killed
