"""The ASGI application: resources, error handlers and middleware, put together."""

from collections.abc import Sequence

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate import __version__
from pushgate.api import error_handlers, openapi
from pushgate.api.access_log import AccessLog, RequestLog
from pushgate.api.clients import ClientAddresses
from pushgate.api.context import ApiContext
from pushgate.api.cross_origin import CrossOrigin
from pushgate.api.direct_routes import DirectRouting
from pushgate.api.docs_page import page as docs_page
from pushgate.api.error_handlers import UnexpectedErrors
from pushgate.api.load_shedding import LoadShedding, RequestLimits
from pushgate.api.paths import PathNormalization
from pushgate.api.repeat_advice import ChangeTracking
from pushgate.api.request_rules import refuse_unused
from pushgate.api.resources import (
    activity,
    app_vendors,
    apps,
    audience_count,
    audit_log,
    batch,
    callback_keys,
    client_reports,
    controls,
    devices,
    diagnosis,
    drafts,
    events,
    explanation,
    held_removals,
    keys,
    message_decisions,
    message_pauses,
    message_plan,
    message_terminals,
    messages,
    metrics,
    probes,
    quotas,
    recall,
    registration,
    results,
    retry,
    saved_audiences,
    schedules,
    silent_terminals,
    status,
    templates,
    terminal_batch,
    terminal_export,
    terminal_history,
    terminal_import,
    terminal_search,
    terminals,
    terminals_for_tests,
    users,
    vendor_receipts,
    webhook_deliveries,
    webhooks,
)

DIRECT_ROUTES = (*messages.direct_routes, *batch.direct_routes)
RESOURCES = (
    apps,
    app_vendors,
    message_decisions,
    message_pauses,
    messages,
    message_plan,
    message_terminals,
    retry,
    recall,
    results,
    explanation,
    audience_count,
    saved_audiences,
    schedules,
    terminals,
    terminal_batch,
    terminal_history,
    diagnosis,
    terminal_export,
    terminal_import,
    terminal_search,
    silent_terminals,
    users,
    webhooks,
    webhook_deliveries,
    keys,
    audit_log,
    events,
    client_reports,
    devices,
    registration,
    vendor_receipts,
    callback_keys,
    controls,
    held_removals,
    drafts,
    templates,
    terminals_for_tests,
    probes,
    status,
    activity,
    quotas,
    metrics,
    docs_page,
)


class Application(FastAPI):
    """FastAPI inside Pushgate's own middleware, and the direct routes beside both."""

    def __init__(self, context: ApiContext) -> None:
        # `docs_page` takes the place of FastAPI's page, which loads its scripts from elsewhere.
        super().__init__(
            title="Pushgate",
            version=__version__,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            dependencies=[Depends(refuse_unused)],
        )
        self.context = context
        self.paths: Sequence[str] = ()
        """The paths of all routes, with their parameters in braces."""
        self.clients = ClientAddresses(context.settings.trusted_proxies)
        self.state.metrics = CollectorRegistry()
        ProcessCollector(registry=self.state.metrics)
        self.add_middleware(UnexpectedErrors)
        settings = context.settings
        self.request_log = RequestLog(self.state.metrics, self.clients, settings.access_log)
        self.request_limits = RequestLimits(
            self.clients, settings.max_in_hand, settings.max_connections_per_client, settings.body_timeout
        )
        self._outermost = _outermost(super().__call__, context, self.request_log, self.request_limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        scope["app"] = self
        await self._outermost(scope, receive, send)


def create(context: ApiContext) -> Application:
    """Return the ASGI application."""
    app = Application(context)
    openapi.install(app, {route.path: route.operation for route in DIRECT_ROUTES})
    app.router.routes += DIRECT_ROUTES
    routes = list(app.routes)
    for resource in RESOURCES:
        app.include_router(resource.router)
        routes += resource.router.routes
    app.paths = [route.path for route in routes if isinstance(route, Route)]
    error_handlers.install(app, routes)
    return app


def _outermost(app: ASGIApp, context: ApiContext, log: RequestLog, limits: RequestLimits) -> ASGIApp:
    """Return the direct routes, and the application inside the middleware of all other requests."""
    readable = CrossOrigin(LoadShedding(app, limits), lambda: context.catalog.apps)
    others = AccessLog(PathNormalization(ChangeTracking(readable)), log)
    return DirectRouting(others, DIRECT_ROUTES, log, limits)
