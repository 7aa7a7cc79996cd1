"""Phases of hygiene, run to their ends."""

from collections import Counter
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.message import MAX_TTL
from pushgate.hygiene.compaction import BlockReturn, Compaction
from pushgate.hygiene.progress import Change, Phase

RETENTION = timedelta(days=30)
REUSE_AFTER = RETENTION + MAX_TTL


async def run_phases(app: App, shard: int, *phases: Phase) -> Counter[Change]:
    """Run phases one after the other; returns what they changed."""
    total: Counter[Change] = Counter()
    for phase in phases:
        async for progress in phase.run(app, shard, 0):
            total.update(progress.changes)
    return +total


def compaction(redis: Redis, clock: Clock) -> tuple[Phase, Phase]:
    """The two phases of compaction."""
    return Compaction(redis, clock, REUSE_AFTER), BlockReturn(redis, clock, REUSE_AFTER)
