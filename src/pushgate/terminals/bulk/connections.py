"""The connections of one import: one to each server."""

from redis.asyncio import Redis

from pushgate.redis.client import open_pipeline, server_of
from pushgate.redis.pipelined_connection import PipelinedConnection


class BulkConnections:
    """Opens connections as they are needed. Nobody else uses them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._by_server: dict[Redis, PipelinedConnection] = {}

    async def at(self, head: bytes) -> PipelinedConnection:
        """The connection to the server that has the keys with this head, opened. Raises the errors
        of redis-py, and EngineUnavailable.
        """
        key = head.decode()
        server = await server_of(self._redis, key)
        connection = self._by_server.get(server)
        if connection is None:
            connection = self._by_server[server] = open_pipeline(server, key)
        await connection.open()
        return connection

    def close(self) -> None:
        """Close all connections."""
        for connection in self._by_server.values():
            connection.close()
