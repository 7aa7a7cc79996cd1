"""What was deleted leaves the files of the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.engines import Engine, tcp_redis

from pushgate.redis.client import connect
from pushgate.redis.rewriting import Rewriting, rewrite
from pushgate.settings.redis import RedisSettings

SECRET = "the-secret-of-the-deleted-key"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = tcp_redis(tmp_path_factory.mktemp("rewritten")).start()
    yield engine
    engine.stop()


def _is_in_files(folder: Path) -> bool:
    return any(SECRET.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("keeps_log", [True, False])
async def test_log_or_snapshot_is_written_anew(server: Engine, *, keeps_log: bool) -> None:
    folder, client = server.log.parent, connect(RedisSettings(url=server.url))
    await client.set("key", SECRET)
    if not keeps_log:
        await client.config_set("appendonly", "no")
        for path in folder.rglob("*.aof"):
            path.unlink()
        await client.save()
    assert _is_in_files(folder)
    await client.delete("key")
    state, begun_by = await rewrite(client, "", 10)
    assert state is Rewriting.DONE
    assert not _is_in_files(folder)
    # The server that has begun is not asked again.
    assert await rewrite(client, begun_by, 10) == (Rewriting.DONE, begun_by)
    await client.aclose()


async def test_a_call_that_does_not_wait_goes_on_with_the_next_one(redis: Redis) -> None:
    state, begun_by = await rewrite(redis, "", 0)
    assert state is Rewriting.PENDING
    assert (await rewrite(redis, begun_by, 10))[0] is Rewriting.DONE
    assert (await rewrite(redis, "another server", 10))[0] is Rewriting.DONE


async def test_a_server_that_does_not_allow_it_says_so(redis: Redis, valkey: Engine) -> None:
    rights = ["+@all", "-bgrewriteaof", "-bgsave"]
    await redis.acl_setuser("limited", enabled=True, nopass=True, categories=rights[:1], commands=rights[1:])
    client = connect(RedisSettings(url=valkey.url.replace("unix://", "unix://limited:any@")))
    assert (await rewrite(client, "", 10))[0] is Rewriting.REFUSED
    await client.aclose()
    await redis.acl_deluser("limited")
