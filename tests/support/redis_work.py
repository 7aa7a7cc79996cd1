"""The work of a Redis server: commands, bytes written and bytes answered."""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass

from redis.asyncio import Redis
from tests.support.until import until

from pushgate.redis.client import masters


@dataclass(frozen=True)
class Work:
    """What the server did. `written` are bytes of the append-only file: the arguments of every
    write.
    """

    calls: dict[str, int]
    written: int
    answered: int


async def calls_of(redis: Redis, *names: str) -> int:
    """How many of these commands the servers have run since they started."""
    found = [await server.info("commandstats") for server in await masters(redis)]
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for stats in found for name in names)


async def _written(server: Redis) -> int:
    """The size of the append-only file, once the server has written all to it: a write waits while
    the disk is busy.
    """
    found: dict[str, int] = {}

    async def is_written() -> bool:
        found.update(await server.info("persistence"))
        return not found["aof_buffer_length"]

    await until(is_written)
    return found["aof_current_size"]


async def work(redis: Redis, doing: Awaitable[object]) -> Work:
    """The server's work while this is done."""

    async def read() -> tuple[dict[str, int], int, int]:
        calls, written, answered = Counter[str](), 0, 0
        for server in await masters(redis):
            commands = await server.info("commandstats")
            calls.update({name.removeprefix("cmdstat_"): stats["calls"] for name, stats in commands.items()})
            written += await _written(server)
            answered += (await server.info("stats"))["total_net_output_bytes"]
        return calls, written, answered

    before, written, answered = await read()
    await doing
    after, more_written, more_answered = await read()
    calls = {name: count - before.get(name, 0) for name, count in after.items()}
    return Work(calls, more_written - written, more_answered - answered)
