"""A real master with replicas, watched by Sentinels, for tests; made of the embedded server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from redis import exceptions
from tests.support.engines import Engine, free_port, listening, wait_until
from tests.support.redis_cluster import APPENDFSYNC, Node

from pushgate.embedded import valkey

MASTER_NAME = "pushgate"
DOWN_AFTER = 2000
"""Milliseconds of silence after which Sentinels take the master for dead."""


class Sentinels:
    """Servers of one data set, and the Sentinels that choose its master."""

    def __init__(self, folder: Path, replicas: int = 2, sentinels: int = 3) -> None:
        self.nodes = [_server(folder / f"server-{n}") for n in range(1 + replicas)]
        self.sentinels = [_sentinel(folder / f"sentinel-{n}", self.nodes[0]) for n in range(sentinels)]

    @property
    def addresses(self) -> list[str]:
        """The addresses of the Sentinels."""
        return [sentinel.address for sentinel in self.sentinels]

    def start(self) -> "Sentinels":
        """Start all; return once the replicas are in step and the Sentinels know each other."""
        for node in self.nodes:
            node.start()
        for node in self.nodes[1:]:
            node.command("REPLICAOF", "127.0.0.1", self.nodes[0].port)
        wait_until(lambda: len(self.replicas()) == len(self.nodes) - 1, 30, "replicas in step")
        for sentinel in self.sentinels:
            sentinel.start()
        self.wait_until_healthy()
        return self

    def stop(self) -> None:
        """Kill all."""
        for node in (*self.sentinels, *self.nodes):
            if node.alive:
                node.kill()
            node.client.close()

    def master(self) -> Node:
        """The master that the first living Sentinel names."""
        for sentinel in self.sentinels:
            if sentinel.alive:
                found = sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME)
                return next(node for node in self.nodes if node.port == int(found[1]))
        raise AssertionError("no Sentinel lives")

    def replicas(self) -> list[Node]:
        """The living replicas whose link to their master is up."""
        return [node for node in self.nodes if node.answers and _role(node) == (b"slave", b"connected")]

    def kill(self) -> Node:
        """Kill the master on the spot; return it."""
        node = self.master()
        node.kill()
        return node

    def wait_for_failover(self, former: Node, seconds: float = 30) -> None:
        """Return once the Sentinels name another master than `former`, and it is one."""
        wait_until(
            lambda: self.master() is not former and _role(self.master())[0] == b"master",
            seconds,
            "a failover",
        )

    def revive(self) -> None:
        """Start the servers that were killed; return once they follow the master."""
        for node in self.nodes:
            if not node.alive:
                node.start()
        self.wait_until_healthy()

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Return once each living Sentinel knows all others and each server, and replicas are in
        step.
        """
        wait_until(self._is_healthy, seconds, "healthy Sentinels")

    def _is_healthy(self) -> bool:
        wanted = (len(self.nodes) - 1, len(self.sentinels) - 1)
        for sentinel in self.sentinels:
            if sentinel.alive and _known(sentinel) != wanted:
                return False
        return len(self.replicas()) == len(self.nodes) - 1 and _role(self.master())[0] == b"master"


def _known(sentinel: Node) -> tuple[int, int]:
    """How many replicas and how many other Sentinels a Sentinel knows."""
    row = cast("dict[str, int]", sentinel.client.sentinel_master(MASTER_NAME))
    return row["num-slaves"], row["num-other-sentinels"]


def _role(node: Node) -> tuple[bytes, bytes]:
    """The role of a server, and of a replica the state of its link; nothing where it is silent."""
    try:
        found = cast("list[Any]", node.command("ROLE"))
    except (exceptions.RedisError, OSError):
        return b"", b""
    return (found[0], found[3]) if found[0] == b"slave" else (found[0], b"")


def _server(folder: Path) -> Node:
    return _node(
        folder,
        {
            "appendonly": "yes",
            "appendfsync": APPENDFSYNC,
            "save": "",
            "repl-diskless-sync-delay": "0",
            "hash-max-listpack-value": "512",
            "hash-max-listpack-entries": "128",
        },
    )


def _node(folder: Path, settings: dict[str, str]) -> Node:
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), **settings}
    arguments = [text for name, value in settings.items() for text in (f"--{name}", value)]
    return _made(port, (valkey.find_server(), *arguments), folder)


def _sentinel(folder: Path, master: Node) -> Node:
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = folder / "sentinel.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor {MASTER_NAME} 127.0.0.1 {master.port} 2\n"
        f"sentinel down-after-milliseconds {MASTER_NAME} {DOWN_AFTER}\n"
        f"sentinel failover-timeout {MASTER_NAME} 5000\n"
        f"sentinel parallel-syncs {MASTER_NAME} 2\n"
    )
    return _made(port, (valkey.find_server(), str(config), "--sentinel"), folder)


def _made(port: int, command: Sequence[str], folder: Path) -> Node:
    engine = Engine(command, folder / "node.log", lambda: listening(port), f"redis://127.0.0.1:{port}")
    return Node(port, 0, engine)


@contextmanager
def running_sentinels(folder: Path, replicas: int = 2, sentinels: int = 3) -> Iterator[Sentinels]:
    """Servers and Sentinels that run until the end of the block."""
    found = Sentinels(folder, replicas, sentinels)
    try:
        yield found.start()
    finally:
        found.stop()
