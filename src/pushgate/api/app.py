"""The ASGI application: resources, error handlers and middleware, put together."""

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector

from pushgate import __version__
from pushgate.api import error_handlers, openapi
from pushgate.api.access_log import AccessLog
from pushgate.api.clients import ClientAddresses
from pushgate.api.context import ApiContext
from pushgate.api.error_handlers import UnexpectedErrors
from pushgate.api.load_shedding import LoadShedding
from pushgate.api.paths import PathNormalization
from pushgate.api.repeat_advice import ChangeTracking
from pushgate.api.request_rules import refuse_unused
from pushgate.api.resources import (
    batch,
    client_reports,
    failures,
    messages,
    metrics,
    probes,
    recall,
    results,
    status,
    terminal_import,
    terminals,
    vendor_receipts,
)

RESOURCES = (
    messages,
    batch,
    failures,
    recall,
    results,
    terminals,
    terminal_import,
    client_reports,
    vendor_receipts,
    probes,
    status,
    metrics,
)


def create(context: ApiContext) -> FastAPI:
    """The ASGI application."""
    # No page of interactive documentation: FastAPI's loads its scripts from elsewhere.
    # /openapi.json has it all.
    app = FastAPI(
        title="Pushgate",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unused)],
    )
    app.state.context = context
    app.state.metrics = CollectorRegistry()
    ProcessCollector(registry=app.state.metrics)
    openapi.install(app)
    routes = list(app.routes)
    for resource in RESOURCES:
        app.include_router(resource.router)
        routes += resource.router.routes
    error_handlers.install(app, routes)
    limits = context.settings
    app.add_middleware(UnexpectedErrors)
    clients = ClientAddresses(limits.trusted_proxies)
    app.add_middleware(
        LoadShedding,
        clients=clients,
        max_in_hand=limits.max_in_hand,
        max_requests_per_client=limits.max_connections_per_client,
        body_timeout=limits.body_timeout,
    )
    app.add_middleware(client_reports.AnyOrigin)
    app.add_middleware(ChangeTracking)
    app.add_middleware(PathNormalization)
    app.add_middleware(AccessLog, registry=app.state.metrics, clients=clients, max_lines=limits.access_log)
    return app
