"""Clients of a scripted server, and waiting for conditions on the server's side."""

from collections.abc import Callable
from pathlib import Path

from tests.support.http2.h2_server import H2Server
from tests.support.until import until_true

from pushgate.http2.client import Client
from pushgate.http2.timeouts import Timeouts

GOAWAY_ALL = bytes.fromhex("0000080700000000007fffffff00000000")
"""A GOAWAY that refuses no stream, as in a graceful shutdown."""


def client_of(
    server: H2Server, connections: int = 1, ca: Path | None = None, proxy: str | None = None, **more: float
) -> Client:
    """A client of the server."""
    return Client(
        server.address,
        ca=ca.read_text("utf-8") if ca else None,
        proxy=proxy,
        max_connections=connections,
        timeouts=Timeouts(**more),
    )


def numbered_paths(count: int) -> list[bytes]:
    """A path for each request: 0, 1, 2 and so on."""
    return [b"%d" % n for n in range(count)]


async def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until the condition holds."""
    await until_true(condition, seconds)
