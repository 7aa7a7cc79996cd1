"""TLS with a CA of one's own and client certificates: to one server, by Sentinels, to a cluster."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from redis import exceptions
from redis.asyncio import Redis
from tests.support import redis_users, tls_redis
from tests.support.engines import wait_until
from tests.support.tls_redis import MASTER_NAME, Certificates, TlsServer

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import connect, ping
from pushgate.redis.key_space import open_store
from pushgate.settings.redis import RedisSettings

pytestmark = pytest.mark.skipif(tls_redis.find() is None, reason="redis-server is not installed")
ACCESS = f"pushgate:{redis_users.PASSWORDS['pushgate']}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"), "own")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[TlsServer]:
    one = TlsServer(tmp_path_factory.mktemp("tls") / "server", certificates, {})
    with tls_redis.running([one]):
        yield one


async def test_one_server_is_used_over_tls(server: TlsServer, certificates: Certificates) -> None:
    client = connect(certificates.settings(url=f"rediss://{ACCESS}@{server.address}/0"))
    assert await open_store(client) == await open_store(client)
    await client.aclose()


async def test_a_server_of_another_ca_is_refused(server: TlsServer, tmp_path: Path) -> None:
    stranger = Certificates(tmp_path, "stranger")
    client = connect(stranger.settings(url=f"rediss://{ACCESS}@{server.address}/0"))
    with pytest.raises(EngineUnavailable):
        await ping(client)
    await client.aclose()


async def test_a_client_without_a_certificate_is_refused(
    server: TlsServer, certificates: Certificates
) -> None:
    url = f"rediss://{ACCESS}@{server.address}/0"
    client = connect(RedisSettings(url=url, tls_ca_file=certificates.ca))
    with pytest.raises(EngineUnavailable):
        await ping(client)
    await client.aclose()


async def test_a_cluster_is_used_over_tls(tmp_path: Path, certificates: Certificates) -> None:
    with tls_redis.running_cluster(tmp_path, certificates) as nodes:
        seeds = [nodes[0].address]
        client = connect(certificates.settings(url=f"rediss://{ACCESS}@", cluster=seeds))
        assert await open_store(client) == await open_store(client)
        await _write_everywhere(client)
        await client.aclose()


async def test_a_master_is_found_by_sentinels_and_followed_over_tls(
    tmp_path: Path, certificates: Certificates
) -> None:
    """Replication and Sentinels use the documented users, too; nobody else may enter."""
    replication = {"masteruser": "replica", "masterauth": "replica-password"}
    master = TlsServer(tmp_path / "master", certificates, replication)
    replica = TlsServer(
        tmp_path / "replica", certificates, {**replication, "replicaof": f"127.0.0.1 {master.port}"}
    )
    watching = {
        "sentinel monitor": f"{MASTER_NAME} 127.0.0.1 {master.port} 1",
        "sentinel auth-user": f"{MASTER_NAME} sentinel",
        "sentinel auth-pass": f"{MASTER_NAME} sentinel-password",
        "sentinel down-after-milliseconds": f"{MASTER_NAME} 2000",
    }
    sentinel = TlsServer(tmp_path / "sentinel", certificates, watching, "--sentinel")
    with tls_redis.running([master, replica, sentinel]):
        wait_until(
            lambda: replica.command("INFO", "replication")["master_link_status"] == "up", 20, "a replica"
        )
        wait_until(lambda: _replicas(sentinel) == 1, 20, "the Sentinel to know the replica")
        settings = certificates.settings(url=f"rediss://{ACCESS}@", sentinels=[sentinel.address])
        client = connect(settings)
        await client.set("{q}:kept", "1")
        await client.wait(1, 2000)
        master.engine.stop()
        await _wait_for_failover(client)
        await client.set("{q}:kept", "2")
        assert replica.command("GET", "{q}:kept") == b"2"
        await client.aclose()


async def _write_everywhere(client: Redis) -> None:
    keys = [f"{{shop:{shard}}}:kept" for shard in range(16)]
    async with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.set(key, key)
        await pipe.execute()
    assert [await client.get(key) for key in keys] == [key.encode() for key in keys]


async def _wait_for_failover(client: Redis) -> None:
    for _ in range(300):
        if await _read(client) == b"1":
            return
        await asyncio.sleep(0.1)
    raise AssertionError("no replica took over")


async def _read(client: Redis) -> bytes | None:
    try:
        return cast("bytes | None", await client.get("{q}:kept"))
    except (exceptions.RedisError, OSError):
        return None


def _replicas(sentinel: TlsServer) -> int:
    found = sentinel.command("SENTINEL", "REPLICAS", MASTER_NAME, user="")
    return len(found)
