"""Readers who begin late, or missed events, get the sums of messages and add up from there."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from tests.support.event_sums import counted
from tests.support.explained import ExplainedWorld
from tests.support.told_events import FeedReader, of_type

from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.eventlog.entries import EntryId
from pushgate.eventlog.keys import all_shards
from pushgate.events.cursor import Cursor, Place
from pushgate.events.feed import EventFeed
from pushgate.ledger.values import Failure

APP = App("shop", 2)
BUSY = Failure("apns", "Busy", "busy")


@pytest.mark.parametrize("is_large", [True, False])
async def test_who_begins_later_is_told_the_sums_of_messages_under_way(
    large: ExplainedWorld, small: ExplainedWorld, feed: EventFeed, *, is_large: bool
) -> None:
    world, ids = large if is_large else small, ["a", "b", "c"]
    await world.register(*ids)
    message_id = await world.send(ByTerminal(tuple(ids)))
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("a"))
    late = FeedReader(feed, APP)
    await late.begin()
    await world.record(message_id, Verb.REJECTED, BUSY, slot=await world.slot("b"))
    await late.read()
    _, report = await world.stores.tracked.results.find(APP, message_id)
    assert late.sums.of_message(message_id) == counted(report)


@pytest.mark.parametrize("is_large", [True, False])
async def test_a_gap_is_told_and_followed_by_snapshots(
    redis: Redis,
    large: ExplainedWorld,
    small: ExplainedWorld,
    reader: FeedReader,
    *,
    is_large: bool,
) -> None:
    world, ids = large if is_large else small, ["a", "b", "c"]
    await world.register(*ids)
    message_id = await world.send(ByTerminal(tuple(ids)))
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("a"))
    for shard in range(APP.shards):
        await redis.xtrim(f"{{shop:{shard}}}:events", maxlen=1, approximate=False)
    await world.record(message_id, Verb.REJECTED, BUSY, slot=await world.slot("b"))
    events = await reader.read()
    gaps = of_type(events, "events.gap")
    assert gaps
    assert {gap["reason"] for gap in gaps} == {"trimmed"}
    _, report = await world.stores.tracked.results.find(APP, message_id)
    assert reader.sums.of_message(message_id) == counted(report)


@pytest.mark.parametrize("epoch_of", [lambda n: 1 + n, lambda n: 2**40 + n], ids=["long ago", "beyond"])
async def test_snapshots_are_written_once_whatever_places_readers_name(
    redis: Redis, large: ExplainedWorld, feed: EventFeed, reader: FeedReader, epoch_of: Callable[[int], int]
) -> None:
    await large.register("a", "b")
    await reader.read()  # events are written
    message_id = await large.send(Everyone())
    _, report = await large.stores.tracked.results.find(APP, message_id)
    written = []
    for n in range(4):
        late = FeedReader(feed, APP)
        late.cursor = Cursor(dict.fromkeys(all_shards(APP), Place(EntryId(epoch_of(n), 7))))
        await late.read()
        assert late.sums.of_message(message_id) == counted(report)
        written.append([await redis.xlen(f"{{shop:{shard}}}:events") for shard in range(APP.shards)])
    assert written == [written[0]] * 4


async def test_snapshots_serve_readers_who_come_when_more_was_trimmed(
    redis: Redis, large: ExplainedWorld, feed: EventFeed, reader: FeedReader
) -> None:
    await large.register("a", "b")
    await reader.read()  # events are written
    message_id = await large.send(Everyone())
    _, report = await large.stores.tracked.results.find(APP, message_id)
    written: list[int] = []
    for _ in range(3):
        late = FeedReader(feed, APP)
        late.cursor = Cursor(dict.fromkeys(all_shards(APP), Place(EntryId(1, 7))))
        await late.read()
        assert late.sums.of_message(message_id) == counted(report)
        ends = await large.stores.event_log.ends(APP)
        written.append(sum(end.n for end in ends.values()))
        for shard in range(APP.shards):
            keep = await redis.xlen(f"{{shop:{shard}}}:events") - 1
            await redis.xtrim(f"{{shop:{shard}}}:events", maxlen=max(1, keep), approximate=False)
    assert written == [written[0]] * 3


async def test_events_that_were_not_written_for_want_of_readers_are_a_gap(
    large: ExplainedWorld, reader: FeedReader
) -> None:
    await large.register("a", "b")
    message_id = await large.send(Everyone())
    await reader.read()
    await large.stores.event_log.unsubscribe(APP, "feed")
    await large.record(message_id, Verb.ACCEPTED, slot=await large.slot("a"))
    await large.stores.event_log.subscribe(APP, "feed")
    events = await reader.read()
    assert {gap["reason"] for gap in of_type(events, "events.gap")} == {"restarted"}
    assert reader.sums.of_message(message_id) == {"accepted": 1, "pending": 1}
