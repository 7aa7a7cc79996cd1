"""Readers that wait share one look at the streams, and none is left waiting."""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.explained import ExplainedWorld
from tests.support.redis_work import work
from tests.support.told_events import FeedReader

from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.events.arrivals import Arrivals

APP = App("shop", 2)


async def test_many_readers_cost_as_much_as_one(
    redis: Redis, large: ExplainedWorld, reader: FeedReader
) -> None:
    await reader.read()
    arrivals = Arrivals(large.stores.event_log, timedelta(milliseconds=100))
    waits = asyncio.gather(*(arrivals.wait(APP, reader.cursor, 1) for _ in range(50)))
    done = await work(redis, waits)
    streams = APP.shards + 1
    assert 0 < done.calls["xrevrange"] <= 11 * streams
    assert not (await work(redis, asyncio.sleep(0.3))).calls.get("xrevrange"), "nobody waits"
    await arrivals.close()


async def test_each_reader_that_waits_is_told(large: ExplainedWorld, reader: FeedReader) -> None:
    await large.register("phone")
    await reader.read()
    arrivals = Arrivals(large.stores.event_log, timedelta(milliseconds=10))
    waits = [asyncio.create_task(arrivals.wait(APP, reader.cursor, 60)) for _ in range(3)]
    await large.send(Everyone())
    async with asyncio.timeout(20):
        await asyncio.gather(*waits)
        await arrivals.wait(APP, reader.cursor, 60)
    await arrivals.close()
