"""The identity of the store, its version, and outages in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.engines import tcp_redis

from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.redis.client import connect
from pushgate.redis.key_space import KEY_SPACE_VERSION, OLDEST_MIGRATED, check_store, open_store
from pushgate.settings.redis import RedisSettings


async def test_a_store_has_one_identity(redis: Redis) -> None:
    first, second = await open_store(redis), await open_store(redis)
    assert first == second
    assert first.lost_at is None


@pytest.mark.parametrize("version", [OLDEST_MIGRATED - 1, KEY_SPACE_VERSION + 1])
async def test_a_store_of_another_version_is_refused_with_the_remedy(redis: Redis, version: int) -> None:
    await open_store(redis)
    await redis.hset("{q}:store", "version", version)
    for attempt in (open_store(redis), check_store(redis)):
        with pytest.raises(ConfigurationError, match=r"empty database .* import the terminals again"):
            await attempt


async def test_a_check_changes_nothing(redis: Redis) -> None:
    await check_store(redis)
    assert await redis.dbsize() == 0


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("redis://127.0.0.1:1/0", "no connection"),
        ("redis://:wrong@127.0.0.1:{port}/0", "refuses the user name or password"),
        ("redis://127.0.0.1:{port}/0", "refuses the user name or password"),
    ],
)
async def test_an_outage_is_described_in_words(locked: int, address: str, cause: str) -> None:
    client = connect(RedisSettings(url=address.format(port=locked), max_connections=4))
    with pytest.raises(EngineUnavailable, match=cause) as raised:
        await check_store(client)
    assert "wrong" not in str(raised.value)
    await client.aclose()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis that asks for a password."""
    engine = tcp_redis(tmp_path)
    engine.command = (*engine.command, "--requirepass", "secret")
    engine.start()
    yield int(engine.url.rpartition(":")[2].partition("/")[0])
    engine.stop()
