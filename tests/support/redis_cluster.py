"""A real cluster of Redis nodes for tests: masters with replicas, made of the embedded server."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any, cast

from redis import Redis, exceptions
from redis.crc import key_slot
from tests.support.engines import Engine, free_port, listening, wait_until

from pushgate.embedded import valkey

SLOTS = 16384
NODE_TIMEOUT = 2000
"""Milliseconds after which the others take a node for dead."""
APPENDFSYNC = "no"
"""With `everysec` a server that waits for a slow fsync writes to its log later: a killed one lacks
writes that it has confirmed to its master. Tests kill processes, and no machine.
"""


@dataclass(eq=False)
class Node:
    """One server, master or replica."""

    port: int
    bus_port: int
    engine: Engine
    frozen: bool = False
    client: Redis = field(init=False)

    def __post_init__(self) -> None:
        """Make the client, which connects with its first command."""
        self.client = Redis(port=self.port, socket_timeout=30)

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        assert self.engine.process
        return self.engine.process.pid

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.engine.process is not None

    @property
    def answers(self) -> bool:
        """Whether its process runs and is not frozen."""
        return self.alive and not self.frozen

    def id(self) -> str:
        """The node's id in the cluster."""
        return cast("bytes", self.command("CLUSTER", "MYID")).decode()

    def command(self, *words: str | int | bytes) -> Any:
        """Run a command on this node; the answer comes as the server gave it."""
        return self.client.execute_command(*words, NEVER_DECODE=True)  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """Kill it on the spot."""
        self.engine.stop(SIGKILL)
        self.frozen = False
        self.client.connection_pool.disconnect()

    def start(self) -> None:
        """Start it, again or for the first time."""
        self.engine.start()

    def freeze(self) -> None:
        """Stop it without its connections being closed."""
        self.frozen = True
        self.engine.freeze()

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self.engine.thaw()
        self.frozen = False


