"""The hours of the day in which the terminals of an app click."""

from collections import Counter
from collections.abc import Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.best_hour import WEIGHTS, BestHour, best_hour_of
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag


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

    async def _counts(self, app: App) -> Mapping[tuple[int, int], int]:
        """How many terminals clicked, by hour of the day and period."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hgetall(f"{tag(app, shard)}:hours")
            shards = cast("list[dict[bytes, bytes]]", await pipe.execute())
        total = Counter[tuple[int, int]]()
        for of_shard in shards:
            for name, count in of_shard.items():
                hour, period = map(int, name.split(b":"))
                total[hour, period] += int(count)
        return total
