"""The HTTP server of the API: uvicorn with limited connections and deadlines for clients."""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from pushgate.api.clients import ClientAddresses
from pushgate.api.listener import Listener, Release
from pushgate.api.protocol import BoundedProtocol, ConnectionTimeouts
from pushgate.runtime import logs
from pushgate.settings.api import ApiSettings

_OTHER_FILES = 512
"""File descriptors beside the connections of clients: engines, libraries, standard streams."""


class Server(uvicorn.Server):
    """Serves an application on a listening socket until `should_exit` is set.

    It handles no signals: uvicorn raises them again when it ends, before its caller has cleaned up.
    """

    def __init__(
        self, app: ASGIApp, settings: ApiSettings, listener: socket.socket, grace: timedelta
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # it would trust every client on loopback
                server_header=False,
                date_header=False,
                timeout_keep_alive=int(settings.idle_timeout.total_seconds()),
                timeout_graceful_shutdown=int(grace.total_seconds()),
            )
        )
        max_connections = min(
            settings.max_connections, raise_file_limit(settings.max_connections + _OTHER_FILES) - _OTHER_FILES
        )
        self._listener = Listener(
            listener,
            ClientAddresses(settings.trusted_proxies),
            max(max_connections, 1),
            settings.max_connections_per_client,
        )
        self._timeouts = ConnectionTimeouts(
            settings.header_timeout, settings.body_timeout, logs.RateLimit(per_second=5)
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start. Pushgate's own listener accepts the connections."""
        await super().startup(sockets=[])
        loop = asyncio.get_running_loop()

        def protocol(on_lost: Release) -> BoundedProtocol:
            return BoundedProtocol(
                self.config, self.server_state, self.lifespan.state, loop, self._timeouts, on_lost
            )

        self._listener.start(protocol)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, and let running requests end."""
        self._listener.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals."""
        yield


def raise_file_limit(wanted: int) -> int:
    """Raise the process's limit of open files as far as wanted and allowed; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(limit, soft)
