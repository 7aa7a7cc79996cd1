"""The front door put together: resources, errors, limits, logs and metrics of every request."""

import time

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate import __version__, logs
from pushgate.api import (
    callbacks,
    documented,
    failures,
    messages,
    metrics,
    probes,
    problems,
    recall,
    receipts,
    status,
    terminals,
)
from pushgate.api.admission import Admission
from pushgate.api.front import Front
from pushgate.errors import Fault, InvalidRequest

_log = logs.get("api")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


def create(front: Front) -> FastAPI:
    """The ASGI application."""
    # No page of interactive documentation: FastAPI's loads its scripts from elsewhere. /openapi.json has it all.
    app = FastAPI(
        title="Pushgate", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.front = front
    app.state.metrics = CollectorRegistry()
    ProcessCollector(registry=app.state.metrics)
    for resource in (messages, failures, recall, terminals, callbacks, receipts, probes, status, metrics):
        app.include_router(resource.router)
    problems.install(app)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    documented.install(app)
    limits = front.settings
    app.add_middleware(Admission, max_body=limits.max_body, max_in_hand=limits.max_in_hand)
    app.add_middleware(callbacks.AnyOrigin)
    app.add_middleware(_Observed, registry=app.state.metrics)
    return app


async def _bad_parameters(request: Request, error: Exception) -> Response:
    """Query and header parameters are FastAPI's to check; the answer has the form of all others."""
    assert isinstance(error, RequestValidationError)
    found = [
        Fault(
            ".".join(map(str, item["loc"][1:])),
            problems.remedy(item["type"], item["msg"], item.get("ctx", {})),
        )
        for item in error.errors()
    ]
    return problems.respond(problems.describe(InvalidRequest(found)))


class _Observed:
    """Counts, times and logs requests by route, never by path: paths hold ids."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        labels = ("method", "route", "status")
        self._requests = Counter(
            "pushgate_http_requests", "Requests to the front door", labels, registry=registry
        )
        self._seconds = Histogram(
            "pushgate_http_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        finally:
            taken = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if route != "unmatched" else "any"
            self._requests.labels(method, route, status).inc()
            self._seconds.labels(method, route).observe(taken)
            _log.debug(
                "request",
                action="request",
                method=method,
                route=route,
                status=status,
                ms=round(taken * 1000, 1),
            )
