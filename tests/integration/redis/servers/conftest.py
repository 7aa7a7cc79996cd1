"""Many servers, shared by the tests of this folder: a cluster, and a master under Sentinels."""

from collections.abc import Iterator

import pytest
from tests.support.redis_cluster import RedisCluster, running_cluster
from tests.support.sentinels import Sentinels, running_sentinels
from tests.support.shared_systems import shared


@pytest.fixture(scope="session")
def running_redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """Three masters, each with a replica."""
    with shared("many servers", running_cluster(tmp_path_factory.mktemp("cluster"))) as cluster:
        yield cluster


@pytest.fixture
def redis_cluster(running_redis_cluster: RedisCluster) -> RedisCluster:
    """The cluster, whole and empty."""
    running_redis_cluster.revive()
    running_redis_cluster.flush()
    return running_redis_cluster


@pytest.fixture(scope="session")
def running_sentinel_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    """A master, two replicas and three Sentinels."""
    with shared("many servers", running_sentinels(tmp_path_factory.mktemp("sentinels"))) as servers:
        yield servers


@pytest.fixture
def sentinels(running_sentinel_servers: Sentinels) -> Sentinels:
    """The servers, all alive, and empty."""
    running_sentinel_servers.revive()
    running_sentinel_servers.master().command("FLUSHALL")
    return running_sentinel_servers
