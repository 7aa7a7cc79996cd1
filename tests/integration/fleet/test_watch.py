"""What a process does when its store lost its data, was replaced, or does not answer."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import structlog
from redis.asyncio import Redis
from tests.support.fleet import STARTED_AT, STORED_KEYS, Restorations, describe, open_watch

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.fleet.watch import Watch
from pushgate.redis.client import connect
from pushgate.redis.key_space import CALLBACK_KEYS, StoreIdentity, open_store
from pushgate.settings.redis import RedisSettings


async def test_a_process_stops_when_the_version_changes_under_it(redis: Redis) -> None:
    one, _ = await open_watch(redis)
    await one.beat()
    await redis.hset("{q}:store", "version", "7")
    with pytest.raises(ConfigurationError, match="version 7"):
        await one.beat()


async def test_a_running_process_restores_identity_and_callback_keys_after_a_loss(redis: Redis) -> None:
    (one, restored), (two, also_restored) = await open_watch(redis), await open_watch(redis, "two")
    await redis.set(CALLBACK_KEYS, STORED_KEYS)
    await one.beat()
    await two.beat()
    before = one.store
    await redis.flushdb()
    await one.beat()
    await two.beat()
    after = await open_store(redis)
    assert after.id == before.id
    assert await redis.get(CALLBACK_KEYS) == STORED_KEYS
    assert after.lost_at is not None
    assert restored.stores == also_restored.stores == [after], "each process learns of the loss once"
    await one.beat()
    assert len(restored.stores) == 1
    later, _ = await open_watch(redis, "three")
    assert later.store == after


async def test_a_process_that_started_after_the_loss_does_not_replace_the_callback_keys(redis: Redis) -> None:
    one, _ = await open_watch(redis)
    await one.beat()
    before = one.store
    await redis.flushdb()
    fresh, learned = await open_watch(redis, "fresh", b"keys that it made")
    await redis.set(CALLBACK_KEYS, b"keys that it made")
    await one.beat()
    await fresh.beat()
    assert await redis.get(CALLBACK_KEYS) == STORED_KEYS
    assert [store.id for store in learned.stores] == [before.id]


async def test_the_store_of_another_installation_is_left_alone(redis: Redis) -> None:
    """An address that suddenly leads elsewhere must not overwrite the secret found there."""
    other = await open_store(redis)
    one = Watch(
        redis,
        store=StoreIdentity("mine", None),
        process_id="one",
        description=describe(),
        on_restored=Restorations(),
    )
    one._seen_at = datetime.now(UTC) + timedelta(minutes=1)  # it saw its own store after the other was made
    with pytest.raises(ConfigurationError, match="another installation"):
        await one.beat()
    assert await open_store(redis) == other


async def test_an_outage_is_known_as_long_as_it_lasts(redis: Redis) -> None:
    one, _ = await open_watch(redis)
    await one.beat()
    unreachable = connect(RedisSettings(url="redis://127.0.0.1:1/0", max_connections=4))
    gone = Watch(
        unreachable, store=one.store, process_id="one", description=describe(), on_restored=Restorations()
    )
    await gone.beat()
    assert gone.unreachable_since == STARTED_AT
    with pytest.raises(EngineUnavailable):
        await Heartbeats(unreachable).read()
    await unreachable.aclose()


async def test_a_silent_server_is_known_as_an_outage_before_the_next_beats(
    redis: Redis, silent_port: int
) -> None:
    silent = connect(RedisSettings(url=f"redis://127.0.0.1:{silent_port}/0", max_connections=4))
    one = Watch(
        silent,
        store=await open_store(redis),
        process_id="one",
        description=describe(),
        on_restored=Restorations(),
    )
    async with asyncio.timeout(15):  # a command would wait for 20 s
        await one.beat()
    assert one.unreachable_since == STARTED_AT
    await silent.aclose()


async def test_concurrent_beats_restore_a_store_once(redis: Redis) -> None:
    one, restored = await open_watch(redis)
    await one.beat()
    await redis.flushdb()
    await asyncio.gather(one.beat(), one.beat(), one.beat())
    assert len(restored.stores) == 1


async def test_a_restoration_that_fails_is_tried_again(redis: Redis) -> None:
    attempts: list[StoreIdentity] = []

    async def restore(store: StoreIdentity) -> None:
        attempts.append(store)
        if len(attempts) == 1:
            raise EngineUnavailable("gone again")

    one = Watch(
        redis, store=await open_store(redis), process_id="one", description=describe(), on_restored=restore
    )
    await one.beat()
    await redis.flushdb()
    for _ in range(3):
        await one.beat()
    assert len(attempts) == 2
    assert one.store.lost_at is not None


async def test_data_that_came_back_is_not_lost(redis: Redis) -> None:
    """A backup of before the loss was put in place."""
    one, _ = await open_watch(redis)
    await one.beat()
    before = cast("Mapping[bytes, bytes]", await redis.hgetall("{q}:store"))
    await redis.flushdb()
    await one.beat()
    assert one.store.lost_at is not None
    await redis.delete("{q}:store")
    for name, value in before.items():
        await redis.hset("{q}:store", name, value)
    with structlog.testing.capture_logs() as lines:
        await one.beat()
    assert [line["action"] for line in lines] == ["store_back"]
    assert one.store.lost_at is None
