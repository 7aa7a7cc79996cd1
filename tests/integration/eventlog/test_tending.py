"""Streams of events are kept within their limits, end with their last reader, and begin anew where
the store may have lost entries.
"""

from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.eventlog.entries import QUEUE_SHARD, AppEvent, EntryId, Gap
from pushgate.eventlog.log import EventLog
from pushgate.eventlog.tending import Limits, StreamTending
from pushgate.redis.rewriting import read_run_id

APP = App("shop")
STREAM = "{q}:events:shop"
ROOM = 1 << 30


@pytest.fixture
def log(redis: Redis) -> EventLog:
    return EventLog(redis)


@pytest.fixture
def tending(redis: Redis) -> StreamTending:
    return StreamTending(redis)


async def tend(
    tending: StreamTending, clock: SetClock, *, server: str = "one", max_bytes: int = ROOM
) -> None:
    limits = Limits(clock.now() - timedelta(days=3), max_bytes)
    await tending.tend(APP, {tending._redis: server}, clock.now(), limits)


async def publish(log: EventLog, count: int, size: int = 1) -> EntryId:
    """Publish so many entries; returns the last place."""
    for _ in range(count):
        await log.publish(APP, [AppEvent("vendor.down", {"reason": "x" * size})])
    return (await log.ends(APP))[QUEUE_SHARD]


async def test_entries_stay_for_their_time_whoever_has_read_them(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    start = (await log.subscribe(APP, "slow"))[QUEUE_SHARD]
    last = await publish(log, 5)
    await log.subscribe(APP, "fast")
    clock.advance(2 * 86_400)
    await tend(tending, clock)
    assert len((await log.read(APP, QUEUE_SHARD, start, 10)).entries) == 5
    clock.advance(2 * 86_400)
    await tend(tending, clock)
    assert await redis.xlen(STREAM) == 1, "the last one tells where the stream is"
    resume = EntryId(last.epoch, last.n - 1)
    assert (await log.read(APP, QUEUE_SHARD, start, 10)).gap == Gap(start, resume, "trimmed")
    assert (await log.read(APP, QUEUE_SHARD, last, 10)).gap is None


async def test_the_oldest_entries_make_room(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    await publish(log, 40, size=1000)
    await tend(tending, clock, max_bytes=20_000)
    assert 10 < await redis.xlen(STREAM) < 25
    batch = await log.read(APP, QUEUE_SHARD, start, 10)
    assert batch.gap is not None
    assert batch.gap.reason == "trimmed"
    await tend(tending, clock, max_bytes=1)
    assert await redis.xlen(STREAM) == 1


async def test_a_few_large_entries_drive_out_no_others(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    await log.subscribe(APP, "one")
    await publish(log, 500)
    await publish(log, 8, size=10_000)
    await tend(tending, clock, max_bytes=200_000)
    assert await redis.xlen(STREAM) == 509
    await publish(log, 20, size=10_000)
    await tend(tending, clock, max_bytes=200_000)
    assert 15 < await redis.xlen(STREAM) < 25, "bytes count, not entries"


async def test_a_stream_ends_with_its_last_reader(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    await log.subscribe(APP, "short", expires_at=clock.now() + timedelta(hours=1))
    await log.subscribe(APP, "long", expires_at=clock.now() + timedelta(hours=3))
    await publish(log, 1)
    clock.advance(2 * 3600)
    await tend(tending, clock)
    assert list(await log.readers(APP)) == ["long"]
    clock.advance(2 * 3600)
    await tend(tending, clock)
    await tend(tending, clock)
    assert await log.readers(APP) == {}
    left = await redis.keys("*")
    assert sorted(left) == [b"{q}:epoch:shop", b"{shop:0}:epoch"]
    assert all([await redis.pttl(key) > 0 for key in left])


async def test_another_run_of_the_server_begins_an_epoch(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    await log.subscribe(APP, "one")
    last = await publish(log, 3)
    await tend(tending, clock)
    await tend(tending, clock)
    assert (await log.read(APP, QUEUE_SHARD, last, 10)).gap is None
    await tend(StreamTending(redis), clock, server="two")
    await tend(tending, clock, server="two")
    gap = (await log.read(APP, QUEUE_SHARD, last, 10)).gap
    assert gap is not None
    assert (gap.reason, gap.resume.n) == ("restarted", 0)
    assert (await log.ends(APP))[QUEUE_SHARD] == gap.resume, "one epoch for all who look"


async def test_a_stream_that_went_back_uses_no_id_twice(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    before = await redis.dump(STREAM)
    assert before is not None
    lost = await publish(log, 3)
    await tend(tending, clock)
    await redis.restore(STREAM, 0, before, replace=True)
    await tend(tending, clock)
    assert (await publish(log, 1)).epoch > lost.epoch
    gaps = [(await log.read(APP, QUEUE_SHARD, place, 10)).gap for place in (start, lost)]
    assert [gap.reason for gap in gaps if gap] == ["rolled_back"] * 2
    resume = EntryId((await log.ends(APP))[QUEUE_SHARD].epoch, 0)
    assert len((await log.read(APP, QUEUE_SHARD, resume, 10)).entries) == 1


async def test_readers_of_a_part_of_the_store_that_went_back_are_told_once(
    log: EventLog, tending: StreamTending, redis: Redis, clock: SetClock
) -> None:
    place = (await log.subscribe(APP, "one"))[0]
    lost_from = datetime.now(UTC) + timedelta(seconds=1)  # the server's clock tells when an epoch began
    await tending.roll_back(APP, 0, lost_from)
    gap = (await log.read(APP, 0, place, 10)).gap
    assert gap is not None
    assert gap.reason == "rolled_back"
    await tending.roll_back(APP, 0, lost_from - timedelta(seconds=10))
    await tend(tending, clock, server=await read_run_id(redis))
    assert (await log.ends(APP))[0] == gap.resume, "one epoch, whoever else notices it"
