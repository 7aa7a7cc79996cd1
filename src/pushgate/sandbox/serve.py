"""The sandbox process: the vendors over TLS with HTTP/2, and the sandbox's own API over plain HTTP."""

import asyncio
import errno
import gc
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP2Settings
from granian.server.embed import Server

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.runtime import logs
from pushgate.sandbox.asgi_app import Vendors
from pushgate.sandbox.control_api import Control
from pushgate.sandbox.credentials import Credentials, ensure
from pushgate.sandbox.faults import Faults
from pushgate.sandbox.reports import ReportPlan, Reports
from pushgate.sandbox.request_log import Record

_log = logs.get("sandbox")


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Where the sandbox listens and keeps its credentials. `report_to` switches the client apps' reports on."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8091
    api_port: int = 8090
    keep: int = 50_000
    streams: int = 1000
    report_to: str | None = None


def base_url(options: SandboxOptions) -> str:
    """Where the simulated vendors are."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"https://{host}:{options.port}"


class _Listener:
    """The vendors' listener; it can be closed gracefully and opened again."""

    def __init__(self, options: SandboxOptions, credentials: Credentials, vendors: Vendors) -> None:
        self._options = options
        self._credentials = credentials
        self._vendors = vendors
        self._server: Server | None = None
        self._stopping = False

    async def run(self) -> None:
        """Listen until told to stop."""
        while not self._stopping:
            self._server = self._open()
            try:
                await self._server.serve()
            except Exception as error:  # noqa: BLE001  # whatever it is that the server ends with, vendors come back
                _log.warning("vendors' listener failed", action="listener_failed", error=type(error).__name__)
            self._server = None
            if not self._stopping:
                await self._closed()

    async def _closed(self) -> None:
        """Wait until the old socket is gone: beside a new one it would still be given connections, and answer none."""
        for _ in range(100):
            gc.collect()
            try:
                _require_free(self._options.host, self._options.port, "port")
            except ConfigurationError:
                await asyncio.sleep(0.1)
            else:
                return

    async def restart(self) -> None:
        """GOAWAY on every connection, then open again."""
        if self._server:
            self._server.stop()  # type: ignore[no-untyped-call]  # granian's embedded server is untyped

    def stop(self) -> None:
        """Close for good."""
        self._stopping = True
        if self._server:
            self._server.stop()  # type: ignore[no-untyped-call]  # granian's embedded server is untyped

    def _open(self) -> Server:
        return Server(
            self._vendors,
            address=self._options.host,
            port=self._options.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_enabled=False,
            ssl_cert=self._credentials.certificate_file,
            ssl_key=self._credentials.key_file,
            ssl_protocol_min=SSLProtocols.tls12,
            http2_settings=HTTP2Settings(max_concurrent_streams=self._options.streams),
            backpressure=100_000,
        )


async def serve(options: SandboxOptions) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigurationError when a port is taken."""
    for name, port in (("port", options.port), ("api-port", options.api_port)):
        _require_free(options.host, port, name)
    credentials = ensure(options.folder, base_url(options))
    record, faults, reports = Record(options.keep), Faults(), Reports()
    reports.plan = ReportPlan(url=options.report_to)
    vendors = Vendors(credentials, record, faults, reports)
    listener = _Listener(options, credentials, vendors)
    control = uvicorn.Server(
        uvicorn.Config(
            Control(vendors, record, faults, reports, listener.restart).app(),
            host=options.host,
            port=options.api_port,
            lifespan="off",
            log_config=None,
            access_log=False,
        )
    )
    loop = asyncio.get_running_loop()
    vendors_task = asyncio.create_task(listener.run())
    reports_task = asyncio.create_task(reports.run())
    control_task = asyncio.create_task(control._serve())  # `serve` would take the signals for itself

    def stop() -> None:
        listener.stop()
        control.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    _log.info(
        "sandbox ready",
        action="ready",
        vendors=base_url(options),
        api=f"http://{options.host}:{options.api_port}",
    )
    await asyncio.wait([vendors_task, control_task], return_when=asyncio.FIRST_COMPLETED)
    stop()
    reports_task.cancel()
    with suppress(asyncio.CancelledError):
        await reports_task
    await asyncio.gather(vendors_task, control_task)


def _require_free(host: str, port: int, name: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = "is taken by another program" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise ConfigurationError(
            [FieldError(f"--{name}", f"{host}:{port} {reason}; choose another")]
        ) from error
