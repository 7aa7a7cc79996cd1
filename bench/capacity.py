"""The capacity model: what a load needs, from the CPU and the bytes that one message costs.

The figures are measured by `python -m bench.fleet` on a quiet machine, except where a field says
otherwise. `docs/reference/sizing.md` is made from this module.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

BUSY: Final = 0.6
"""How busy a core may be on average: the rest is for peaks."""
REPLICATION: Final = 1.3
"""CPU of a master with a replica and an append-only file, to that of a master alone. Estimated;
1.03 and 1.17 were measured for small messages with a replica.
"""
NODE_MEMORY: Final = 24 * 2**30
"""Bytes of data in a node of 32 GiB: the rest is for the rewriting of its log and for buffers."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one small message, or one terminal of a broadcast, costs.

    CPU is in microseconds by kind of process; `redis` is all masters together, of three or more: a
    call that one master answers alone is cheaper.
    """

    api: float
    scheduler: float
    worker: float
    redis: float
    gearmand: float
    memory: int
    """Bytes in Redis for as long as results are kept, without the content."""
    content: int
    """Bytes in Redis for as long as content is kept."""


@dataclass(frozen=True)
class Need:
    """What a load needs, spread over machines as one likes: cores by kind of process."""

    api: int
    scheduler: int
    worker: int
    redis: int
    """Masters, each with a core of its own."""
    gearmand: int
    memory: float
    """Bytes of Redis, without the registry."""

    @property
    def cores(self) -> int:
        """Cores of Pushgate's own processes."""
        return self.api + self.scheduler + self.worker


BATCH: Final = Cost(api=70, scheduler=19, worker=42, redis=38, gearmand=2, memory=26, content=250)
"""A small message that comes by `POST /v1/messages:batch`, a thousand at a time."""
SINGLE: Final = Cost(api=266, scheduler=60, worker=72, redis=120, gearmand=9, memory=33, content=382)
"""A small message that comes by a POST of its own."""
BROADCAST: Final = Cost(api=0, scheduler=0.1, worker=6, redis=1.0, gearmand=0.02, memory=1, content=0)
"""A terminal of a broadcast."""
TERMINAL: Final = 359
"""Bytes of a registered terminal with a token of 152 bytes."""


def need(cost: Cost, rate: float, *, results: float, content: float) -> Need:
    """Return what `rate` messages or terminals a second need.

    `results` and `content` are the seconds for which results and contents are kept at this rate.
    """
    return Need(
        api=_cores(cost.api, rate),
        scheduler=_cores(cost.scheduler, rate),
        worker=_cores(cost.worker, rate),
        redis=max(
            _cores(cost.redis * REPLICATION, rate),
            ceil((memory := rate * (cost.memory * results + cost.content * content)) / NODE_MEMORY),
        ),
        gearmand=_cores(cost.gearmand, rate),
        memory=memory,
    )


def registry_nodes(terminals: int) -> int:
    """Return how many masters the registry of so many terminals needs for its memory."""
    return ceil(terminals * TERMINAL / NODE_MEMORY)


def _cores(cost: float, rate: float) -> int:
    return max(1, ceil(cost * rate / 1e6 / BUSY))
