"""Counts, times and logs requests by route, never by path: paths hold ids and secrets. Gives each
request an id.
"""

import re
import secrets
import time
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, unbind_contextvars

from pushgate.api.clients import ClientAddresses
from pushgate.runtime import logs

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_POLLED_ROUTES = frozenset({"/healthz", "/readyz", "/status", "/metrics", "/metrics/fleet"})
"""Routes that machines call all the time: only their failures are logged."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:@=+/\-]{1,128}")
_BOUND_NAMES = ("request", "app", "message")
"""What every log line of a request has, as far as it is known by then."""
_HEADER = b"x-request-id"
_log = logs.get("api")


class AccessLog:
    """The outermost middleware. Of successes and of failures, at most `max_lines` a second are
    logged.
    """

    def __init__(
        self, app: ASGIApp, registry: CollectorRegistry, clients: ClientAddresses, max_lines: int
    ) -> None:
        self._app = app
        self._clients = clients
        self._limits = {False: logs.RateLimit(max_lines), True: logs.RateLimit(max_lines)}
        labels = ("method", "route", "status")
        self._requests = Counter("pushgate_http_requests", "Requests to the API", labels, registry=registry)
        self._seconds = Histogram(
            "pushgate_http_seconds",
            "Time to the end of the answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        request_id = _request_id(scope)
        # Requests on one connection may inherit each other's context.
        unbind_contextvars(*_BOUND_NAMES)
        bind_contextvars(request=request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._record(scope, status, time.perf_counter() - started)
            unbind_contextvars(*_BOUND_NAMES)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if route != "unmatched" else "any"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)
        failed = status >= 500
        if route in _POLLED_ROUTES and not failed:
            return
        if (left_out := self._limits[failed].take()) is not None:
            _log.info(
                "request",
                action="request",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                client=self._clients.of(scope),
                **_message_id(scope),
                **({"left_out": left_out} if left_out else {}),
            )


def _message_id(scope: Scope) -> Mapping[str, str]:
    """Return the id of the message that the path names, as in the request's other log lines."""
    message_id = scope.get("path_params", {}).get("message_id")
    return {"message": message_id[:64]} if isinstance(message_id, str) else {}


def _request_id(scope: Scope) -> str:
    """Return the caller's id where it is a good one, else a new one."""
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    given = [value.decode("latin-1") for name, value in headers if name == _HEADER]
    if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]):
        return given[0]
    return secrets.token_hex(8)
