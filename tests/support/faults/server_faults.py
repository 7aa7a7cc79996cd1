"""Faults of the servers of a store, by chance: each is injected, and repaired before the next."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from redis import exceptions
from redis.crc import key_slot
from tests.support.engines import wait_until
from tests.support.redis_cluster import Node, RedisCluster
from tests.support.sentinels import Sentinels

PLACES = ("{q}", "{shop:0}", "{shop:1}")
"""The queue and the shards of the app: at the start, each is on a node of its own."""
ROLLBACKS = ("behind", "freeze")
"""Faults after which a new master may lack writes that readers have seen at the former one."""
_TAKEN_OVER = 30.0
_BEHIND_SECONDS = 0.6


@dataclass(frozen=True, kw_only=True)
class ServerFault:
    """What happens to the servers of a place, `after` so many seconds of health.

    `seconds` is how long a node is dead or frozen, or a slot half moved.
    """

    after: float
    kind: str
    place: str
    seconds: float

    def __str__(self) -> str:
        return f"after {self.after:.1f} {self.kind} {self.place} for {self.seconds:.1f}"


class Saboteur(Protocol):
    """Injects faults of servers and repairs them."""

    @property
    def kinds(self) -> Sequence[str]:
        """What may happen, as often as it is named."""
        ...

    def inject(self, fault: ServerFault) -> None:
        """Inject the fault and repair it; return once all servers are in step again."""
        ...

    def heal(self) -> None:
        """Start what is dead; return once all servers are in step."""
        ...


class ClusterSaboteur:
    """Breaks nodes of a cluster, and moves slots."""

    kinds: Sequence[str] = (
        "kill", "kill", "behind", "freeze", "replica", "migrate", "migrate atomically",
    )  # fmt: skip

    def __init__(self, cluster: RedisCluster) -> None:
        self._cluster = cluster

    def inject(self, fault: ServerFault) -> None:
        """See Saboteur."""
        cluster, place = self._cluster, fault.place
        match fault.kind:
            case "kill":
                dead = cluster.kill(place)
                time.sleep(fault.seconds)
                dead.start()
            case "freeze":
                _freeze(cluster.master_of(place), fault.seconds)
            case "replica":
                (replica,) = cluster.replicas_of(cluster.master_of(place))
                replica.kill()
                time.sleep(fault.seconds)
                replica.start()
            case "behind":
                self._fall_behind(place, fault.seconds)
            case "migrate":
                self._migrate(place, fault.seconds)
            case "migrate atomically":
                cluster.migrate_atomically(key_slot(place.encode()), self._other_master(place))
        self.heal()

    def heal(self) -> None:
        """See Saboteur."""
        self._cluster.revive()
        wait_until(self._has_replicas, 60, "a replica of each master")

    def _has_replicas(self) -> bool:
        """Whether the masters are three, and each has its replica back in step."""
        masters = self._cluster.masters()
        with suppress(exceptions.RedisError, OSError):
            return all(_replicas_in_step(master) == 1 for master in masters)
        return False

    def _fall_behind(self, place: str, seconds: float) -> None:
        """Let a replica take over that lacks the last writes of its master: the worst that a
        cluster permits.
        """
        former = self._cluster.master_of(place)
        (replica,) = self._cluster.replicas_of(former)
        replica.kill()
        time.sleep(_BEHIND_SECONDS)
        former.kill()
        replica.start()
        # Otherwise a replica that has been away from its master does not stand for election.
        replica.command("CONFIG", "SET", "cluster-replica-validity-factor", 0)
        wait_until(lambda: self._is_master(replica), _TAKEN_OVER, "a replica that takes over")
        replica.command("CONFIG", "SET", "cluster-replica-validity-factor", 10)
        time.sleep(seconds)
        former.start()

    def _is_master(self, node: Node) -> bool:
        with suppress(exceptions.RedisError, OSError):
            return bool(node.command("ROLE")[0] == b"master")
        return False

    def _migrate(self, place: str, seconds: float) -> None:
        slot, target = key_slot(place.encode()), self._other_master(place)
        source = self._cluster.master_of(place)
        self._cluster.begin_migration(slot, source, target)
        time.sleep(seconds / 4)
        while self._cluster.migrate_keys(slot, source, target):
            pass
        self._cluster.end_migration(slot, source, target)

    def _other_master(self, place: str) -> Node:
        source = self._cluster.master_of(place)
        return next(node for node in self._cluster.masters() if node is not source)


class SentinelSaboteur:
    """Breaks servers that Sentinels watch."""

    kinds: Sequence[str] = ("kill", "kill", "freeze", "replica")

    def __init__(self, servers: Sentinels) -> None:
        self._servers = servers

    def inject(self, fault: ServerFault) -> None:
        """See Saboteur."""
        master = self._servers.master()
        match fault.kind:
            case "kill":
                master.kill()
                time.sleep(fault.seconds)
                master.start()
            case "freeze":
                _freeze(master, fault.seconds)
            case "replica":
                replica = self._servers.replicas()[0]
                replica.kill()
                time.sleep(fault.seconds)
                replica.start()
        self.heal()

    def heal(self) -> None:
        """See Saboteur."""
        self._servers.revive()


def schedule_server_faults(rng: random.Random, kinds: Sequence[str], count: int) -> list[ServerFault]:
    """So many faults of these kinds."""
    return [
        ServerFault(
            after=rng.uniform(0.1, 1.2),
            kind=rng.choice(kinds),
            place=rng.choice(PLACES),
            # A master comes back before another takes over, while it does, and long afterwards.
            seconds=rng.choice([rng.uniform(0.1, 1.5), rng.uniform(1.5, 4), rng.uniform(4, 6)]),
        )
        for _ in range(count)
    ]


def _freeze(node: Node, seconds: float) -> None:
    node.freeze()
    time.sleep(seconds)
    node.thaw()


def _replicas_in_step(master: Node) -> int:
    return len(master.command("ROLE")[2])
