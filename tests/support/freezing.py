"""Freezing in small portions, and the terminals that an audience holds."""

from redis.asyncio import Redis

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.clock import Clock
from pushgate.freezing.freezing import Freezing
from pushgate.freezing.marking import Marking
from pushgate.freezing.records import FreezeRecords
from pushgate.stores import Stores


def in_portions(redis: Redis, stores: Stores, clock: Clock, size: int) -> Freezing:
    """Freezing that marks nothing in a request, and so many slots in one step."""
    return Freezing(
        records=FreezeRecords(redis),
        marking=Marking(redis, stores.terms, size),
        resolver=stores.resolver,
        saved=stores.saved_audiences,
        clock=clock,
        max_at_once=-1,
    )


async def finish(freezing: Freezing, app: App, key: str) -> None:
    """Do all the work on a frozen audience."""
    while not (await freezing.step(app, key)).is_over:
        pass


async def held(stores: Stores, app: App, audience: Audience) -> set[str]:
    """The ids of the terminals that an audience holds, each of them once."""
    found: list[str] = []
    expanded = await stores.saved_audiences.expand(app, audience)
    async for shard, selection in stores.resolver.resolve(app, expanded, "seed"):
        slots = [slot for blocks in selection.values() for slot in bitmaps.slots(blocks)]
        found += (await stores.holders.ids(app, shard, slots)).values()
    assert len(found) == len(set(found))
    return set(found)
