"""When keys were last used."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.key_uses import KeyUses
from pushgate.domain.app import Scope


@pytest.fixture
async def key_id(redis: Redis) -> str:
    text = await ApiKeys.open(redis, SetClock()).create("shop", [Scope.READ])
    return text.split("_")[1]


async def test_a_use_is_noted_in_the_background(redis: Redis, key_id: str) -> None:
    clock = SetClock()
    uses = KeyUses(redis, clock)
    uses.note(key_id)
    assert await uses.read([key_id]) == {}
    await uses.close()  # as the interval does
    assert await uses.read([key_id]) == {key_id: clock.now()}


async def test_a_use_is_written_after_the_interval(redis: Redis, key_id: str) -> None:
    uses = KeyUses(redis, SetClock(), interval=timedelta(0))
    uses.note(key_id)
    task = uses._task
    assert task is not None
    await task
    assert list(await uses.read([key_id])) == [key_id]


async def test_the_latest_use_of_all_processes_counts(redis: Redis, key_id: str) -> None:
    early, late = SetClock(), SetClock()
    late.advance(60)
    for clock in (late, early):
        uses = KeyUses(redis, clock)
        uses.note(key_id)
        await uses.write()
        await uses.close()
    assert await uses.read([key_id]) == {key_id: late.now()}


async def test_a_revoked_key_leaves_no_use(redis: Redis, key_id: str) -> None:
    uses = KeyUses(redis, SetClock())
    uses.note(key_id)
    await uses.write()
    await ApiKeys.open(redis, SetClock()).revoke(key_id)
    uses.note(key_id)
    await uses.close()
    assert await redis.hlen("{q}:key-uses") == 0
