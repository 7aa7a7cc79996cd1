"""Registers many terminals at once: new terminals are written in portions; all others are
registered by `Registry`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.terminal import Terminal
from pushgate.redis.client import reaching
from pushgate.redis.hash_tags import by_shard, tag
from pushgate.redis.pipelined_connection import PipelinedConnection
from pushgate.redis.replication import all_confirmed
from pushgate.redis.scripts import portions
from pushgate.terminals.bulk.commands import Commands
from pushgate.terminals.bulk.connections import BulkConnections
from pushgate.terminals.bulk.writer import ShardWriter
from pushgate.terminals.registry import Registry
from pushgate.terminals.rows import group_key
from pushgate.terminals.tokens import digest

PORTION = 512
"""Terminals that are written together: every other client waits meanwhile."""


class BulkRegistry:
    """Opens bulk registrations."""

    def __init__(self, redis: Redis, clock: Clock, registry: Registry) -> None:
        self._redis = redis
        self._clock = clock
        self._registry = registry

    @asynccontextmanager
    async def open(self, app: App) -> AsyncIterator["BulkRegistration"]:
        """Open a registration of many terminals of an app, with connections of its own."""
        connections = BulkConnections(self._redis)
        try:
            yield BulkRegistration(self._redis, self._clock, self._registry, connections, app)
        finally:
            connections.close()


class BulkRegistration:
    """Registers the terminals of one import, window by window."""

    def __init__(
        self, redis: Redis, clock: Clock, registry: Registry, connections: BulkConnections, app: App
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._registry = registry
        self._connections = connections
        self._app = app
        self._heads = [tag(app, shard).encode() for shard in range(app.shards)]
        self._writers = [ShardWriter(redis, connections, app, shard) for shard in range(app.shards)]

    async def register(self, terminals: Sequence[Terminal]) -> int:
        """Register a window of terminals, new or known, as `Registry.register` does; returns how
        many are new. Raises EngineUnavailable.

        Terminals that share an id or token with another one of the window are registered by
        `Registry`, in the window's order. So are known terminals, and those whose token has an
        owner.
        """
        created: set[str] = set()
        done: set[str] = set()
        async with all_confirmed(self._redis, self._tags), reaching():
            alone = _without_rivals(terminals)
            for shard, some in by_shard(self._app, alone, lambda terminal: terminal.id).items():
                for portion in portions(sorted(some, key=group_key), PORTION):
                    new = await self._writers[shard].write(portion, to_ms(self._clock.now()))
                    created.update(terminal.id for terminal in new)
                    done.update(await self._own_tokens(new))
        ordinary = [terminal for terminal in terminals if terminal.id not in done]
        written = await self._registry.register(self._app, ordinary)
        created.update(item.id for item, result in zip(ordinary, written, strict=True) if result.created)
        return len(created)

    def _tags(self) -> Iterable[str]:
        """The hash tags that a window writes to."""
        return (head.decode() for head in self._heads)

    async def _own_tokens(self, terminals: Sequence[Terminal]) -> list[str]:
        """Make the terminals the owners of their tokens; returns the ids of those whose token had
        no owner.
        """
        if not terminals:
            return []
        digits = {terminal.id: digest(terminal.token).hex() for terminal in terminals}
        by_home = by_shard(self._app, terminals, lambda terminal: digits[terminal.id])
        homes: dict[PipelinedConnection, list[int]] = {}
        for shard in by_home:
            homes.setdefault(await self._connections.at(self._heads[shard]), []).append(shard)
        owned: list[str] = []
        for connection, shards in homes.items():
            commands, ids = Commands(), list[str]()
            for shard in shards:
                for terminal in by_home[shard]:
                    token = digits[terminal.id]
                    key = b"%b:owners:%b" % (self._heads[shard], token[:4].encode())
                    commands.set_new_field(key, bytes.fromhex(token), terminal.id.encode())
                    ids.append(terminal.id)
            answers = await connection.exchange(commands.packed(), commands.count)
            owned += [one for one, is_new in zip(ids, answers, strict=True) if is_new]
        return owned


def _without_rivals(terminals: Sequence[Terminal]) -> Sequence[Terminal]:
    """The terminals that share neither id nor token with another one of these."""
    ids = Counter(terminal.id for terminal in terminals)
    tokens = Counter(terminal.token for terminal in terminals)
    if len(ids) == len(terminals) == len(tokens):
        return terminals
    return [terminal for terminal in terminals if ids[terminal.id] == tokens[terminal.token] == 1]
