"""Measures registration, memory per terminal, planning a broadcast and reading tokens.

`python -m bench.storage [terminals]`

The reference is the rate of pipelined PINGs by the same client to
the same server, so that a slow machine lowers the reference, too.
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

from bench.engines import start_valkey
from bench.options import terminal_count
from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.clock import SystemClock
from pushgate.domain.terminal import Terminal
from pushgate.ledger.plan import Plans
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores
from pushgate.terminals.device_secrets import DeviceSecrets, digest
from pushgate.terminals.registry import Registry, Single
from pushgate.terminals.tokens import Tokens

TOKEN_LENGTH = 152
APP = App("bench")
LANGUAGES = ("en", "zh-Hans", "ja")
VENDORS = ("apns", "fcm", "huawei", "xiaomi")


def terminals(count: int) -> Iterator[list[Terminal]]:
    """Terminals in batches of 1,000, with tokens of 152 characters."""
    for start in range(0, count, 1000):
        yield [
            Terminal(
                f"terminal-{n:012d}",
                VENDORS[n % 4],
                (hashlib.sha512(str(n).encode()).hexdigest() * 2)[:TOKEN_LENGTH],
                LANGUAGES[n // 4 % 3],
            )
            for n in range(start, min(start + 1000, count))
        ]


async def pings_per_second(redis: Redis) -> float:
    """Pipelined PINGs a second."""
    began = time.perf_counter()
    for _ in range(50):
        async with redis.pipeline(transaction=False) as pipe:
            for _ in range(1000):
                pipe.ping()
            await pipe.execute()
    return 50_000 / (time.perf_counter() - began)


async def memory_used(redis: Redis) -> int:
    """Bytes of memory that the data takes."""
    return int((await redis.info("memory"))["used_memory"])


async def device_secret_bytes(redis: Redis, registry: Registry, known: list[Terminal]) -> float:
    """Bytes of memory that a device secret takes, where all of these terminals get one."""
    devices, before = DeviceSecrets(redis), await memory_used(redis)
    for terminal in known:
        found = await devices.read(APP, terminal.id)
        assert found
        await registry.replace(APP, terminal, Single(found.version, digest(terminal.id)))
    return (await memory_used(redis) - before) / len(known)


async def read_all(tokens: Tokens, registered: dict[Block, int]) -> int:
    """Read every token, eight blocks at a time, as workers do."""
    free_slots = asyncio.Semaphore(8)

    async def read(block: Block, bits: int) -> int:
        async with free_slots:
            return len(await tokens.read(APP, 0, "", block.group, block.number, bits))

    return sum(await asyncio.gather(*(read(block, bits) for block, bits in registered.items())))


async def everyone(stores: Stores) -> dict[Block, int]:
    """The slots in use of all blocks."""
    return {
        Block(group, number): bits
        async for _, selection in stores.resolver.resolve(APP, Everyone(), "")
        for group, blocks in selection.items()
        for number, bits in blocks.items()
    }


async def measure(url: str, count: int) -> None:
    """Measure and print a table."""
    redis, clock = connect(RedisSettings(url=url)), SystemClock()
    registry, plans = Registry(redis, clock, timedelta(days=30)), Plans(redis, clock)
    speed = await pings_per_second(redis)
    rows: list[tuple[str, float, str]] = [("reference: pipelined PINGs", speed, "/s")]
    before, began = await memory_used(redis), time.perf_counter()
    for batch in terminals(count):
        await registry.register(APP, batch)
    rate = count / (time.perf_counter() - began)
    rows += [("registrations", rate, "/s"), ("  ratio to the reference", rate / speed, "")]
    rows.append(
        (
            f"memory per terminal without its token of {TOKEN_LENGTH} B",
            (await memory_used(redis) - before) / count - TOKEN_LENGTH,
            "B",
        )
    )
    some = [terminal for _, batch in zip(range(10), terminals(count), strict=False) for terminal in batch]
    rows.append(("  and per device secret", await device_secret_bytes(redis, registry, some), "B"))

    began = time.perf_counter()
    registered = await everyone(Stores.open(redis, clock, timedelta(days=30)))
    scope = MessageShard(APP, 0, "0" * 28, clock.now() + timedelta(days=31))
    await plans.write(scope, [Planned(block, bits) for block, bits in registered.items()])
    rows.append((f"planning a broadcast to {count:,}", (time.perf_counter() - began) * 1000, "ms"))

    began = time.perf_counter()
    assert await read_all(Tokens(redis), registered) == count
    rate = count / (time.perf_counter() - began)
    rows += [("tokens read, one process", rate, "/s"), ("  ratio to the reference", rate / speed, "")]
    await redis.aclose()
    for name, value, unit in rows:
        sys.stdout.write(f"{name:<52}{value:>14,.2f} {unit}\n")


def main() -> None:
    """Measure on a temporary server."""
    count = terminal_count(__doc__)
    with tempfile.TemporaryDirectory() as folder, start_valkey(Path(folder)) as (url, _):
        asyncio.run(measure(url, count))


if __name__ == "__main__":
    main()
