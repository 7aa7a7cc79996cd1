"""Recent activity of an app's terminals: totals of today, and counts of the last hour by minute.

The scripts that move states count it, for large and small messages.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms
from pushgate.ledger.shard_scripts import minute_of
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag

_MINUTES_PER_HOUR, _MINUTES_PER_QUARTER = 60, 15
_QUARTERS_PER_DAY = 96

Counts = Mapping[tuple[str, str], int]
"""Terminals by vendor and state or receipt. A terminal that left a state no longer counts in it."""


class Activity:
    """The activity of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def today(self, app: App, timezone: tzinfo = UTC) -> Counts:
        """The totals since the last midnight of a time zone."""
        first = _quarter_of(midnight(self._clock.now(), timezone))
        last = _quarter_of(self._clock.now())
        days = range(first // _QUARTERS_PER_DAY, last // _QUARTERS_PER_DAY + 1)
        rows = await self._read(app, [f"quarters:{day}" for day in days])
        totals: Counter[tuple[str, str]] = Counter()
        for number, row in enumerate(rows):
            begin = days[number % len(days)] * _QUARTERS_PER_DAY
            for field, count in row.items():
                quarter, vendor, state = field.split("|")
                if begin + int(quarter) >= first:
                    totals[vendor, state] += count
        return +totals

    async def last_hour(self, app: App) -> dict[datetime, Counts]:
        """The counts of each of the last 60 minutes, this one included, in their order. Minutes
        without any are left out.
        """
        now = minute_of(self._clock.now())
        first = now - _MINUTES_PER_HOUR + 1
        hours = sorted({first // _MINUTES_PER_HOUR, now // _MINUTES_PER_HOUR})
        found: dict[int, Counter[tuple[str, str]]] = {}
        for row in await self._read(app, [f"minutes:{hour}" for hour in hours]):
            for field, count in row.items():
                minute, vendor, state = field.split("|")
                if first <= int(minute) <= now:
                    found.setdefault(int(minute), Counter())[vendor, state] += count
        return {from_ms(minute * 60_000): counts for minute in sorted(found) if (counts := +found[minute])}

    async def _read(self, app: App, names: list[str]) -> list[dict[str, int]]:
        """The hashes of these names in all shards, in the order of the names for each shard."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                for name in names:
                    pipe.hgetall(f"{tag(app, shard)}:{name}")
            rows = cast("list[Mapping[bytes, bytes]]", await pipe.execute())
        return [{field.decode(): int(value) for field, value in row.items()} for row in rows]


def midnight(now: datetime, timezone: tzinfo) -> datetime:
    """The instant, in UTC, at which the day of `now` began in a time zone."""
    local = now.astimezone(timezone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _quarter_of(at: datetime) -> int:
    """The quarter of an hour since 1970 in which an instant is."""
    return minute_of(at) // _MINUTES_PER_QUARTER
