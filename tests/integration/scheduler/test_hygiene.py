"""Hygiene in the background: one scheduler a shard, at a bounded pace, resumed after a crash."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.block_laws import check_blocks, read_blocks
from tests.support.scheduler import APP, SchedulerParts

from pushgate.apps.catalog import AppCatalog, ConfiguredApp
from pushgate.audit.cursor import Cursor, Order
from pushgate.audit.reader import AuditFilter
from pushgate.audit.streams import main_stream
from pushgate.domain.app import App
from pushgate.domain.message import MAX_TTL
from pushgate.domain.terminal import Terminal
from pushgate.hygiene.claims import HygieneClaims
from pushgate.hygiene.progress import Progress
from pushgate.hygiene.removals import RemovalState
from pushgate.scheduler.hygiene import HygienePace, HygieneRounds, registry_rounds, removal_rounds

SHOP = App("shop")
DAY = timedelta(days=1)


class Walk:
    """A phase that looks at 100 slots in each of ten steps, and notes its steps."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    async def run(self, app: App, shard: int, cursor: int) -> AsyncIterator[Progress]:
        for number in range(cursor, 10):
            self.steps.append((app.name, shard, number))
            yield Progress(number + 1, 100)


def rounds(
    parts: SchedulerParts, redis: Redis, walk: Walk, pace: int, apps: tuple[App, ...] = (SHOP,)
) -> HygieneRounds:
    async def find_apps() -> tuple[App, ...]:
        return apps

    return HygieneRounds(
        name="walk",
        context=parts.context,
        claims=HygieneClaims(redis, "walk"),
        phases=[walk],
        find_apps=find_apps,
        pace=HygienePace(pace, DAY),
    )


@pytest.mark.parametrize(("pace", "steps"), [(100, [1, 2, 3, 4]), (250, [3, 5, 8, 10]), (50, [1, 1, 2, 2])])
async def test_the_pace_bounds_what_is_done_in_a_second(
    parts: SchedulerParts, redis: Redis, pace: int, steps: list[int]
) -> None:
    walk = Walk()
    one = rounds(parts, redis, walk, pace)
    for count in steps:
        await one.run_once()
        assert len(walk.steps) == count


async def test_one_scheduler_works_on_a_shard_and_another_goes_on_where_it_died(
    parts: SchedulerParts, redis: Redis
) -> None:
    dead, alive = Walk(), Walk()
    first, second = rounds(parts, redis, dead, 300), rounds(parts, redis, alive, 10_000)
    await first.run_once()
    await second.run_once()
    assert (len(dead.steps), len(alive.steps)) == (3, 0)
    parts.clock.advance(61)
    await second.run_once()
    assert [number for _, _, number in alive.steps] == list(range(3, 10))
    await first.run_once()  # it was only slow: it notices that the shard is another's
    assert len(dead.steps) <= 6
    await first.run_once()
    assert len(dead.steps) <= 6


async def test_all_shards_are_looked_after_once_in_an_interval(parts: SchedulerParts, redis: Redis) -> None:
    walk = Walk()
    one = rounds(parts, redis, walk, 1_000_000, (App("a", 3), App("b")))
    await one.run_once()
    assert sorted({(app, shard) for app, shard, _ in walk.steps}) == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]
    assert len(walk.steps) == 40
    parts.clock.advance(DAY.total_seconds() - 1)
    await one.run_once()
    assert len(walk.steps) == 40
    parts.clock.advance(2)
    await one.run_once()
    assert len(walk.steps) == 80


async def test_a_registry_with_many_holes_is_compacted(parts: SchedulerParts, redis: Redis) -> None:
    registry = parts.stores.registry
    await registry.register(APP, [Terminal(f"t{n}", "apns", f"k{n}", "en") for n in range(5000)])
    await registry.forget(APP, [f"t{n}" for n in range(5000) if n % 20])
    one = registry_rounds(parts.context, HygienePace(1_000_000, DAY))
    for _ in range(2):
        parts.clock.advance((timedelta(days=30) + MAX_TTL + DAY).total_seconds())
        await one.run_once()
    await check_blocks(redis, APP)
    for shard in range(APP.shards):
        assert (await read_blocks(redis, APP, shard)).in_use == 1
    (refs,) = await parts.stores.locations.locate(APP, ["t20"])
    assert refs


async def test_silent_terminals_are_removed_by_themselves_once_a_day_where_the_app_says_so(
    parts: SchedulerParts,
) -> None:
    stores, clock = parts.stores, parts.clock
    await stores.registered_apps.ensure_app(APP)
    seen = clock.now() - 100 * DAY
    silent = [Terminal(f"s{n}", "apns", f"s{n}", "en", last_seen=seen) for n in range(30)]
    await stores.registry.register(APP, silent)
    await stores.registry.register(APP, [Terminal(f"t{n}", "apns", f"t{n}", "en") for n in range(40)])
    configured = ConfiguredApp(app=APP, default_language="en", vendors={}, silent_after=90 * DAY)
    catalog = AppCatalog(stores.registered_apps, {"shop": configured})
    one = removal_rounds(replace(parts.context, catalog=catalog), HygienePace(1_000_000, DAY))
    await one.run_once()
    stored = await stores.silent_removals.removals.read("shop")
    assert stored
    assert (stored.removal.state, stored.removal.forgotten) == (RemovalState.FINISHED, 30)
    logged = await stores.audit_reader.read([main_stream("shop")], Cursor(Order.OLDEST), 10, AuditFilter())
    assert [(one.entry.action, one.entry.author.key_name) for one in logged.entries] == [
        ("terminals.silent_removal_begun", "pushgate scheduler")
    ]
    clock.advance(91 * DAY.total_seconds())
    await one.run_once()
    stored = await stores.silent_removals.removals.read("shop")
    assert stored
    assert stored.removal.state is RemovalState.HELD, "all are silent: their signs of life may be lost"
