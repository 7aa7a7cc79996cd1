"""Bursts of requests to one server: over HTTP/2, or over HTTP/1.1 where that is allowed and the server offers no more."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pushgate.http2.burst import Burst
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.connect import Identity, Origin, connect, tls_context
from pushgate.http2.connection import Connection
from pushgate.http2.http1 import Http1Client
from pushgate.http2.pool import ConnectionPool
from pushgate.http2.timeouts import Timeouts

_ASK_AGAIN_AFTER = 600.0  # s; a server that offers no HTTP/2 may be another one by then


class Client:
    """Sends to one server. Opens no connection before the first request."""

    def __init__(
        self,
        endpoint: str,
        *,
        ca_file: Path | None = None,
        identity: Identity | None = None,
        proxy: str | None = None,
        max_connections: int,
        timeouts: Timeouts,
        allow_http1: bool = False,
    ) -> None:
        """With `allow_http1` a server that does not choose h2 by ALPN, and one without TLS, gets HTTP/1.1; without it, the first
        is an error and the second is known to speak HTTP/2. Raises ConfigurationError when a file cannot be read.
        """
        self._origin = origin = Origin.parse(endpoint, proxy)
        self.base_path = urlsplit(endpoint).path.rstrip("/").encode()
        """The path that the endpoint itself has: what paths of requests begin with."""
        self._secure = origin.scheme == "https"
        context = tls_context(ca_file, identity, ["h2", "http/1.1"] if allow_http1 else ["h2"])
        self._pool = ConnectionPool(
            partial(connect, origin, context if self._secure else None),
            lambda: Connection(origin.scheme.encode(), origin.authority.encode()),
            name=origin.authority,
            max_connections=max_connections,
            timeouts=timeouts,
            on_no_http2=self._use_http1 if allow_http1 else None,
        )
        self._timeouts = timeouts
        self._plain = (
            Http1Client(
                tls_context(ca_file, identity, ["http/1.1"]),
                proxy=proxy,
                max_connections=max_connections,
                timeouts=timeouts,
            )
            if allow_http1
            else None
        )
        self._http1_until = 0.0 if self._secure else float("inf")

    def send(self, template: BurstTemplate, items: Sequence[bytes]) -> Burst:
        """Begin to send one request for each item."""
        burst = Burst(template, items, self._timeouts.response)
        if self._plain and asyncio.get_running_loop().time() < self._http1_until:
            self._plain.serve(burst, self._origin)
        else:
            self._pool.offer(burst)
        return burst

    def reconnect(self) -> None:
        """New requests take new connections; those in flight end on the old ones."""
        self._pool.reconnect()

    async def close(self) -> None:
        """Close every connection. Bursts that are not over come to their end."""
        await self._pool.close()
        if self._plain:
            await self._plain.close()

    def _use_http1(self, bursts: list[Burst]) -> None:
        assert self._plain is not None
        self._http1_until = asyncio.get_running_loop().time() + _ASK_AGAIN_AFTER
        for burst in bursts:
            self._plain.serve(burst, self._origin)
