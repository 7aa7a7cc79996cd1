"""A backup of a cluster: every master's snapshot, that of the queue last."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.bundles import SmallWorld, small
from tests.support.clock import SetClock
from tests.support.redis_cluster import RedisCluster
from tests.support.sentinels import Sentinels

from pushgate.domain.app import App
from pushgate.domain.clock import SystemClock
from pushgate.processes.backing_up import back_up
from pushgate.redis.client import connect
from pushgate.restore.holding import hold_restored
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice, resume
from pushgate.settings.loading import parse
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores


def _read(file: str | None) -> bytes:
    assert file
    return Path(file).read_bytes()


@pytest.mark.parametrize("into_folder", [True, False])
async def test_every_master_is_copied_and_the_queue_last(
    redis_cluster: RedisCluster, tmp_path: Path, *, into_folder: bool
) -> None:
    for number in range(30):
        redis_cluster.master_of(f"key-{number}").command("SET", f"key-{number}", "x")
    settings = parse({"redis": {"cluster": redis_cluster.seeds}})
    told: list[str] = []
    made = await back_up(settings, tmp_path / "copies" if into_folder else None, 60, told.append)
    masters = {node.address for node in redis_cluster.masters()}
    assert {copy.server for copy in made.servers} == masters
    assert made.servers[-1].server == redis_cluster.master_of("{q}").address
    assert len(told) == len(masters)
    content = [_read(copy.snapshot.file) for copy in made.servers]
    assert sum(f"key-{number}".encode() in one for one in content for number in range(10, 30)) == 20
    assert [b"{q}:backup" in one for one in content] == [False, False, True]
    assert not redis_cluster.master_of("{q}").command("EXISTS", "{q}:backup")


async def test_the_master_of_sentinels_is_copied(sentinels: Sentinels, tmp_path: Path) -> None:
    settings = parse({"redis": {"sentinels": sentinels.addresses, "sentinel_master": "pushgate"}})
    (copied,) = (await back_up(settings, tmp_path, 60, print)).servers
    assert copied.server == sentinels.master().address
    assert b"{q}:backup" in _read(copied.snapshot.file)


async def test_a_copy_of_a_cluster_waits_for_its_decisions(redis_cluster: RedisCluster) -> None:
    app, clock, system = App("shop", 4), SetClock(), SystemClock()
    clock.at = system.now() - timedelta(minutes=1)
    redis = connect(RedisSettings(cluster=tuple(redis_cluster.seeds)))
    stores = Stores.open(redis, system, timedelta(days=30))
    await stores.registered_apps.ensure_app(app)
    waiting = [
        (await SmallWorld(redis, clock, app, shard).put([small(push_at=clock.now())]))[0][0]
        for shard in range(app.shards)
    ]
    await stores.store_holds.mark_backup("b1")
    redis_cluster.master_of("{q}").command("HSET", "{q}:backup", "run", "another")
    assert await hold_restored(stores, system)
    assert sorted([one.id async for one in held_messages(stores, app)]) == sorted(waiting)
    resumed = await resume(stores, [app], Choice.CANCEL)
    assert (resumed.chosen, resumed.waiting) == ({Choice.CANCEL: 4}, 0)
    assert await stores.store_holds.read() is None
    await redis.aclose()
