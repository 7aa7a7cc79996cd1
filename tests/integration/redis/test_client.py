"""The connection to Redis when the network between breaks at the worst moment."""

import asyncio

import pytest
import uvloop

from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import reaching


def test_a_write_to_a_connection_that_was_just_lost_is_an_engine_out_of_reach() -> None:
    """uvloop says so with a RuntimeError, which redis-py lets through."""

    async def main() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.transport.abort()
        await asyncio.sleep(0.01)
        try:
            with pytest.raises(EngineUnavailable):
                async with reaching():
                    writer.writelines([b"PING"])
        finally:
            server.close()

    uvloop.run(main())


async def test_a_fault_of_ours_is_none_of_the_engine() -> None:
    with pytest.raises(RuntimeError, match="ours"):
        async with reaching():
            raise RuntimeError("a fault of ours")
