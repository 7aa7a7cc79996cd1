"""Locks on a cluster, whose servers learn scripts one by one."""

from tests.support.redis_cluster import RedisCluster
from tests.support.sealing import sealer_of

from pushgate.domain.clock import SystemClock
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.worker.shared_credentials import SharedCredentials


async def test_a_renewal_ends_on_a_server_that_does_not_know_the_locks_script(
    redis_cluster: RedisCluster,
) -> None:
    async with connect(RedisSettings(cluster=tuple(redis_cluster.seeds))) as redis:
        credentials = SharedCredentials(redis, SystemClock(), sealer_of(b"a"))
        for _ in range(2):
            async with credentials.renewing("vendor"):
                pass
            for node in redis_cluster.masters():
                assert not [key for key in node.client.scan_iter("*") if b"vendor" in key]
                node.command("SCRIPT", "FLUSH")  # a replica that takes over knows no script
