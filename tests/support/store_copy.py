"""A copy of a store, taken and brought back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast

from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.fleet.store_hold import HoldReason
from pushgate.restore.holding import hold_restored
from pushgate.stores import Stores

QUEUE_KEY = b"{q}"


@dataclass(frozen=True)
class StoreCopy:
    """Every key as it was when the copy was made: its value, and when it expires (ms, -1 for
    never).
    """

    values: dict[bytes, tuple[bytes, int]]

    @classmethod
    async def make(cls, redis: Redis) -> "StoreCopy":
        """Copy all keys of the database."""
        values: dict[bytes, tuple[bytes, int]] = {}
        for key in [key async for key in redis.scan_iter(count=1000)]:
            value = cast("bytes", await redis.dump(key))
            values[key] = value, await redis.pexpiretime(key)
        return cls(values)

    async def restore(self, redis: Redis, age: timedelta = timedelta(0)) -> None:
        """Bring the store back, as another server that has the copy. A scheduler saw it so long
        ago.
        """
        await redis.flushdb()
        for key, (value, expires_ms) in self.values.items():
            await redis.restore(key, max(0, expires_ms), value, absttl=expires_ms > 0)
        if await redis.exists("{q}:backup"):
            await redis.hset("{q}:backup", "run", "another")
        if seen := cast("bytes | None", await redis.get("{q}:alive")):
            await redis.set("{q}:alive", f"{int(seen.split()[0]) - age // timedelta(milliseconds=1)} another")

    def with_queue_of(self, later: "StoreCopy") -> "StoreCopy":
        """This copy, with the queue as a later copy has it."""
        shards = {key: value for key, value in self.values.items() if not key.startswith(QUEUE_KEY)}
        queue = {key: value for key, value in later.values.items() if key.startswith(QUEUE_KEY)}
        return StoreCopy(shards | queue)


class Scheduler(Protocol):
    """What has a store and a clock."""

    clock: SetClock
    stores: Stores


GAP = timedelta(minutes=5)


async def go_back(scheduler: Scheduler, redis: Redis, copy: StoreCopy) -> None:
    """The copy is started after a while, with processes of its own."""
    scheduler.clock.advance(GAP.total_seconds())
    await copy.restore(redis)
    hold = await hold_restored(scheduler.stores, scheduler.clock)
    assert hold is not None
    assert hold.reason is HoldReason.BACKUP


async def marked_copy(stores: Stores, redis: Redis) -> StoreCopy:
    await stores.store_holds.mark_backup("b1")
    copy = await StoreCopy.make(redis)
    await stores.store_holds.unmark_backup("b1")
    return copy
