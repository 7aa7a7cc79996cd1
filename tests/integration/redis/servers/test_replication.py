"""Writes that replicas must confirm before Pushgate goes on (`redis.wait_replicas`)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.bundle_jobs import BundleWorld
from tests.support.bundles import RETENTION
from tests.support.clock import SetClock
from tests.support.pipeline import APP, Pipeline, create_pipeline
from tests.support.redis_cluster import Node
from tests.support.sandbox import Sandbox
from tests.support.sentinels import Sentinels
from tests.support.until import until

from pushgate.adapters.contract import Adapter
from pushgate.bundles.home_writer import Draft
from pushgate.bundles.segments import Segments
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Delivery, Options
from pushgate.fleet.heartbeats import Heartbeats, ProcessDescription
from pushgate.fleet.watch import Watch
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.index import MessageIndex
from pushgate.messages.retention import Retention
from pushgate.redis.addresses import Address
from pushgate.redis.client import connect
from pushgate.redis.key_space import StoreIdentity, open_store
from pushgate.redis.replication import Confirmation, confirmed, replication_of
from pushgate.redis.sentinel import SentinelClient
from pushgate.settings.redis import RedisSettings


@pytest.fixture
def master(sentinels: Sentinels) -> Node:
    return sentinels.master()


@pytest.fixture
def replica(sentinels: Sentinels) -> Iterator[Node]:
    """A replica that is frozen until the end of the test."""
    node = sentinels.replicas()[0]
    node.freeze()
    yield node
    node.thaw()


@pytest.fixture
async def redis(master: Node) -> AsyncIterator[Redis]:
    """A client that waits for both replicas."""
    client = connect(_settings(master))
    yield client
    await client.aclose()


async def confirm(redis: Redis) -> None:
    """Wait for replicas, after a write."""
    async with confirmed(redis, "{q}"):
        await redis.set("{q}:written", "1")


@pytest.fixture
def pipeline(redis: Redis, clock: SetClock, adapters: dict[str, Adapter]) -> Pipeline:
    return create_pipeline(redis, clock, adapters)


def _settings(master: Node, **more: object) -> RedisSettings:
    settings = {"url": f"redis://{master.address}/0", "socket_timeout": 1.0, "wait_replicas": 2, **more}
    return RedisSettings.model_validate(settings)


async def _until_confirmed(redis: Redis) -> None:
    """Wait until replicas confirm again."""
    replication = replication_of(redis)
    assert replication

    async def is_confirmed() -> bool:
        return await (await replication.expect("{q}")).is_met()

    await until(is_confirmed, 60)


def _calls(node: Node, command: str) -> int:
    row = node.client.info("commandstats").get(f"cmdstat_{command}")
    return int(row["calls"]) if row else 0


async def test_those_who_wait_together_share_a_confirmation(redis: Redis, master: Node) -> None:
    replication = replication_of(redis)
    assert replication
    before = _calls(master, "wait")
    expected = [await replication.expect("{q}") for _ in range(64)]
    assert await asyncio.gather(*(one.is_met() for one in expected)) == [True] * 64
    assert _calls(master, "wait") - before <= 2
    assert (replication.state.confirmed, replication.state.missed) == (64, 0)


async def test_without_replicas_to_wait_for_nothing_is_asked(master: Node) -> None:
    client, before = connect(_settings(master, wait_replicas=0)), _calls(master, "wait")
    await confirm(client)
    assert _calls(master, "wait") == before
    await client.aclose()


async def test_a_silent_replica_is_told_and_not_waited_for_longer(redis: Redis, replica: Node) -> None:
    await asyncio.wait_for(confirm(redis), 10)
    replication = replication_of(redis)
    assert replication
    assert replication.state.missed == 1
    assert replication.state.missed_at


async def test_a_silent_replica_fails_the_call_where_replicas_are_required(
    master: Node, replica: Node
) -> None:
    client = connect(_settings(master, wait_replicas_required=True))
    with pytest.raises(EngineUnavailable, match=r"redis\.wait_replicas"):
        await confirm(client)
    await client.aclose()


async def test_a_server_that_was_away_meanwhile_confirms_nothing(sentinels: Sentinels, master: Node) -> None:
    client = connect(_settings(master, wait_replicas=1, wait_replicas_required=True))
    await confirm(client)
    replication = replication_of(client)
    assert replication
    expected = await replication.expect("{q}")
    await client.set("{q}:written", "2")
    master.kill()
    master.start()
    # Later writes are confirmed over a connection that leads to the server as it is now.
    sentinels.wait_until_healthy()
    await _until_confirmed(client)
    assert not await expected.is_met()
    await client.aclose()


async def test_a_master_that_is_lost_before_replicas_confirm_fails_the_call(
    sentinels: Sentinels, master: Node
) -> None:
    """Also where replicas are not required: nobody knows whether the write is there still."""
    client = connect(_settings(master, wait_replicas=1))
    await confirm(client)

    async def write_and_kill() -> None:
        async with confirmed(client, "{q}"):
            await client.set("{q}:written", "2")
            master.kill()

    with pytest.raises(EngineUnavailable):
        await write_and_kill()
    master.start()
    sentinels.wait_until_healthy()
    await _until_confirmed(client)
    await client.aclose()


async def test_replicas_of_a_former_master_confirm_nothing(sentinels: Sentinels, master: Node) -> None:
    """They may follow it for a while after the sentinels name another one."""
    settings = {"sentinels": tuple(sentinels.addresses), "wait_replicas": 1, "socket_timeout": 1.0}
    client = connect(RedisSettings.model_validate(settings))
    assert isinstance(client, SentinelClient)
    await confirm(client)
    replication = replication_of(client)
    assert replication
    expected = await replication.expect("{q}")
    client._master.on_move(Address("127.0.0.1", sentinels.replicas()[0].port))
    assert await expected.result() is Confirmation.LOST
    await client.aclose()


async def test_what_must_not_be_lost_is_confirmed(redis: Redis, master: Node, pipeline: Pipeline) -> None:
    (small,) = BundleWorld(redis, pipeline.clock, pipeline).to_each("apns-0")
    segments, retention = Segments(redis), Retention(RETENTION)
    waiting = WaitingElsewhere(segments, MessageIndex(redis, pipeline.clock))
    writer = SmallMessageWriter(segments, waiting, retention, pipeline.clock)
    draft = Draft(small, at_once=True)
    scheduled = await pipeline.stores.messages.put(
        replace(small.message, id="m1", audience=AudienceSummary(), push_at=pipeline.clock.now() + RETENTION)
    )

    async def plan_and_send() -> None:
        await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
        await pipeline.run_jobs()

    async def repeat_with_a_key() -> None:
        """The second call finds the message of the first, and has it confirmed all the same."""
        large = replace(scheduled, id="m2")
        await pipeline.stores.messages.put_once(large, RequestKey(APP, "once", b"d" * 32), b"answer")
        before = _calls(master, "wait")
        await pipeline.stores.messages.put_once(
            replace(large, id="m3"), RequestKey(APP, "once", b"d" * 32), b"answer"
        )
        assert _calls(master, "wait") - before >= 2

    guarded: dict[str, tuple[Callable[[], Awaitable[object]], int]] = {
        "a registration": (lambda: pipeline.register(1), 1),
        "a message, its plan, and the mark before its push": (plan_and_send, 3),
        "a small message": (lambda: writer.put(APP, [draft]), 1),
        "a message with an idempotency key": (repeat_with_a_key, 4),
        "a terminal that is forgotten": (lambda: pipeline.stores.registry.forget(APP, ["apns-0"]), 1),
        "a cancel": (lambda: pipeline.stores.messages.cancel(APP.name, scheduled.id), 1),
    }
    for what, (call, times) in guarded.items():
        before = _calls(master, "wait")
        await call()
        assert _calls(master, "wait") - before >= times, what


async def test_a_push_that_must_not_be_sent_twice_waits_for_replicas(
    pipeline: Pipeline, redis: Redis, sandbox: Sandbox, sentinels: Sentinels
) -> None:
    await pipeline.register(4)
    world = BundleWorld(redis, pipeline.clock, pipeline)
    silent = sentinels.replicas()[0]
    silent.freeze()
    try:
        once = Options(delivery=Delivery.AT_MOST_ONCE)
        message = await pipeline.dispatch(options=once)
        await pipeline.run_jobs()
        await world.send(world.to_each("apns-0", options=once))
        assert await pipeline.states(message) == {"pending": 4}
        assert await world.states() == {"pending": 1}
        assert sandbox.summary("apns").get("accepted", 0) == 0
    finally:
        silent.thaw()
    await _until_confirmed(redis)
    pipeline.clock.advance(3600)
    await pipeline.run_due_jobs()
    await world.run_due()
    assert await pipeline.states(message) == {"accepted": 4}
    assert await world.states() == {"accepted": 1}
    assert sandbox.summary("apns")["duplicates"] == 0


async def test_a_process_reports_that_replicas_are_missing(master: Node, replica: Node) -> None:
    client = connect(_settings(master))
    store = await open_store(client)

    async def restored(_: StoreIdentity) -> None:
        raise AssertionError("nothing was lost")

    description = ProcessDescription("api", "host", 1, "0", datetime.now(UTC))
    watch = Watch(client, store=store, process_id="one", description=description, on_restored=restored)
    await watch.beat()
    (healthy,) = await Heartbeats(client).read()
    assert healthy.description.unconfirmed_at is None
    await confirm(client)
    await watch.beat()
    (lacking,) = await Heartbeats(client).read()
    assert lacking.description.unconfirmed_at
    replica.thaw()
    await _until_confirmed(client)
    replication = replication_of(client)
    assert replication
    replication.state.missed_at = datetime.now(UTC) - timedelta(minutes=2)
    await watch.beat()
    (healed,) = await Heartbeats(client).read()
    assert healed.description.unconfirmed_at is None
    await client.aclose()
