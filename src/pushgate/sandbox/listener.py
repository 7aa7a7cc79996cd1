"""The vendors' listener: HTTP/2 over TLS, which closes gracefully and opens again on request."""

import asyncio
import errno
import gc
import socket

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP2Settings
from granian.server.embed import Server

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.runtime import logs
from pushgate.sandbox.asgi_app import VendorsApp
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.options import SandboxOptions

_log = logs.get("sandbox")
_MAX_QUEUED_REQUESTS = 100_000


class VendorListener:
    """Serves the simulated vendors until it is stopped."""

    def __init__(self, options: SandboxOptions, credentials: Credentials, app: VendorsApp) -> None:
        self._options = options
        self._credentials = credentials
        self._app = app
        self._server: Server | None = None
        self._stopping = False

    async def run(self) -> None:
        """Listen until `stop` is called."""
        while not self._stopping:
            self._server = self._create_server()
            try:
                await self._server.serve()
            except Exception as error:  # noqa: BLE001  # whatever the server fails with, it is started again
                _log.warning("vendors' listener failed", action="listener_failed", error=type(error).__name__)
            self._server = None
            if not self._stopping:
                await self._wait_until_closed()

    async def restart(self) -> None:
        """Send GOAWAY on every connection, close, and open again."""
        if self._server:
            self._server.stop()  # type: ignore[no-untyped-call]  # granian's embedded server is untyped

    def stop(self) -> None:
        """Close for good."""
        self._stopping = True
        if self._server:
            self._server.stop()  # type: ignore[no-untyped-call]  # granian's embedded server is untyped

    async def _wait_until_closed(self) -> None:
        """Wait until the old socket is closed.

        The kernel gives new connections to an old socket as well, and nothing would answer them.
        """
        for _ in range(100):
            gc.collect()
            try:
                require_free_port(self._options.host, self._options.port, "port")
            except ConfigurationError:
                await asyncio.sleep(0.1)
            else:
                return

    def _create_server(self) -> Server:
        return Server(
            self._app,
            address=self._options.host,
            port=self._options.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_enabled=False,
            ssl_cert=self._credentials.certificate_file,
            ssl_key=self._credentials.key_file,
            ssl_protocol_min=SSLProtocols.tls12,
            http2_settings=HTTP2Settings(max_concurrent_streams=self._options.max_streams),
            backpressure=_MAX_QUEUED_REQUESTS,
        )


def require_free_port(host: str, port: int, option: str) -> None:
    """Raise ConfigurationError, which names the command's option, if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else str(error.strerror)
        problem = FieldError(f"--{option}", f"{host}:{port} {reason}; choose another")
        raise ConfigurationError([problem]) from error
