"""A process that uses a quota: `python -m tests.support.use_quota URL LIMIT TURNS NAME`.

In each turn it takes what a few blocks want, sends some of that, adds what it sent to the key
`sent`, and settles, unless it is one of the turns that are lost.
"""

import asyncio
import random
import sys
from datetime import timedelta

from pushgate.domain.clock import SystemClock
from pushgate.domain.push_class import PushClass
from pushgate.quotas.quota import Quota
from pushgate.quotas.store import VendorQuotas
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings

LOST = 0.1


async def _use(url: str, limit: int, turns: int, name: str) -> None:
    redis, draw = connect(RedisSettings(url=url)), random.Random(name)  # a play that repeats
    quotas = VendorQuotas(redis, SystemClock())
    quota = Quota("shop", "vivo", PushClass.MARKETING, limit)
    for turn in range(turns):
        run = f"{name}:{turn}"
        parts = {f"{run}:{block}": draw.randrange(1, 60) for block in range(4)}
        day, granted = await quotas.take(quota, draw.randrange(3), name, run, parts, timedelta(seconds=30))
        sent = {part: draw.randint(0, pushes) for part, pushes in granted.items()}
        await redis.incrby("sent", sum(sent.values()))
        if draw.random() >= LOST:
            await quotas.settle(quota, day, name, run, sent)
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(_use(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
