"""The hours of the day in which the terminals of an app click."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.best_hour import WEIGHTS, BestHour, best_hour_of
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.domain.outcome import SlotRef
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import portions

_BITS_AT_ONCE = 1000


class ClickHour(NamedTuple):
    """An hour of the day (UTC), and the number of a period of 28 days, in which a terminal
    clicked.
    """

    hour: int
    period: int

    @classmethod
    def parse(cls, name: bytes) -> "ClickHour":
        """Read the name in hours.lua."""
        hour, period = map(int, name.split(b":"))
        return cls(hour, period)


class ClickHours:
    """Click hours of all apps, by the terminals in hours.lua. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def best_of_app(self, app: App, best_hour: BestHour) -> int | None:
        """The best hour of all terminals of an app together, of those in which a message goes out;
        None where no click near them is known.
        """
        counts = await self._counts(app)
        by_age = {
            (hour, age): count
            for (hour, period), count in counts.items()
            if 0 <= (age := best_hour.period - period) < len(WEIGHTS)
        }
        return best_hour_of(by_age, best_hour.candidates)

    async def of_slots(self, app: App, slots: Sequence[SlotRef]) -> dict[SlotRef, list[ClickHour]]:
        """When the terminals of these slots clicked, as far as it is kept: newest periods first."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for slot in slots:
                pipe.getbit(_key(app, slot), _offset(slot))
            may_have = cast("list[int]", await pipe.execute())
        found: dict[SlotRef, list[ClickHour]] = {slot: [] for slot in slots}
        names = await self._names(app, {slot.shard for slot, has in zip(slots, may_have, strict=True) if has})
        asked = [(slot, one) for slot in slots for one in names.get(slot.shard, ())]
        for some in portions(asked, _BITS_AT_ONCE):
            async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
                for slot, one in some:
                    pipe.getbit(f"{_key(app, slot)}:{one.hour}:{one.period}", _offset(slot))
                bits = cast("list[int]", await pipe.execute())
            for (slot, one), is_set in zip(some, bits, strict=True):
                if is_set:
                    found[slot].append(one)
        return found

    async def _names(self, app: App, shards: Collection[int]) -> dict[int, list[ClickHour]]:
        """The hours and periods in which terminals of these shards clicked."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.hkeys(f"{tag(app, shard)}:hours")
            rows = cast("list[list[bytes]]", await pipe.execute())
        return {
            shard: sorted((ClickHour.parse(name) for name in names), key=lambda one: (-one.period, one.hour))
            for shard, names in zip(shards, rows, strict=True)
        }

    async def _counts(self, app: App) -> Mapping[ClickHour, int]:
        """How many terminals clicked, by hour of the day and period."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hgetall(f"{tag(app, shard)}:hours")
            shards = cast("list[dict[bytes, bytes]]", await pipe.execute())
        total = Counter[ClickHour]()
        for of_shard in shards:
            for name, count in of_shard.items():
                total[ClickHour.parse(name)] += int(count)
        return total


def _key(app: App, slot: SlotRef) -> str:
    return f"{tag(app, slot.shard)}:b:{slot.slot // SLOTS_PER_RANGE}:h"


def _offset(slot: SlotRef) -> int:
    """GETBIT counts from the highest bit of each byte."""
    return slot.slot % SLOTS_PER_RANGE ^ 7
