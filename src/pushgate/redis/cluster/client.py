"""The client of a cluster. It sends each command to the owner of its key, and follows slots that
move.

A script is never sent to a server that does not own its slot yet (ASK): it would run without the
keys that were not moved yet. So it waits until the slot has moved. No command is repeated after a
connection was lost, for it may have been carried out.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import AbstractConnection

from pushgate.redis.addresses import Address
from pushgate.redis.cluster.attempts import REDIRECTIONS, Attempts, ask, is_ask
from pushgate.redis.cluster.commands import QUEUE_SLOT, Word, is_script, key_of, slot_of, tag_of_pattern
from pushgate.redis.cluster.pipeline import ClusterPipeline
from pushgate.redis.cluster.topology import Topology
from pushgate.redis.server import UNREACHABLE, Closeable, ServerClient, WaitingPool
from pushgate.settings.redis import RedisSettings

_VALID_SECONDS = 1.0
"""How old the known owner of a key may be for a caller that talks to it directly."""


class ClusterClient(Redis):
    """Offers what the client of one server does, except commands that concern a server."""

    def __init__(self, settings: RedisSettings, options: Mapping[str, object]) -> None:
        """`options` are those of a connection, without host and port."""
        self._options = options
        self._max_connections = settings.max_connections
        self._topology = Topology(settings.cluster, self._open_client)
        self.timeout = settings.timeout
        self.confirmations: Closeable | None = None
        # The library wants a pool. It stays empty, for each server has its own.
        super().__init__(connection_pool=WaitingPool.of(options, 1))

    async def execute_command(  # type: ignore[no-untyped-def]  # as the library has it
        self, *args: Word, **options: object
    ):
        """Run a command on the owner of its key."""
        key = key_of(args)
        slot = QUEUE_SLOT if key is None else slot_of(key)
        attempts: Attempts | None = None
        while True:
            owner = self._topology.owner(slot) or await self._topology.find_owner(slot)
            try:
                return await owner.execute_command(*args, **options)
            except REDIRECTIONS as error:
                attempts = attempts or Attempts(self._topology)
                if is_ask(error) and not is_script(args):
                    return await ask(self._topology, owner, error, args, options)
                await attempts.prepare_next(slot, owner, error)
            except (*UNREACHABLE, exceptions.ClusterDownError):
                self._topology.note_failure(owner)
                raise

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> ClusterPipeline:
        """Commands that are sent together. A transaction has keys of one hash tag alone."""
        return ClusterPipeline(self._topology, self, transaction)

    def pubsub(self, **options: object) -> PubSub:
        """A subscription. The cluster tells each of its servers what is published."""
        self._topology.refresh_soon()
        return self._topology.any_client(QUEUE_SLOT).pubsub(**options)

    async def scan_iter(  # type: ignore[override]  # the library has no types of patterns
        self, match: str | None = None, count: int | None = None, _type: str | None = None
    ) -> AsyncIterator[bytes]:
        """The keys of all servers, or of the one that has all keys of the pattern's hash tag."""
        tag = tag_of_pattern(match)
        owners = [await self.server_of(tag)] if tag else await self.masters()
        for owner in owners:
            async for key in owner.scan_iter(match, count, _type):
                yield key

    async def script_load(self, script: str | bytes) -> str:  # type: ignore[override]  # the library types it for two clients
        """Make the script known to all servers that own slots; returns its SHA-1 digest.

        The library's lock loads its script where a server does not know it, as after a failover.
        """
        digests = [await master.script_load(script) for master in await self.masters()]
        return digests[0]

    async def masters(self) -> Sequence[ServerClient]:
        """A client of each server that owns slots. Raises the errors of redis-py."""
        return await self._topology.masters()

    async def server_of(self, key: str) -> ServerClient:
        """The client of the key's owner. Raises the errors of redis-py."""
        # Who asks talks to the server directly, and is not told where the key went.
        await self._topology.refresh_if_due(_VALID_SECONDS)
        return await self._topology.find_owner(slot_of(key))

    async def open_connection(self, key: str) -> AbstractConnection:
        """Open a connection of its own to the key's owner. Raises the errors of redis-py."""
        return await (await self.server_of(key)).open_connection()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        if self.confirmations:
            self.confirmations.close()
        await self._topology.close()
        await super().aclose(close_connection_pool)

    def _open_client(self, address: Address) -> ServerClient:
        options = {**self._options, "host": address.host, "port": address.port}
        client = ServerClient(WaitingPool.of(options, self._max_connections))
        client.name = str(address)
        return client
