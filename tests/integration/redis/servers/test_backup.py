"""A backup of a cluster: every master's snapshot, that of the queue last."""

from pathlib import Path

import pytest
from tests.support.redis_cluster import RedisCluster

from pushgate.processes.backing_up import back_up
from pushgate.settings.loading import parse


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
