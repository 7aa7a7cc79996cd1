"""Sends bursts to one server, over HTTP/2 or, if allowed and needed, over HTTP/1.1."""

import asyncio
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from pushgate.http2.burst import Burst
from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.connect import ClientCertificate, Origin, connect, tls_context
from pushgate.http2.connection import Connection
from pushgate.http2.http1 import Http1Client
from pushgate.http2.pool import ConnectionPool
from pushgate.http2.timeouts import Timeouts

_TRY_HTTP2_AGAIN_AFTER = 600.0  # s; a server that offers no HTTP/2 may have been upgraded by then


class Client:
    """Sends to one server. Opens no connection before the first request."""

    def __init__(
        self,
        endpoint: str,
        *,
        ca: str | None = None,
        client_certificate: ClientCertificate | None = None,
        proxy: str | None = None,
        max_connections: int,
        timeouts: Timeouts,
        allow_http1: bool = False,
    ) -> None:
        """`ca` is a list of CAs in PEM, None for those of the system.

        Raises ConfigurationError when it or the certificate cannot be read.

        With `allow_http1`, a server that does not choose h2 by ALPN, or has no TLS, is sent
        HTTP/1.1. Without it, the first fails and the second is assumed to speak HTTP/2.
        """
        self._origin = origin = Origin.parse(endpoint, proxy)
        self.base_path = urlsplit(endpoint).path.rstrip("/").encode()
        """The path of the endpoint. Paths of requests begin with it."""
        secure = origin.scheme == "https"
        context = tls_context(ca, client_certificate, ["h2", "http/1.1"] if allow_http1 else ["h2"])
        self._pool = ConnectionPool(
            partial(connect, origin, context if secure else None),
            lambda: Connection(origin.scheme.encode(), origin.authority.encode()),
            name=origin.authority,
            max_connections=max_connections,
            timeouts=timeouts,
            on_no_http2=self._use_http1 if allow_http1 else None,
        )
        self._timeouts = timeouts
        self._http1 = (
            Http1Client(
                tls_context(ca, client_certificate, ["http/1.1"]),
                proxy=proxy,
                max_connections=max_connections,
                timeouts=timeouts,
            )
            if allow_http1
            else None
        )
        self._http1_until = 0.0 if secure else float("inf")

    def send(self, template: BurstTemplate, items: Sequence[Item]) -> Burst:
        """Begin to send one request for each item."""
        burst = Burst(template, items, self._timeouts.response)
        if self._http1 and asyncio.get_running_loop().time() < self._http1_until:
            self._http1.serve(burst, self._origin)
        else:
            self._pool.add(burst)
        return burst

    def reconnect(self) -> None:
        """Open new connections for new requests; those in flight end on the old ones."""
        self._pool.reconnect()

    async def close(self) -> None:
        """Close every connection. Requests in flight and waiting ones fail."""
        await self._pool.close()
        if self._http1:
            await self._http1.close()

    def _use_http1(self, bursts: list[Burst]) -> None:
        assert self._http1 is not None
        self._http1_until = asyncio.get_running_loop().time() + _TRY_HTTP2_AGAIN_AFTER
        for burst in bursts:
            self._http1.serve(burst, self._origin)