class RedisCluster:
    """Nodes that form a cluster. Slots are spread evenly over the masters at the start."""

    def __init__(
        self, folder: Path, masters: int = 3, replicas: int = 1, options: Sequence[str] = ()
    ) -> None:
        """`replicas` are those of each master; `options` go to each server."""
        self._masters = masters
        self.nodes = [_node(folder / str(n), options) for n in range(masters * (1 + replicas))]

    @property
    def seeds(self) -> list[str]:
        """The addresses of all nodes."""
        return [node.address for node in self.nodes]

    def start(self) -> "RedisCluster":
        """Start all nodes and form the cluster; return once each slot is served and replicated."""
        for node in self.nodes:
            node.start()
        first = self.nodes[0]
        bounds = [SLOTS * n // self._masters for n in range(self._masters + 1)]
        for number, node in enumerate(self.nodes):
            node.command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < self._masters:
                node.command("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
            if node is not first:
                first.command("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        wait_until(lambda: all(self._knows_all(node) for node in self.nodes), 30, "nodes to know each other")
        for number, node in enumerate(self.nodes[self._masters :]):
            node.command("CLUSTER", "REPLICATE", self.nodes[number % self._masters].id())
        self.wait_until_healthy()
        return self

    def stop(self) -> None:
        """Kill all nodes."""
        for node in self.nodes:
            if node.alive:
                node.kill()
            node.client.close()

    def flush(self) -> None:
        """Remove all keys and scripts."""
        for node in self.masters():
            node.command("FLUSHALL")
            node.command("SCRIPT", "FLUSH")

    def masters(self) -> list[Node]:
        """The nodes that serve slots now, as the first living node sees them."""
        return list({id(node): node for _, _, node in self._ranges()}.values())

    def replicas_of(self, master: Node) -> list[Node]:
        """Its living replicas."""
        lines = cast("list[bytes]", master.command("CLUSTER", "REPLICAS", master.id()))
        ports = {int(line.split()[1].partition(b"@")[0].rpartition(b":")[2]) for line in lines}
        return [node for node in self.nodes if node.port in ports and node.answers]

    def master_of(self, key: str | int) -> Node:
        """The node that serves a key, or a slot by its number."""
        slot = key if isinstance(key, int) else key_slot(key.encode())
        return next(node for start, end, node in self._ranges() if start <= slot <= end)

    def kill(self, master_of: str | int) -> Node:
        """Kill the master of a key or slot on the spot; return the node."""
        node = self.master_of(master_of)
        node.kill()
        return node

    def revive(self) -> None:
        """Start all nodes that were killed; return once the cluster is whole again."""
        for node in self.nodes:
            if not node.alive:
                node.start()
        self.wait_until_healthy()

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Return once all living nodes see each slot served, and each replica is in step."""
        wait_until(
            lambda: all(self._is_healthy(node) for node in self.nodes if node.answers), seconds, "a cluster"
        )

    def migrate(self, slot: int, target: Node) -> None:
        """Move a slot key by key, the way that each version knows."""
        source = self.master_of(slot)
        self.begin_migration(slot, source, target)
        while self.migrate_keys(slot, source, target):
            pass
        self.end_migration(slot, source, target)

    def begin_migration(self, slot: int, source: Node, target: Node) -> None:
        """Mark the slot as moving: from now on the source answers ASK for keys that it lacks."""
        target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id())
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id())

    def migrate_keys(self, slot: int, source: Node, target: Node, count: int = 100) -> int:
        """Move some keys of the slot; return how many."""
        keys = cast("list[bytes]", source.command("CLUSTER", "GETKEYSINSLOT", slot, count))
        if keys:
            source.command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        return len(keys)

    def end_migration(self, slot: int, source: Node, target: Node) -> None:
        """Give the slot to the target."""
        for node in (target, source, *self.masters()):
            node.command("CLUSTER", "SETSLOT", slot, "NODE", target.id())
        wait_until(lambda: self.master_of(slot) is target, 10, "the slot to be the target's")

    def migrate_atomically(self, slot: int, target: Node) -> None:
        """Move a slot as a whole (Valkey 9): callers meet one MOVED and no ASK."""
        source = self.master_of(slot)
        source.command("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id())
        wait_until(lambda: self.master_of(slot) is target, 30, "the slot to be the target's")

    def _knows_all(self, node: Node) -> bool:
        lines = cast("bytes", node.command("CLUSTER", "NODES")).splitlines()
        return len(lines) == len(self.nodes) and not any(b"handshake" in line for line in lines)

    def _is_healthy(self, node: Node) -> bool:
        try:
            found = cast("bytes", node.command("CLUSTER", "INFO"))
            role = cast("list[Any]", node.command("ROLE"))
        except (exceptions.RedisError, OSError):
            return False
        in_step = role[0] == b"master" or role[3] == b"connected"
        return b"cluster_state:ok" in found and b"cluster_slots_ok:16384" in found and in_step

    def _ranges(self) -> list[tuple[int, int, Node]]:
        by_port = {node.port: node for node in self.nodes}
        for node in self.nodes:
            if not node.answers:
                continue
            try:
                rows = cast("list[Any]", node.command("CLUSTER", "SLOTS"))
            except (exceptions.RedisError, OSError):
                continue
            return [(int(start), int(end), by_port[int(master[1])]) for start, end, master, *_ in rows]
        raise AssertionError("no node of the cluster answers")


def _node(folder: Path, options: Sequence[str]) -> Node:
    folder.mkdir(parents=True, exist_ok=True)
    port, bus_port = free_port(), free_port()
    settings = {
        "port": port,
        "bind": "127.0.0.1",
        "cluster-enabled": "yes",
        "cluster-port": bus_port,
        "cluster-node-timeout": NODE_TIMEOUT,
        "cluster-config-file": "nodes.conf",
        "dir": folder,
        "appendonly": "yes",
        "appendfsync": APPENDFSYNC,
        "save": "",
        "repl-diskless-sync-delay": 0,
        "hash-max-listpack-value": 512,
        "hash-max-listpack-entries": 128,
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    command = (valkey.find_server(), *arguments, *options)
    return Node(
        port,
        bus_port,
        Engine(command, folder / "node.log", lambda: listening(port), f"redis://127.0.0.1:{port}"),
    )


@contextmanager
def running_cluster(
    folder: Path, masters: int = 3, replicas: int = 1, options: Sequence[str] = ()
) -> Iterator[RedisCluster]:
    """A cluster that runs until the end of the block."""
    cluster = RedisCluster(folder, masters, replicas, options)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def wait_for_failover(cluster: RedisCluster, key: str, former: Node, seconds: float = 30) -> float:
    """Return once another node than `former` serves the key, with the seconds that this took."""
    began = time.monotonic()
    wait_until(lambda: _serves_elsewhere(cluster, key, former), seconds, "a failover")
    return time.monotonic() - began


def _serves_elsewhere(cluster: RedisCluster, key: str, former: Node) -> bool:
    try:
        master = cluster.master_of(key)
        return master is not former and bool(master.command("EXISTS", key) in (0, 1))
    except (exceptions.RedisError, OSError):
        return False
