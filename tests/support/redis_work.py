"""The work of a Redis server: commands, bytes written and bytes answered."""

from collections.abc import Awaitable
from dataclasses import dataclass

from redis.asyncio import Redis


@dataclass(frozen=True)
class Work:
    """What the server did. `written` are bytes of the append-only file: the arguments of every
    write.
    """

    calls: dict[str, int]
    written: int
    answered: int


async def work(redis: Redis, doing: Awaitable[object]) -> Work:
    """The server's work while this is done."""

    async def read() -> tuple[dict[str, int], int, int]:
        commands = await redis.info("commandstats")
        calls = {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in commands.items()}
        written = (await redis.info("persistence"))["aof_current_size"]
        return calls, written, (await redis.info("stats"))["total_net_output_bytes"]

    before, written, answered = await read()
    await doing
    after, more_written, more_answered = await read()
    calls = {name: count - before.get(name, 0) for name, count in after.items()}
    return Work(calls, more_written - written, more_answered - answered)
