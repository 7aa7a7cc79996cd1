"""A replica that lagged behind takes over: what its master took meanwhile is lost, noticed, and
made good where that can be done.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.crc import key_slot
from tests.support.clock import SetClock
from tests.support.engines import Engine, gearman_engine
from tests.support.redis_cluster import Node, RedisCluster, wait_for_failover
from tests.support.scheduler import APP, SchedulerParts, opened_parts

from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Status
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import connect
from pushgate.scheduler.store_rollbacks import StoreRollbacks
from pushgate.settings.redis import RedisSettings

TERMINALS = 40
LOST = "{shop:1}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Engine]:
    engine = gearman_engine("gear", tmp_path).start()
    yield engine
    engine.stop()


@pytest.fixture
async def parts(
    redis_cluster: RedisCluster, server: Engine, clock: SetClock
) -> AsyncIterator[SchedulerParts]:
    """A scheduler over the cluster."""
    client = connect(RedisSettings(cluster=tuple(redis_cluster.seeds), max_connections=16))
    async with opened_parts(client, clock, server) as found:
        yield found
    await client.aclose()


def set_apart(cluster: RedisCluster) -> Node:
    """Let the shard have a master that has neither the queue nor the other shard; return it."""
    others = [cluster.master_of(key) for key in ("{q}", "{shop:0}")]
    if cluster.master_of(LOST) in others:
        free = next(node for node in cluster.masters() if node not in others)
        cluster.migrate_atomically(key_slot(LOST.encode()), free)
    return cluster.master_of(LOST)


def fall_back(cluster: RedisCluster, replica: Node) -> None:
    """The master dies, and its replica takes over with what it had when it was killed."""
    former = cluster.kill(LOST)
    replica.start()
    replica.command("CONFIG", "SET", "cluster-replica-validity-factor", 0)
    wait_for_failover(cluster, LOST, former)
    replica.command("CONFIG", "SET", "cluster-replica-validity-factor", 10)


async def test_a_plan_that_a_failover_lost_is_noticed_and_made_again(
    parts: SchedulerParts, redis_cluster: RedisCluster
) -> None:
    master = set_apart(redis_cluster)
    rollbacks = StoreRollbacks(parts.stores, parts.clock, parts.context.metrics)
    await parts.stores.registry.register(
        APP, [Terminal(f"t{n}", "apns", f"{n:032x}", "en") for n in range(TERMINALS)]
    )
    await look(parts, rollbacks)
    kept_at = parts.clock.now()
    master.command("SET", f"{LOST}:written", 1)
    assert master.command("WAIT", 1, 5000) == 1
    (replica,) = redis_cluster.replicas_of(master)
    replica.kill()
    message = await parts.dispatch(TERMINALS)
    assert await parts.states(message) == {"pending": TERMINALS}
    for _ in range(3):
        await look(parts, rollbacks)

    fall_back(redis_cluster, replica)
    await look(parts, rollbacks)
    (found,) = await parts.stores.write_counters.rollbacks(parts.clock.now())
    assert (found.part.head, found.lost_from, found.at) == (LOST, kept_at, parts.clock.now())

    await parts.work(message)
    sent = (await parts.states(message))["accepted"]
    assert 0 < sent < TERMINALS, "the other shard was not touched"
    assert await parts.status(message) is Status.SENDING, "a shard without a plan keeps the message open"
    parts.clock.advance(5)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    await parts.work(message)
    assert await parts.states(message) == {"accepted": TERMINALS}
    assert await parts.status(message) is Status.SENT


async def look(parts: SchedulerParts, rollbacks: StoreRollbacks) -> None:
    """Schedulers look once more; a node that has just taken over may need a moment."""
    parts.clock.advance(1)
    async with asyncio.timeout(20):
        while True:
            try:
                return await rollbacks.run_once()
            except EngineUnavailable:
                await asyncio.sleep(0.1)
