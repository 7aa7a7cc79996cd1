"""Connections that a client of one server opens."""

import pytest

from pushgate.redis.server import NotConnected, ServerClient, WaitingPool


class _Lost:
    """A connection that is lost while it is being opened."""

    def __init__(self, **_: object) -> None:
        """Take whatever options there are."""

    async def connect(self) -> None:
        """Fail as uvloop does."""
        raise RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")


async def test_a_connection_lost_while_it_is_opened_is_not_connected() -> None:
    client = ServerClient(WaitingPool.of({"socket_timeout": 1.0}, 1))
    client.connection_pool.connection_class = _Lost  # type: ignore[assignment]
    with pytest.raises(NotConnected):
        await client.open_connection()
    await client.aclose()
