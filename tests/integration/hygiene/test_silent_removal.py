"""Silent terminals are counted, and removed in portions where a removal was requested."""

from datetime import UTC, date, datetime, timedelta

from redis.asyncio import Redis
from tests.support.block_laws import check_blocks
from tests.support.clock import SetClock
from tests.support.hygiene import run_phases

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.hygiene.progress import Change
from pushgate.hygiene.removals import Removal, RemovalState
from pushgate.hygiene.silent_terminals import SilentCount
from pushgate.stores import Stores

APP = App("shop", 2)
DAY = timedelta(days=1)


async def register(stores: Stores, numbers: range, seen: datetime) -> None:
    await stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", f"k{n}", "en", last_seen=seen) for n in numbers]
    )


async def begin(stores: Stores, before: date, *, automatic: bool = False) -> Removal:
    count = await stores.silent_removals.silent.count(APP, before)
    return await stores.silent_removals.begin(APP, before, count, automatic=automatic)


async def remove(stores: Stores) -> int:
    changes = [await run_phases(APP, shard, stores.silent_removals) for shard in range(APP.shards)]
    return sum(change[Change.SILENT] for change in changes)


async def test_terminals_last_seen_before_the_day_are_removed_and_no_others(
    redis: Redis, stores: Stores, clock: SetClock
) -> None:
    limit = (clock.now() - 40 * DAY).date()
    midnight = datetime.combine(limit, datetime.min.time(), UTC)
    await register(stores, range(300), midnight - timedelta(seconds=1))
    await register(stores, range(300, 350), clock.now() - 200 * DAY)
    await register(stores, range(350, 900), midnight)
    assert await stores.silent_removals.silent.count(APP, limit) == SilentCount(350, 900)
    assert (await begin(stores, limit)).state is RemovalState.RUNNING
    assert await remove(stores) == 350
    await check_blocks(redis, APP)
    assert await stores.silent_removals.silent.count(APP, limit) == SilentCount(0, 550)
    stored = await stores.silent_removals.removals.read("shop")
    assert stored
    assert (stored.removal.state, stored.removal.forgotten) == (RemovalState.FINISHED, 350)
    assert await remove(stores) == 0


async def test_a_terminal_that_is_seen_meanwhile_stays(stores: Stores, clock: SetClock) -> None:
    await register(stores, range(100), clock.now() - 50 * DAY)
    limit = (clock.now() - 40 * DAY).date()
    await begin(stores, limit)
    steps = stores.silent_removals.run(APP, 0, 0)
    await anext(steps)
    await register(stores, range(100), clock.now())
    async for progress in steps:
        assert not progress.changes.get(Change.SILENT)
    assert (await stores.silent_removals.silent.count(APP, limit)).silent == 0


async def test_more_than_half_are_removed_only_where_the_caller_says_so(
    stores: Stores, clock: SetClock
) -> None:
    await register(stores, range(20), clock.now() - 50 * DAY)
    limit = (clock.now() - 40 * DAY).date()
    assert (await begin(stores, limit, automatic=True)).state is RemovalState.HELD
    assert await remove(stores) == 0
    assert (await begin(stores, limit, automatic=False)).state is RemovalState.RUNNING
    assert await remove(stores) == 20


async def test_a_running_removal_is_not_begun_again_and_can_be_stopped(
    stores: Stores, clock: SetClock
) -> None:
    await register(stores, range(300), clock.now() - 50 * DAY)
    first = await begin(stores, (clock.now() - 40 * DAY).date())
    assert await begin(stores, (clock.now() - 30 * DAY).date()) == first
    steps = stores.silent_removals.run(APP, 0, 0)
    await anext(steps)
    stopped = await stores.silent_removals.stop(APP)
    assert stopped
    assert stopped.state is RemovalState.STOPPED
    assert [progress async for progress in steps] == []
    assert await remove(stores) == 0
