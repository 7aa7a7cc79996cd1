"""Slots that move between servers while they are used."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from tests.support.redis_cluster import Node, RedisCluster

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import connect, ping
from pushgate.redis.replication import Confirmation, replication_of
from pushgate.redis.scripts import Script
from pushgate.settings.redis import RedisSettings

TAG = "{shop:1}"
SLOT = key_slot(TAG.encode())
count = Script("return redis.call('INCR', KEYS[1] .. ':count')")


@pytest.fixture
async def client(redis_cluster: RedisCluster) -> AsyncIterator[Redis]:
    opened = connect(RedisSettings(cluster=tuple(redis_cluster.seeds)))
    await ping(opened)
    yield opened
    await opened.aclose()


class Callers:
    """Callers that count at the same place until they are stopped."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._stopped = False
        self.counted: list[int] = []
        self.failed = 0

    async def _call(self) -> None:
        while not self._stopped:
            try:
                self.counted.append(cast("int", await count(self._client, [TAG], [])))
            except EngineUnavailable:
                self.failed += 1

    async def __aenter__(self) -> "Callers":
        self._tasks = [asyncio.create_task(self._call()) for _ in range(16)]
        await self.wait_for(100)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def wait_for(self, more: int) -> None:
        """Return after so many more calls."""
        wanted = len(self.counted) + more
        async with asyncio.timeout(20):
            while len(self.counted) < wanted:  # noqa: ASYNC110  # callers are many, and tell nobody
                await asyncio.sleep(0.01)


def _ends(cluster: RedisCluster) -> tuple[Node, Node]:
    source = cluster.master_of(SLOT)
    return source, next(node for node in cluster.masters() if node is not source)


async def test_no_script_runs_on_the_target_before_the_slot_has_moved(
    client: Redis, redis_cluster: RedisCluster
) -> None:
    source, target = _ends(redis_cluster)
    async with Callers(client) as callers:
        await asyncio.to_thread(redis_cluster.begin_migration, SLOT, source, target)
        # Nothing is on the target yet: a script there would begin to count anew.
        await asyncio.sleep(0.3)
        assert target.command("CLUSTER", "COUNTKEYSINSLOT", SLOT) == 0
        while await asyncio.to_thread(redis_cluster.migrate_keys, SLOT, source, target):
            pass
        await asyncio.to_thread(redis_cluster.end_migration, SLOT, source, target)
        await callers.wait_for(100)
    assert sorted(callers.counted) == list(range(1, len(callers.counted) + 1)), "each call once"


async def test_a_slot_that_does_not_get_there_is_out_of_reach_for_scripts_alone(
    client: Redis, redis_cluster: RedisCluster
) -> None:
    source, target = _ends(redis_cluster)
    await client.set(f"{TAG}:old", "1")
    await count(client, [TAG], [])
    redis_cluster.begin_migration(SLOT, source, target)
    with pytest.raises(EngineUnavailable, match="a slot of the cluster is moving"):
        await count(client, [TAG], [])
    assert await client.get(f"{TAG}:old") == b"1", "the source has it"
    assert await client.set(f"{TAG}:new", "2"), "the target takes what the source does not have"
    assert target.command("CLUSTER", "COUNTKEYSINSLOT", SLOT) == 1
    async with client.pipeline(transaction=False) as pipe:
        pipe.get(f"{TAG}:old")
        pipe.get(f"{TAG}:new")
        pipe.get("{shop:2}:other")
        assert await pipe.execute() == [b"1", b"2", None]
    while redis_cluster.migrate_keys(SLOT, source, target):
        pass
    redis_cluster.end_migration(SLOT, source, target)
    assert await count(client, [TAG], []) == 2
    async with client.pipeline(transaction=True) as pipe:
        pipe.get(f"{TAG}:old")
        pipe.get(f"{TAG}:new")
        assert await pipe.execute() == [b"1", b"2"]


async def test_callers_do_not_notice_that_a_slot_moves_as_a_whole(
    client: Redis, redis_cluster: RedisCluster
) -> None:
    _, target = _ends(redis_cluster)
    async with Callers(client) as callers:
        await asyncio.to_thread(redis_cluster.migrate_atomically, SLOT, target)
        await callers.wait_for(100)
    assert callers.failed == 0
    assert sorted(callers.counted) == list(range(1, len(callers.counted) + 1))


async def test_pipelines_and_transactions_follow_a_slot(client: Redis, redis_cluster: RedisCluster) -> None:
    _, target = _ends(redis_cluster)
    await client.set(f"{TAG}:a", "1")
    await client.set("{shop:2}:a", "2")
    redis_cluster.migrate(SLOT, target)
    async with client.pipeline(transaction=False) as pipe:
        pipe.get(f"{TAG}:a")
        pipe.get("{shop:2}:a")
        assert await pipe.execute() == [b"1", b"2"]
    redis_cluster.migrate(SLOT, next(node for node in redis_cluster.masters() if node is not target))
    async with client.pipeline(transaction=True) as pipe:
        pipe.incr(f"{TAG}:a")
        pipe.get(f"{TAG}:a")
        assert await pipe.execute() == [2, b"2"]


async def test_a_server_confirms_nothing_of_a_slot_that_it_gave_away(redis_cluster: RedisCluster) -> None:
    """Whoever waits at the same time for another slot of that server."""
    client = connect(RedisSettings(cluster=tuple(redis_cluster.seeds), wait_replicas=1))
    source, target = _ends(redis_cluster)
    other = next(tag for n in range(100) if redis_cluster.master_of(tag := f"{{other:{n}}}") is source)
    replication = replication_of(client)
    assert replication
    moved, stayed = await replication.expect(TAG), await replication.expect(other)
    await asyncio.to_thread(redis_cluster.migrate_atomically, SLOT, target)
    await client.set(f"{TAG}:written", "1")
    found, _ = await asyncio.gather(moved.result(), stayed.result())
    assert found is Confirmation.LOST
    assert await (await replication.expect(other)).is_met()
    await client.aclose()
