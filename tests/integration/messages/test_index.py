"""Messages are listed by status, and forgotten after their retention."""

from datetime import timedelta

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import RETENTION, message

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Options, Status
from pushgate.stores import Stores

APP = App("shop")


async def test_pages_go_from_newest_to_oldest_without_gap_or_repeat(stores: Stores, clock: SetClock) -> None:
    ids = []
    for _ in range(7):
        ids.append((await stores.messages.put(message(clock, 60))).id)
        clock.advance(1)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await stores.tracked.messages.page(APP, None, cursor, 3)
        cursor = page.next_cursor
        seen += [entry.id for entry in page.messages]
    assert seen == ids[::-1]
    assert cursor is None


async def test_pages_can_be_of_one_status(stores: Stores, clock: SetClock) -> None:
    kept, gone = await stores.messages.put(message(clock, 60)), await stores.messages.put(message(clock, 60))
    await stores.messages.cancel("shop", gone.id)
    assert await stores.message_index.ids("shop", Status.SCHEDULED, None, 10) == [kept.id]
    assert await stores.message_index.ids("shop", Status.CANCELLED, None, 10) == [gone.id]
    assert await stores.message_index.ids("other", None, None, 10) == []


async def test_the_index_forgets_messages_past_their_retention(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    stored = await stores.messages.put(replace(message(clock), options=Options(ttl=timedelta(hours=1))))
    assert await stores.message_index.trim(clock.now() + RETENTION) == 0
    assert await stores.message_index.trim(clock.now() + RETENTION + timedelta(hours=1, seconds=1)) == 1
    left = {key async for key in redis.scan_iter()}
    assert left == {f"{{q}}:message:{stored.id}".encode()}
    assert await redis.pttl(f"{{q}}:message:{stored.id}") > 0


async def test_trimming_goes_on_until_all_is_done(stores: Stores, clock: SetClock) -> None:
    for _ in range(25):
        await stores.messages.put(message(clock))
    assert await stores.message_index.trim(clock.now() + timedelta(days=60), limit=10) == 25
    assert await stores.message_index.ids("shop", None, None, 10) == []


async def test_messages_are_listed_by_their_push_time_and_those_of_one_instant_by_their_ids(
    stores: Stores, clock: SetClock
) -> None:
    at_once = [await stores.messages.put(message(clock)) for _ in range(5)]
    later, moved = [await stores.messages.put(message(clock, after)) for after in (60, 30)]
    sooner = later.push_at - timedelta(seconds=90)
    await stores.revisions.reschedule("shop", moved.id, lambda known: replace(known, push_at=sooner))
    places = [(to_ms(one.push_at), one.id) for one in (later, replace(moved, push_at=sooner), *at_once)]
    expected = sorted(places, reverse=True)
    before, found = (expected[0][0] + 1, ""), list[tuple[int, str]]()
    while page := await stores.message_index.pushed("shop", before, 2):
        found += page
        before = page[-1]
    assert found == expected
    assert await stores.message_index.pushed("other", (expected[0][0] + 1, ""), 2) == []
