"""The store of a deployment under faults: one server, a cluster, or a master under Sentinels."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import redis as plain
from tests.support.engines import Engine, valkey_engine
from tests.support.redis_cluster import RedisCluster
from tests.support.sentinels import MASTER_NAME, Sentinels

from pushgate.settings.redis import RedisSettings

Link = Callable[[str], int]
"""Gives the port of a process's link to the address of a server."""


class Store(Protocol):
    """Where a deployment keeps all it knows."""

    def section(self, link: Link) -> Mapping[str, object]:
        """The section `redis` of a process's settings."""
        ...

    def settings(self) -> RedisSettings:
        """The settings of the tests' own client."""
        ...

    def masters(self) -> Sequence[plain.Redis]:
        """A client of each server that takes writes, to read its bits."""
        ...

    def stop(self) -> None:
        """Stop all servers."""
        ...


class OneServer:
    """One durable server, which each process reaches by a link of its own."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = valkey_engine(folder).start()
        self._client = plain.Redis.from_url(self.engine.url)

    def section(self, link: Link) -> Mapping[str, object]:
        """See Store."""
        port = link(self.engine.url.removeprefix("unix://").partition("?")[0])
        return {"url": f"redis://127.0.0.1:{port}/0"}

    def settings(self) -> RedisSettings:
        """See Store."""
        return RedisSettings(url=self.engine.url, max_connections=4)

    def masters(self) -> Sequence[plain.Redis]:
        """See Store."""
        return [self._client]

    def stop(self) -> None:
        """See Store."""
        self._client.close()
        self.engine.stop()


class ClusterStore:
    """The nodes of a cluster, reached without links: each node names all others."""

    def __init__(self, cluster: RedisCluster) -> None:
        self.cluster = cluster

    def section(self, link: Link) -> Mapping[str, object]:
        """See Store."""
        return {"cluster": self.cluster.seeds}

    def settings(self) -> RedisSettings:
        """See Store."""
        return RedisSettings(cluster=tuple(self.cluster.seeds), max_connections=4)

    def masters(self) -> Sequence[plain.Redis]:
        """See Store."""
        return [node.client for node in self.cluster.masters()]

    def stop(self) -> None:
        """See Store."""
        self.cluster.stop()


class SentinelStore:
    """A master with replicas; Sentinels say which it is."""

    def __init__(self, servers: Sentinels) -> None:
        self.servers = servers

    def section(self, link: Link) -> Mapping[str, object]:
        """See Store."""
        return {"sentinels": self.servers.addresses, "sentinel_master": MASTER_NAME}

    def settings(self) -> RedisSettings:
        """See Store."""
        return RedisSettings(sentinels=tuple(self.servers.addresses), max_connections=4)

    def masters(self) -> Sequence[plain.Redis]:
        """See Store."""
        return [self.servers.master().client]

    def stop(self) -> None:
        """See Store."""
        self.servers.stop()
