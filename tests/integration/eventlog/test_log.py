"""Streams of events: subscribed to, read without a hole, and told of where there is one."""

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.eventlog.entries import QUEUE_SHARD, AppEvent, Entry, EntryId, Gap
from pushgate.eventlog.log import EventLog

APP = App("shop", 2)


@pytest.fixture
def log(redis: Redis) -> EventLog:
    return EventLog(redis)


def event(number: int) -> AppEvent:
    return AppEvent("vendor.down", {"number": str(number)})


async def publish(log: EventLog, *numbers: int) -> None:
    """One entry each."""
    for number in numbers:
        await log.publish(APP, [event(number)])


def numbers(entries: Sequence[Entry]) -> list[int]:
    parts = [part for entry in entries for part in entry.parts]
    return [int(part.fields["number"]) for part in parts if isinstance(part, AppEvent)]


async def test_entries_are_written_from_the_first_reader_on(log: EventLog, redis: Redis) -> None:
    await publish(log, 1)
    assert await redis.keys("*") == [], "an app without readers leaves nothing"
    places = await log.subscribe(APP, "one")
    assert list(places) == [0, 1, QUEUE_SHARD]
    await publish(log, 2, 3, 4)
    first = await log.read(APP, QUEUE_SHARD, places[QUEUE_SHARD], 2)
    assert (numbers(first.entries), first.gap) == ([2, 3], None)
    second = await log.read(APP, QUEUE_SHARD, first.last, 2)
    assert numbers(second.entries) == [4]
    nothing = await log.read(APP, QUEUE_SHARD, second.last, 2)
    assert (list(nothing.entries), nothing.last, nothing.gap) == ([], second.last, None)
    assert (await log.ends(APP))[QUEUE_SHARD] == second.last


async def test_a_reader_keeps_its_place_until_it_leaves(log: EventLog, redis: Redis) -> None:
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    await publish(log, 1, 2)
    batch = await log.read(APP, QUEUE_SHARD, start, 1)
    await log.acknowledge(APP, QUEUE_SHARD, "one", batch.last)
    assert (await log.subscribe(APP, "one"))[QUEUE_SHARD] == batch.last
    assert (await log.readers(APP))["one"][QUEUE_SHARD] == batch.last
    assert (await log.subscribe(APP, "two", "start"))[QUEUE_SHARD] == start
    assert (await log.subscribe(APP, "one", {QUEUE_SHARD: start}))[QUEUE_SHARD] == start
    await log.acknowledge(APP, QUEUE_SHARD, "three", batch.last)
    assert sorted(await log.readers(APP)) == ["one", "two"]
    await log.unsubscribe(APP, "one")
    await log.unsubscribe(APP, "two")
    assert not [key for key in await redis.keys("*") if b":epoch" not in key]
    assert all([await redis.pttl(key) > 0 for key in await redis.keys("*")])


async def test_whoever_comes_back_to_a_stream_that_nobody_read_is_told(log: EventLog) -> None:
    await log.subscribe(APP, "one")
    await publish(log, 1)
    last = (await log.ends(APP))[QUEUE_SHARD]
    await log.unsubscribe(APP, "one")
    await publish(log, 2)
    unread = await log.read(APP, QUEUE_SHARD, last, 10)
    assert (list(unread.entries), unread.last, unread.gap) == ([], last, None)
    begun = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    assert begun.epoch > last.epoch, "no id is used twice"
    assert (await log.read(APP, QUEUE_SHARD, last, 10)).gap == Gap(last, begun, "restarted")


async def test_a_gap_is_told_once_and_the_reader_goes_on(log: EventLog, redis: Redis) -> None:
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    await publish(log, 1, 2, 3)
    await redis.xtrim("{q}:events:shop", maxlen=1, approximate=False)
    batch = await log.read(APP, QUEUE_SHARD, start, 10)
    resume = EntryId(start.epoch, 2)
    assert (list(batch.entries), batch.last, batch.gap) == ([], resume, Gap(start, resume, "trimmed"))
    assert numbers((await log.read(APP, QUEUE_SHARD, batch.last, 10)).entries) == [3]


async def test_a_reader_beyond_the_end_knows_that_the_store_went_back(log: EventLog) -> None:
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    await publish(log, 1)
    ahead = EntryId(start.epoch, 7)
    last = (await log.ends(APP))[QUEUE_SHARD]
    assert (await log.read(APP, QUEUE_SHARD, ahead, 10)).gap == Gap(ahead, last, "rolled_back")


async def test_a_lost_epoch_begins_anew(log: EventLog, redis: Redis) -> None:
    """No script that changes a state may fail for its event."""
    start = (await log.subscribe(APP, "one"))[QUEUE_SHARD]
    await publish(log, 1)
    await redis.delete("{q}:epoch:shop")
    await publish(log, 2)
    await redis.set("{q}:epoch:shop", 5)
    await publish(log, 3)
    place = start
    found: list[list[int] | str] = []
    for _ in range(5):
        batch = await log.read(APP, QUEUE_SHARD, place, 10)
        place, found = batch.last, [*found, batch.gap.reason if batch.gap else numbers(batch.entries)]
    assert found == [[1], "rolled_back", [2], "rolled_back", [3]]
