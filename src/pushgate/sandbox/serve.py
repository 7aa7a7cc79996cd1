"""The sandbox's process: the vendors over HTTP/2 with TLS, its own API over plain HTTP."""

import asyncio
import signal
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette

from pushgate.runtime import logs
from pushgate.sandbox.access_tokens import AccessTokens
from pushgate.sandbox.app_file import write_app_file
from pushgate.sandbox.asgi_app import VendorsApp
from pushgate.sandbox.control_api import ControlApi, SandboxState
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.faults import Faults
from pushgate.sandbox.listener import VendorListener, require_free_port
from pushgate.sandbox.options import SandboxOptions
from pushgate.sandbox.registry import open_vendors
from pushgate.sandbox.reports import Reporter, ReportPlan
from pushgate.sandbox.request_log import RequestLog
from pushgate.sandbox.simulated_vendor import SandboxContext

_log = logs.get("sandbox")


async def serve(options: SandboxOptions) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigurationError when a port is taken."""
    for name, port in (("port", options.port), ("api-port", options.api_port)):
        require_free_port(options.host, port, name)
    credentials = Credentials(options.folder, options.base_url)
    if options.app_file:
        write_app_file(options.app_file, credentials)
    state = _create_state(options, credentials)
    app = VendorsApp(state.vendors, state.request_log, state.faults, state.reporter)
    listener = VendorListener(options, credentials, app)
    api_server = _create_api_server(options, ControlApi(state, listener.restart).app())
    vendors_task = asyncio.create_task(listener.run())
    reports_task = asyncio.create_task(state.reporter.run())
    api_task = asyncio.create_task(api_server._serve())  # `serve` would handle the signals itself

    def stop() -> None:
        listener.stop()
        api_server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    api_url = f"http://{options.host}:{options.api_port}"
    _log.info("sandbox ready", action="ready", vendors=options.base_url, api=api_url)
    await asyncio.wait([vendors_task, api_task], return_when=asyncio.FIRST_COMPLETED)
    stop()
    reports_task.cancel()
    with suppress(asyncio.CancelledError):
        await reports_task
    await asyncio.gather(vendors_task, api_task)


def _create_state(options: SandboxOptions, credentials: Credentials) -> SandboxState:
    access_tokens = AccessTokens()
    vendors = open_vendors(SandboxContext(credentials, access_tokens))
    return SandboxState(
        vendors=vendors,
        access_tokens=access_tokens,
        request_log=RequestLog(options.max_requests, vendors.normalize_token),
        faults=Faults(vendors.normalize_token),
        reporter=Reporter(vendors, ReportPlan(url=options.report_to)),
    )


def _create_api_server(options: SandboxOptions, app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.api_port,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    return uvicorn.Server(config)
