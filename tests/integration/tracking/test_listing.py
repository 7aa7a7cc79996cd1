"""Lists of messages, newest first, across small and large messages, shards, pages and cursors."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.bundles import SmallWorld, small
from tests.support.clock import SetClock
from tests.support.messages import message as large_message
from tests.support.redis_work import calls_of
from tests.support.small_pushes import SmallPushes

from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.listing import MAX_PAGE_AGE
from pushgate.domain.app import App
from pushgate.domain.message import Status

_apps = itertools.count()
SHARDS = 3


async def read_pages(pushes: SmallPushes, status: Status | None, limit: int) -> list[str]:
    """The ids of all pages of the list, one after the other."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(1000):
        page = await pushes.stores.tracked.messages.page(pushes.app, status, cursor, limit)
        assert len(page.messages) <= limit
        assert all(status in (None, one.status) for one in page.messages)
        found += [one.id for one in page.messages]
        if page.next_cursor is None:
            return found
        assert cursor is None or page.next_cursor < cursor
        cursor = page.next_cursor
    raise AssertionError("the list has no end")


class Mix:
    """Messages of an app, small and large."""

    def __init__(self, pushes: SmallPushes) -> None:
        self.pushes = pushes
        self.ids: list[str] = []
        self._begun_at: dict[int, datetime] = {}
        self._numbers = {shard: itertools.count() for shard in range(SHARDS)}

    async def add_small(self, shard: int, count: int, *, new_page: bool, waits: bool) -> None:
        world, now = self.pushes.world(shard), self.pushes.clock.now()
        # A writer gives up a page after so long.
        if new_page or now - self._begun_at.get(shard, now) >= MAX_PAGE_AGE:
            world.page, self._numbers[shard] = 0, itertools.count()
            self._begun_at.pop(shard, None)
        self._begun_at.setdefault(shard, now)
        at = now + timedelta(hours=1) if waits else now
        items: list[SmallMessage] = [small(push_at=at, app=self.pushes.app.name) for _ in range(count)]
        ids, _ = await world.put(items, number=next(self._numbers[shard]) % 64)
        self.ids += ids

    async def add_large(self) -> None:
        message = large_message(self.pushes.clock, 3600, app=self.pushes.app.name)
        await self.pushes.stores.messages.put(message)
        self.ids.append(message.id)

    async def cancel(self, index: int) -> None:
        if self.ids:
            message_id = self.ids[index % len(self.ids)]
            await self.pushes.stores.tracked.messages.cancel(self.pushes.app, message_id)


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("small"), st.integers(0, SHARDS - 1), st.integers(1, 5), st.booleans(), st.booleans()
        ),
        st.tuples(st.just("large")),
        st.tuples(st.just("cancel"), st.integers(0, 100)),
        st.tuples(st.just("wait"), st.sampled_from([0.001, 1, 30, 400])),
    ),
    max_size=40,
)


async def build(mix: Mix, done: Sequence[tuple[object, ...]]) -> None:
    for step in done:
        match step:
            case ("small", int(shard), int(count), bool(new_page), bool(waits)):
                await mix.add_small(shard, count, new_page=new_page, waits=waits)
            case ("large",):
                await mix.add_large()
            case ("cancel", int(index)):
                await mix.cancel(index)
            case ("wait", int() | float() as seconds):
                mix.pushes.clock.advance(seconds)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=steps, limit=st.integers(1, 7), status=st.sampled_from([None, *Status]))
async def test_every_message_is_listed_once_newest_first(
    redis: Redis, done: Sequence[tuple[object, ...]], limit: int, status: Status | None
) -> None:
    """Whatever limit and status, and however writers and pages overlap."""
    pushes = SmallPushes(redis, SetClock(), App(f"shop{next(_apps)}", SHARDS))
    mix = Mix(pushes)
    await build(mix, done)
    find = pushes.stores.tracked.messages.find
    statuses = {message_id: (await find(pushes.app, message_id)).status for message_id in mix.ids}
    wanted = sorted((one for one, found in statuses.items() if status in (None, found)), reverse=True)
    assert await read_pages(pushes, status, limit) == wanted


async def test_where_few_have_the_status_a_page_may_be_empty_and_leads_on(
    redis: Redis, clock: SetClock
) -> None:
    pushes = SmallPushes(redis, clock)
    mix = Mix(pushes)
    await mix.add_small(0, 3, new_page=True, waits=True)
    first = mix.ids[1]
    await pushes.stores.tracked.messages.cancel(pushes.app, first)
    for _ in range(10):
        clock.advance(1)
        await mix.add_small(0, 250, new_page=False, waits=True)
    page = await pushes.stores.tracked.messages.page(pushes.app, Status.CANCELLED, None, 1)
    assert (page.messages, page.next_cursor is None) == ([], False)
    assert await read_pages(pushes, Status.CANCELLED, 1) == [first]


async def test_a_page_that_is_written_to_while_it_is_listed_loses_and_repeats_nothing(
    redis: Redis, clock: SetClock
) -> None:
    """Its place among the pages changes; what is newer than the list is left to the next one."""
    pushes = SmallPushes(redis, clock)
    old = [SmallWorld(redis, clock, pushes.app) for _ in range(12)]
    ids: list[str] = []
    for world in old:
        clock.advance(1)
        ids += (await world.put([small(push_at=clock.now())]))[0]
    found: list[str] = []
    async for message_id in pushes.stores.small_listing.newest_first(pushes.app, None):
        found.append(message_id)
        if len(found) == 2:
            clock.advance(1)
            for world in old[:6]:
                await world.put([small(push_at=clock.now())], number=1)
    assert found == sorted(ids, reverse=True)


async def test_a_list_reads_only_the_pages_that_it_shows(redis: Redis, clock: SetClock) -> None:
    """However many pages a busy app fills within the time that a page is written to."""
    pushes = SmallPushes(redis, clock)
    for _ in range(100):
        clock.advance(0.1)
        await SmallWorld(redis, clock, pushes.app).put([small(push_at=clock.now())])
    before = await _reads(redis)
    page = await pushes.stores.tracked.messages.page(pushes.app, None, None, 2)
    assert await _reads(redis) - before < 20
    before = await _reads(redis)
    await pushes.stores.tracked.messages.page(pushes.app, None, page.next_cursor, 2)
    assert await _reads(redis) - before < 20


async def _reads(redis: Redis) -> int:
    """How many pages were read since the server started."""
    return await calls_of(redis, "hmget", "hgetall")
