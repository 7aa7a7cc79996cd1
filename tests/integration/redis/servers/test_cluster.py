"""The client of a cluster offers what the client of one server does, and survives a failover."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis import exceptions
from redis.asyncio import Redis
from tests.support.engines import Engine, free_port, listening
from tests.support.redis_cluster import RedisCluster

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.processes.parts import open_redis
from pushgate.redis.client import connect, masters, open_pipeline, ping, server_of
from pushgate.redis.scanning import scan_from
from pushgate.redis.scripts import Script
from pushgate.settings.model import Settings
from pushgate.settings.redis import RedisSettings

TAGS = [f"{{shop:{shard}}}" for shard in range(12)]
count = Script("return redis.call('INCR', KEYS[1] .. ':count')")
look = Script("return {KEYS[1], ARGV[1]}")


@pytest.fixture
async def client(redis_cluster: RedisCluster) -> AsyncIterator[Redis]:
    """A client that knows one node, and has few connections."""
    opened = connect(RedisSettings(cluster=(redis_cluster.seeds[0],), max_connections=4))
    await ping(opened)
    yield opened
    await opened.aclose()


async def test_pipelines_and_scripts_reach_all_slots(client: Redis) -> None:
    assert await asyncio.gather(*(count(client, [tag], []) for tag in TAGS)) == [1] * len(TAGS)
    async with client.pipeline(transaction=False) as pipe:
        for tag in TAGS:
            pipe.get(f"{tag}:count")
            pipe.hset(f"{tag}:hash", "field", tag)
        pipe.time()
        answers = await pipe.execute()
    assert answers[:-1] == [b"1", 1] * len(TAGS)
    assert len({await server_of(client, tag) for tag in TAGS}) == len(await masters(client)) == 3


async def test_a_transaction_has_keys_of_one_hash_tag(client: Redis) -> None:
    async with client.pipeline(transaction=True) as pipe:
        pipe.hset("{shop:1}:hash", "a", "b")
        pipe.hgetall("{shop:1}:hash")
        assert await pipe.execute() == [1, {b"a": b"b"}]
    async with client.pipeline(transaction=True) as pipe:
        pipe.get("{shop:1}:hash")
        pipe.get("{shop:2}:hash")
        with pytest.raises(exceptions.ClusterCrossSlotError):
            await pipe.execute()


async def test_servers_that_do_not_know_a_script_are_sent_its_source(
    client: Redis, redis_cluster: RedisCluster
) -> None:
    wanted = [[tag.encode(), b"x"] for tag in TAGS]
    for _ in range(2):
        assert await look.many(client, [([tag], ["x"]) for tag in TAGS]) == wanted
        for node in redis_cluster.masters():
            node.command("SCRIPT", "FLUSH")


async def test_a_subscription_hears_what_any_server_publishes(client: Redis) -> None:
    publish = Script("return redis.call('PUBLISH', ARGV[1], KEYS[1])")
    async with client.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe("wake")
        for tag in TAGS[:3]:
            await publish(client, [tag], ["wake"])
        async with asyncio.timeout(10):
            heard = {notice["data"].decode() async for notice in _first(channel.listen(), 3)}
    assert heard == set(TAGS[:3])


async def _first(notices: AsyncIterator[dict[str, bytes]], number: int) -> AsyncIterator[dict[str, bytes]]:
    for _ in range(number):
        yield await anext(notices)


async def test_more_callers_than_connections_wait(client: Redis) -> None:
    async def set_and_get(number: int) -> bool:
        key = f"{TAGS[number % len(TAGS)]}:{number}"
        await client.set(key, number)
        return await client.get(key) == b"%d" % number

    assert all(await asyncio.gather(*map(set_and_get, range(300))))
    for node in await masters(client):
        assert len(await node.client_list(_type="normal")) <= 4 + 4, "the pool, and what tests opened"


async def test_all_keys_are_scanned_on_all_servers(client: Redis) -> None:
    wanted = {f"{tag}:{number}".encode() for tag in TAGS for number in range(40)}
    for key in wanted:
        await client.set(key, "")
    assert {key async for key in client.scan_iter("*}:1*")} == {key for key in wanted if b"}:1" in key}
    assert {key async for key in client.scan_iter("{shop:3}:*")} == {
        key for key in wanted if key.startswith(b"{shop:3}")
    }
    found: set[bytes] = set()
    place, keys = await scan_from(client, [], "*", 50)
    while place:
        found.update(keys)
        place, keys = await scan_from(client, place, "*", 50)
    assert found | set(keys) == wanted
    with pytest.raises(TypeError, match="masters"):
        await client.info()


async def test_a_process_that_starts_in_a_failover_waits_for_every_master(
    redis_cluster: RedisCluster,
) -> None:
    lost = next(tag for tag in TAGS if redis_cluster.master_of(tag) is not redis_cluster.master_of("{q}"))
    redis_cluster.kill(lost)
    settings = Settings(redis=RedisSettings(cluster=tuple(redis_cluster.seeds), socket_timeout=1))
    async with open_redis(settings) as opened:
        assert await opened.incr(f"{lost}:count") == 1


async def test_a_killed_master_costs_an_outage_and_no_call_is_repeated(
    client: Redis, redis_cluster: RedisCluster
) -> None:
    assert await count(client, ["{shop:1}"], []) == 1
    server = await server_of(client, "{shop:1}")
    await server.execute_command("WAIT", 1, 1000)  # type: ignore[no-untyped-call]
    connection = open_pipeline(client, "{shop:1}")
    await connection.open()
    redis_cluster.kill("{shop:1}")
    answers, failures = [1], 0
    async with asyncio.timeout(30):
        while len(answers) < 3:
            try:
                answers.append(cast("int", await count(client, ["{shop:1}"], [])))
            except EngineUnavailable:
                failures += 1
                await asyncio.sleep(0.05)
    assert failures
    assert answers == [1, 2, 3]
    with pytest.raises(exceptions.ConnectionError):
        await connection.exchange(b"*1\r\n$4\r\nPING\r\n", 1)
    await connection.open()
    assert await connection.exchange(b"*2\r\n$3\r\nGET\r\n$14\r\n{shop:1}:count\r\n", 1) == [b"3"]
    connection.close()


async def test_the_seed_may_be_gone(redis_cluster: RedisCluster) -> None:
    client = connect(RedisSettings(cluster=("127.0.0.1:1", redis_cluster.seeds[-1])))
    await ping(client)
    await client.aclose()


async def test_settings_that_lead_nowhere_say_so(valkey: Engine, redis_cluster: RedisCluster) -> None:
    client = connect(RedisSettings(cluster=("127.0.0.1:1",)))
    with pytest.raises(EngineUnavailable, match=r"no node of redis\.cluster answers"):
        await ping(client)
    await client.aclose()
    client = connect(RedisSettings(url="redis://nobody:wrong@", cluster=tuple(redis_cluster.seeds)))
    with pytest.raises(EngineUnavailable, match=r"user name or password of redis\.url"):
        await ping(client)
    await client.aclose()
    port = free_port()
    command = (*redis_cluster.nodes[0].engine.command[:1], "--port", str(port), "--save", "")
    alone = Engine(command, valkey.log.with_name("alone.log"), lambda: listening(port), "").start()
    client = connect(RedisSettings(cluster=(f"127.0.0.1:{port}",)))
    with pytest.raises(ConfigurationError, match="is part of no cluster"):
        await ping(client)
    await client.aclose()
    client = connect(RedisSettings(cluster=(f"127.0.0.1:{port}", *redis_cluster.seeds)))
    await ping(client)
    await client.aclose()
    alone.stop()
