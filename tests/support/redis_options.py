"""What tests run on: one server of Redis, or a cluster with `--redis cluster`."""

import asyncio

import pytest
from tests.support.redis_cluster import RedisCluster

from pushgate.redis.cluster.client import ClusterClient
from pushgate.redis.cluster.commands import Word
from pushgate.redis.connection_options import connection_options
from pushgate.settings.redis import RedisSettings

PATIENT = ("--cluster-node-timeout", "30000")
"""No test here kills a node: one that is slow is no reason for the cluster to be down."""
_OF_ALL_MASTERS = {"KEYS", "FLUSHDB", "CONFIG SET", "CONFIG RESETSTAT"}


class TestedCluster(ClusterClient):
    """A client that looks at all keys of a cluster, as tests do."""

    @classmethod
    def of(cls, cluster: RedisCluster) -> "TestedCluster":
        """A client of the cluster."""
        settings = RedisSettings(cluster=tuple(cluster.seeds), max_connections=16, socket_timeout=20)
        return cls(settings, connection_options(settings))

    async def execute_command(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: Word, **options: object
    ):
        """Run a command; one that concerns all keys on all masters."""
        if args[0] not in _OF_ALL_MASTERS:
            return await super().execute_command(*args, **options)
        masters = await self.masters()
        found = await asyncio.gather(*(master.execute_command(*args, **options) for master in masters))
        return [key for keys in found for key in keys] if args[0] == "KEYS" else True


def add_option(parser: pytest.Parser) -> None:
    """Let a run choose."""
    parser.addoption("--redis", choices=("single", "cluster"), default="single", help="what tests run on")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of what one server alone has, where there are several."""
    if config.getoption("--redis") == "cluster":
        skip = pytest.mark.skip(reason="concerns a single server")
        for item in items:
            if item.get_closest_marker("single_redis"):
                item.add_marker(skip)
