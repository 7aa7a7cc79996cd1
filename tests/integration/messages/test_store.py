"""Messages are stored, read and cancelled by their app alone."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import LEASE, RETENTION, message

from pushgate.domain.errors import Conflict, EngineUnavailable, NotFound
from pushgate.domain.message import Status
from pushgate.domain.message_id import new_id
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores


async def test_a_stored_message_is_read_back_with_its_status(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock, 60))
    entry = await stores.messages.read("shop", stored.id)
    assert (entry.message, entry.status) == (stored, Status.SCHEDULED)


async def test_another_apps_message_is_not_found(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock, 60))
    for attempt in (
        stores.messages.read("other", stored.id),
        stores.messages.cancel("other", stored.id),
        stores.revisions.reschedule("other", stored.id, lambda m: m),
        stores.messages.read("shop", "0" * 30),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_ids_sort_by_time_and_are_never_the_same(clock: SetClock) -> None:
    ids = []
    for _ in range(50):
        ids.append(new_id(clock.now()))
        clock.advance(0.001)
    assert ids == sorted(set(ids))


async def test_storing_a_claimed_message_again_does_not_schedule_it_again(
    stores: Stores, clock: SetClock
) -> None:
    """A client library that lost its connection in mid-call sends the same call again."""
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.messages.put(stored)
    assert await stores.claims.claim(clock.now(), LEASE, "two", 10) == []


async def test_cancelling_a_scheduled_message_takes_it_off_the_schedule(
    stores: Stores, clock: SetClock
) -> None:
    stored = await stores.messages.put(message(clock))
    assert (await stores.messages.cancel("shop", stored.id)).status is Status.CANCELLED
    assert (await stores.messages.cancel("shop", stored.id)).status is Status.CANCELLED
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == []


async def test_a_sent_message_cannot_be_cancelled(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    await stores.claims.mark_submitted(stored.id, "one", clock.now())
    await stores.lifecycle.finish("shop", stored.id)
    with pytest.raises(Conflict, match="already sent"):
        await stores.messages.cancel("shop", stored.id)


async def test_a_server_that_is_full_is_out_of_reach_for_now(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(EngineUnavailable, match="cannot serve now"):
            await stores.messages.put(message(clock))
    finally:
        await redis.config_set("maxmemory", "0")


async def test_an_engine_out_of_reach_is_reported(clock: SetClock) -> None:
    nowhere = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    try:
        with pytest.raises(EngineUnavailable):
            await Stores.open(nowhere, clock, RETENTION).messages.put(message(clock))
    finally:
        await nowhere.aclose()
