"""A part of the store that went back to an earlier state is noticed, and told once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.write_counters import WriteCounters
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.store_rollbacks import StoreRollbacks
from pushgate.stores import Stores

APP = App("shop", 2)


@pytest.fixture
async def stores(redis: Redis, clock: SetClock) -> Stores:
    stores = Stores.open(redis, clock, timedelta(days=30))
    await stores.registered_apps.ensure_app(APP)
    return stores


@pytest.fixture
def metrics() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def scheduler(stores: Stores, clock: SetClock, metrics: CollectorRegistry) -> Callable[[], StoreRollbacks]:
    """Begin a scheduler."""
    counted = SchedulerMetrics(metrics)
    return lambda: StoreRollbacks(stores, clock, counted)


async def look(clock: SetClock, *schedulers: StoreRollbacks, times: int = 1) -> None:
    for _ in range(times):
        clock.advance(1)
        for one in schedulers:
            await one.run_once()


async def test_a_shard_that_went_back_is_told_once_with_the_time_that_is_lost(
    stores: Stores,
    redis: Redis,
    clock: SetClock,
    metrics: CollectorRegistry,
    scheduler: Callable[[], StoreRollbacks],
) -> None:
    first, second = scheduler(), scheduler()
    await look(clock, first, second, times=3)
    kept_at, kept = clock.now(), await redis.dump("{shop:1}:writes")
    await look(clock, first, second, times=4)
    assert kept is not None
    await redis.restore("{shop:1}:writes", 0, kept, replace=True)
    await look(clock, first, second, times=3)
    (found,) = await stores.write_counters.rollbacks(clock.now())
    assert (found.part.name, found.lost_from) == ("shop:1", kept_at)
    assert found.at == kept_at + timedelta(seconds=5)
    assert metrics.get_sample_value("pushgate_store_rollbacks_total") == 1
    assert await stores.write_counters.rollbacks(clock.now() + timedelta(days=1)) == []


async def test_a_scheduler_that_begins_knows_what_others_have_seen(
    stores: Stores, redis: Redis, clock: SetClock, scheduler: Callable[[], StoreRollbacks]
) -> None:
    await look(clock, scheduler(), times=1)
    await redis.set("{q}:writes", 500)
    await look(clock, scheduler(), times=6)
    await redis.set("{q}:writes", 400)
    await redis.delete("{q}:write-counters")  # it went back with the queue: the other witness is elsewhere
    await look(clock, scheduler())
    (found,) = await stores.write_counters.rollbacks(clock.now())
    assert (found.part.name, found.found) == ("q", 400)


@pytest.mark.parametrize("name", ["note", "restore", "count"])
async def test_what_an_outage_cuts_off_is_told_afterwards(
    name: str,
    stores: Stores,
    redis: Redis,
    clock: SetClock,
    scheduler: Callable[[], StoreRollbacks],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where several servers fail at once, a call is carried out and not answered."""
    running = scheduler()
    await look(clock, running, times=4)
    await redis.set("{shop:1}:writes", 3)
    call = getattr(WriteCounters, name)

    async def lose_the_answer(self: WriteCounters, *args: object) -> None:
        await call(self, *args)
        raise EngineUnavailable("connection lost")

    monkeypatch.setattr(WriteCounters, name, lose_the_answer)
    with pytest.raises(EngineUnavailable):
        await look(clock, running)
    monkeypatch.undo()
    await look(clock, running, times=2)
    (found,) = await stores.write_counters.rollbacks(clock.now())
    assert (found.part.name, found.found) == ("shop:1", 3)


async def test_an_app_that_is_deleted_or_made_anew_did_not_go_back(
    stores: Stores, redis: Redis, clock: SetClock, scheduler: Callable[[], StoreRollbacks]
) -> None:
    running = scheduler()
    await look(clock, running, times=3)
    await redis.hdel("{q}:apps", "shop")
    for shard in range(2):
        await redis.delete(f"{{shop:{shard}}}:writes")
    await look(clock, running, times=6)
    await stores.registered_apps.ensure_app(APP)
    await look(clock, running, scheduler(), times=2)
    assert await stores.write_counters.rollbacks(clock.now()) == []


async def test_readers_of_events_get_snapshots_after_the_store_went_back(
    stores: Stores, redis: Redis, clock: SetClock, scheduler: Callable[[], StoreRollbacks]
) -> None:
    places = await stores.event_log.subscribe(APP, "backend")
    clock.advance(10)  # the epochs of the subscription began before
    running = scheduler()
    await look(clock, running, times=3)
    await redis.set("{shop:0}:writes", 1)
    await redis.set("{q}:writes", 1)
    await look(clock, running)
    batches = {shard: await stores.event_log.read(APP, shard, at, 10) for shard, at in places.items()}
    assert {shard: found.gap.reason for shard, found in batches.items() if found.gap} == {
        0: "rolled_back",
        "q": "rolled_back",
    }
