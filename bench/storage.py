"""Storage: registration, memory a terminal, reading tokens, planning a broadcast. `python -m bench.storage [terminals]`

The reference is what the same server and client do with pipelined PINGs in the same run, so that a slow machine shows
as a low reference, not as slow storage.
"""

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from redis.asyncio import Redis

from bench.engines import store
from pushgate.domain.app import App
from pushgate.domain.clock import SystemClock
from pushgate.domain.terminal import Terminal
from pushgate.ledger.plan import Plans
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.client import connect
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens

TOKEN = 152
APP = App("bench")
LANGUAGES = ("en", "zh-Hans", "ja")
VENDORS = ("apns", "fcm", "huawei", "xiaomi")


def terminals(count: int) -> Iterator[list[Terminal]]:
    """In batches of 1,000, with tokens of 152 characters."""
    for start in range(0, count, 1000):
        yield [
            Terminal(
                f"terminal-{n:012d}",
                VENDORS[n % 4],
                (hashlib.sha512(str(n).encode()).hexdigest() * 2)[:TOKEN],
                LANGUAGES[n // 4 % 3],
            )
            for n in range(start, min(start + 1000, count))
        ]


async def reference(redis: Redis) -> float:
    """Pipelined PINGs a second."""
    began = time.perf_counter()
    for _ in range(50):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(1000):
                pipe.ping()
            await pipe.execute()
    return 50_000 / (time.perf_counter() - began)


async def used(redis: Redis) -> int:
    """Bytes that the data takes."""
    return int((await redis.info("memory"))["used_memory"])


async def read_all(tokens: Tokens, alive: dict[Block, int]) -> int:
    """Read every token, eight blocks at a time, as workers do."""
    gate = asyncio.Semaphore(8)

    async def read(block: Block, bits: int) -> int:
        async with gate:
            return len(await tokens.read(APP, 0, "", block.group, block.number, bits))

    return sum(await asyncio.gather(*(read(block, bits) for block, bits in alive.items())))


async def measure(url: str, count: int) -> None:
    """Run all of it and print a table."""
    redis, clock = connect(url), SystemClock()
    registry, plans = Registry(redis, clock, timedelta(days=30)), Plans(redis, clock)
    speed = await reference(redis)
    rows: list[tuple[str, float, str]] = [("reference: pipelined PINGs", speed, "/s")]
    before, began = await used(redis), time.perf_counter()
    for batch in terminals(count):
        await registry.register(APP, batch)
    rate = count / (time.perf_counter() - began)
    rows += [("registrations", rate, "/s"), ("  ratio to the reference", rate / speed, "")]
    rows.append(
        (
            f"memory a terminal beside its token of {TOKEN} B",
            (await used(redis) - before) / count - TOKEN,
            "B",
        )
    )

    began = time.perf_counter()
    groups = await TerminalLocations(redis).alive(APP, 0)
    alive = {
        Block(group, number): bits for group, blocks in groups.items() for number, bits in blocks.items()
    }
    scope = MessageShard(APP, 0, "0" * 28, clock.now() + timedelta(days=31))
    await plans.write(scope, [Planned(block, bits) for block, bits in alive.items()])
    rows.append((f"planning a broadcast to {count:,}", (time.perf_counter() - began) * 1000, "ms"))

    began = time.perf_counter()
    assert await read_all(Tokens(redis), alive) == count
    rate = count / (time.perf_counter() - began)
    rows += [("tokens read, one process", rate, "/s"), ("  ratio to the reference", rate / speed, "")]
    await redis.aclose()
    for name, value, unit in rows:
        sys.stdout.write(f"{name:<52}{value:>14,.2f} {unit}\n")


def main() -> None:
    """Measure on a server of our own, in a folder that is gone afterwards."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, store(Path(folder)) as url:
        asyncio.run(measure(url, count))


if __name__ == "__main__":
    main()
