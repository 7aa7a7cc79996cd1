"""A dispatch that is interrupted can be repeated at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import catalog_of
from tests.support.clock import SetClock
from tests.support.scheduler import APP, LEASE, SchedulerParts

from pushgate.domain.audience import Everyone
from pushgate.redis.client import connect
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

TERMINALS = 40
LOST = 1


@pytest.mark.parametrize("stopping", [False, True])
async def test_a_dispatch_that_an_engine_interrupts_gives_up_its_claim_at_once(
    parts: SchedulerParts, redis: Redis, clock: SetClock, stopping: bool
) -> None:
    """The registry's Redis is out of reach, the queue's is not."""
    nowhere = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    stores = replace(parts.stores, resolver=Stores.open(nowhere, clock, timedelta(days=30)).resolver)
    catalog = catalog_of(stores.registered_apps, APP, ["apns"])
    context = replace(parts.context, stores=stores, catalog=catalog)
    dispatcher = Dispatcher(context, "cut off", LEASE)
    message = await parts.store(Everyone())
    assert await dispatcher.dispatch_due() == 1
    if stopping:
        dispatcher.stop()
    await dispatcher.wait_until_idle()
    assert await parts.stores.claims.claim(clock.now(), LEASE, "other", 10) == []
    clock.advance(1)
    assert await parts.stores.claims.claim(clock.now(), LEASE, "other", 10) == [message.envelope]
    await nowhere.aclose()
