"""Measures what events cost: Redis' time of each step with and without a reader, and a broadcast
through a whole worker with and without a webhook.

`python -m bench.events [terminals]`

Both are measured by turns in one run; the reference is the run without. Times of Redis are its main
thread's CPU, the least of some rounds.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from tests.support.blocks import open_blocks

from bench.bundles import Measurement
from bench.engines import OTHER_CORE, start_valkey
from bench.machine import machine, require_program
from bench.options import terminal_count
from bench.sender import write_files
from bench.webhook_broadcasts import cpu_us, measure_broadcasts
from pushgate.domain.app import App
from pushgate.domain.clock import SystemClock
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, MessageShard, Move, Planned
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

ROUNDS = 3
BLOCKS, SLOTS, BUNDLE, RECEIPTS = 500, 1024, 512, 2000
RETENTION, LEASE = timedelta(days=30), timedelta(minutes=5)
APP, GROUP = App("bench"), Group("fcm", "en")
DEAD = Failure("fcm", "UNREGISTERED", "the token is no longer registered")
Costs = dict[str, dict[bool, list[float]]]
"""By step and by whether somebody reads, microseconds a terminal in each round."""


class Steps:
    """Notes what each step costs."""

    def __init__(self, redis: Redis, costs: Costs, *, is_read: bool) -> None:
        self._redis = redis
        self._costs = costs
        self._is_read = is_read

    @asynccontextmanager
    async def step(self, name: str, terminals: int) -> AsyncIterator[None]:
        """A step over so many terminals."""
        before = await cpu_us(self._redis)
        yield
        taken = (await cpu_us(self._redis) - before) / terminals
        self._costs[name][self._is_read].append(taken)


async def broadcast_steps(redis: Redis, steps: Steps) -> None:
    """Plan, take and record a broadcast, and receipts of some of its terminals."""
    stores, whole = Stores.open(redis, SystemClock(), RETENTION), (1 << SLOTS) - 1
    blocks = [Block(GROUP, number) for number in range(BLOCKS)]
    await open_blocks(redis, APP, blocks)
    shard = MessageShard(APP, 0, "0" * 30, SystemClock().now() + RETENTION)
    half, dead = whole >> SLOTS // 2, whole >> SLOTS - SLOTS // 20
    async with steps.step("broadcast: plan, take, record", BLOCKS * SLOTS):
        await stores.plans.write(shard, [Planned(block, whole) for block in blocks])
        for block in blocks:
            await stores.leases.take(shard, "worker", LEASE, [block])
            first = [Move(block, half ^ dead, State.ACCEPTED), Move(block, dead, State.INVALID, DEAD)]
            for moves in (first, [Move(block, whole ^ half, State.ACCEPTED)]):
                await stores.outcomes.record(shard, "worker", LEASE, [block], moves)
            await stores.leases.release(shard, "worker", [block], None)
    for at_once, first_block in ((1, 0), (50, 100)):
        async with steps.step(f"receipts, {at_once} a call", RECEIPTS):
            for start in range(0, RECEIPTS, at_once):
                slots = [
                    [SlotRef(0, GROUP, SLOTS * first_block + number)]
                    for number in range(start, start + at_once)
                ]
                await stores.results.record_receipts(
                    ReceiptKind.DELIVERED, APP, shard.message_id, slots, shard.keep_until
                )


async def bundle_steps(redis: Redis, steps: Steps) -> None:
    """Store, plan and record small messages."""
    small = Measurement(redis, BUNDLE, 20 * BUNDLE)
    async with steps.step(f"small messages, bundles of {BUNDLE}: put", small.messages):
        await small.put()
    async with steps.step(f"small messages, bundles of {BUNDLE}: claim, plan", small.messages):
        await small.place()
    async with steps.step(f"small messages, bundles of {BUNDLE}: look, take, record", small.messages):
        await small.send()


async def measure_scripts(url: str) -> None:
    """Measure each step with and without a reader, and print a table."""
    redis, costs = connect(RedisSettings(url=url)), cast("Costs", defaultdict(lambda: {False: [], True: []}))
    log = Stores.open(redis, SystemClock(), RETENTION).event_log
    events = 0
    for _ in range(ROUNDS):
        for is_read in (False, True):
            await redis.flushall()
            if is_read:
                for app in (APP, App(f"bundles-of-{BUNDLE}")):
                    await log.subscribe(app, "reader")
            steps = Steps(redis, costs, is_read=is_read)
            await broadcast_steps(redis, steps)
            events = await redis.memory_usage("{bench:0}:events") or events
            await bundle_steps(redis, steps)
    await redis.aclose()
    sys.stdout.write(f"{'Redis, us a terminal':<56}{'without':>10}{'with':>10}{'more':>10}\n")
    for name, by_reader in costs.items():
        without, with_reader = min(by_reader[False]), min(by_reader[True])
        sys.stdout.write(f"{name:<56}{without:>10.3f}{with_reader:>10.3f}{with_reader - without:>10.3f}\n")
    sys.stdout.write(f"memory of the broadcast's events: {events / (BLOCKS * SLOTS):.2f} B a terminal\n")


def main() -> None:
    """Measure and print."""
    count = terminal_count(__doc__)
    require_program("nghttpd")
    sys.stdout.write(f"{machine()}, {time.strftime('%Y-%m-%d')}\n")
    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory() as name, start_valkey(Path(name)) as (url, _):
        asyncio.run(measure_scripts(url))
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name))
        measure_broadcasts(Path(name), count)


if __name__ == "__main__":
    main()
