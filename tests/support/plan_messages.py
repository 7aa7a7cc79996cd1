"""A process that plans messages of one app: `python -m tests.support.plan_messages URL CAPS ID...`.

CAPS is a category, `=` and messages a day.
"""

import asyncio
import sys
from datetime import timedelta

from tests.support.apps import capped_app
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.redis.client import connect
from pushgate.scheduler.planner import Planner
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores


async def _plan(url: str, cap: str, ids: list[str]) -> None:
    category, _, per_day = cap.partition("=")
    redis, clock = connect(RedisSettings(url=url)), SetClock()
    configured = capped_app(App("shop", 2), {category: int(per_day)})
    stores = Stores.open(redis, clock, timedelta(days=30))
    planner = Planner(stores, clock)
    for message_id in ids:
        stored = await stores.messages.read_envelope("shop", message_id)
        async for _ in planner.plan(stored.envelope, configured):
            pass
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(_plan(sys.argv[1], sys.argv[2], sys.argv[3:]))
