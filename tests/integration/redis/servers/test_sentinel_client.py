"""The client of a master that sentinels name."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.sentinels import Sentinels

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.redis.client import connect, masters, ping
from pushgate.redis.scripts import Script
from pushgate.settings.redis import RedisSettings

add = Script("return redis.call('SADD', KEYS[1], ARGV[1])")


def _connect(sentinels: Sentinels, **more: object) -> Redis:
    given = {"cluster": (), "sentinels": tuple(sentinels.addresses), "max_connections": 8} | more
    return connect(RedisSettings.model_validate(given))


@pytest.fixture
async def client(sentinels: Sentinels) -> AsyncIterator[Redis]:
    opened = _connect(sentinels, socket_timeout=0.5)
    await ping(opened)
    yield opened
    await opened.aclose()


async def _add_until(client: Redis, added: list[int], ended: asyncio.Event) -> None:
    """Add numbers; those are noted whose call succeeded."""
    number = 0
    while not ended.is_set():
        number += 1
        try:
            await add(client, ["{q}:added"], [number])
            added.append(number)
        except EngineUnavailable:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.005)


async def _survive(client: Redis, added: list[int], ended: asyncio.Event) -> None:
    """Return after calls succeed again."""
    before = len(added)
    async with asyncio.timeout(30):
        while len(added) < before + 20:  # noqa: ASYNC110  # the callers tell nobody
            await asyncio.sleep(0.05)
    ended.set()


async def test_a_replica_takes_over_from_a_killed_master(client: Redis, sentinels: Sentinels) -> None:
    added, ended = list[int](), asyncio.Event()
    calling = asyncio.create_task(_add_until(client, added, ended))
    await asyncio.sleep(0.3)
    former = await asyncio.to_thread(sentinels.kill)
    await asyncio.to_thread(sentinels.wait_for_failover, former)
    await _survive(client, added, ended)
    await calling
    kept = await cast("asyncio.Future[set[bytes]]", client.smembers("{q}:added"))
    assert len(kept) >= len(added) - 20, "at most the last moment is lost"
    assert len(await masters(client)) == 1


async def test_a_frozen_master_loses_nothing_where_the_timeout_is_short(
    client: Redis, sentinels: Sentinels
) -> None:
    idle = _connect(sentinels)
    await add(idle, ["{q}:added"], ["before"])
    await idle.set("{q}:plain", "before")
    added, ended = list[int](), asyncio.Event()
    calling = asyncio.create_task(_add_until(client, added, ended))
    await asyncio.sleep(0.3)
    former = sentinels.master()
    former.freeze()
    await asyncio.to_thread(sentinels.wait_for_failover, former)
    await _survive(client, added, ended)
    await calling
    former.thaw()
    # The former master does not know yet. Connections to it are open, and would be answered.
    await add(idle, ["{q}:added"], ["after"])
    await idle.set("{q}:plain", "after")
    await asyncio.to_thread(sentinels.wait_until_healthy)
    kept = await cast("asyncio.Future[set[bytes]]", client.smembers("{q}:added"))
    assert kept >= {b"before", b"after", *(b"%d" % number for number in added)}
    assert await client.get("{q}:plain") == b"after"
    await idle.aclose()


async def test_a_silent_sentinel_is_not_waited_for(sentinels: Sentinels) -> None:
    client, slowest = _connect(sentinels, socket_timeout=4), 0.0
    await ping(client)
    sentinels.sentinels[0].freeze()
    try:
        loop = asyncio.get_running_loop()
        end = loop.time() + 2.5
        while (started_at := loop.time()) < end:
            await client.set("{q}:written", "1")
            slowest = max(slowest, loop.time() - started_at)
            await asyncio.sleep(0.02)
    finally:
        sentinels.sentinels[0].thaw()
    assert slowest < 3, "the timeout is 4 s"
    await client.aclose()


async def test_more_callers_than_connections_wait(client: Redis) -> None:
    assert all(await asyncio.gather(*(client.set(f"key:{number}", number) for number in range(200))))


async def test_settings_that_lead_nowhere_say_so(sentinels: Sentinels) -> None:
    other = _connect(sentinels, sentinel_master="other")
    with pytest.raises(ConfigurationError, match=r"sentinel_master: .* they know: pushgate"):
        await ping(other)
    await other.aclose()
    nowhere = connect(RedisSettings(sentinels=("127.0.0.1:1",)))
    with pytest.raises(EngineUnavailable, match=r"none of redis\.sentinels answers"):
        await ping(nowhere)
    await nowhere.aclose()
