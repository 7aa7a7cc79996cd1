"""Counts, times and logs requests by route, never by path: paths hold ids and secrets. Gives each
request an id.
"""

import random
import re
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.clients import ClientAddresses
from pushgate.runtime import log_context, logs

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_POLLED_ROUTES = frozenset({"/healthz", "/readyz", "/status", "/metrics", "/metrics/fleet"})
"""Routes that machines poll: only failed requests to them are logged."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~:@=+/\-]{1,128}")
HEADER = b"x-request-id"
_log = logs.get("api")


class LoggedRequest(NamedTuple):
    """A request that has begun: its id, and when it began on the performance counter."""

    id: bytes
    began: float


class _Series(NamedTuple):
    """The metrics of requests with the same labels, kept because looking them up by label costs
    more.
    """

    requests: Counter
    seconds: Histogram


class RequestLog:
    """Logs requests: at most `max_lines` successes and as many failures a second."""

    def __init__(self, registry: CollectorRegistry, clients: ClientAddresses, max_lines: int) -> None:
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
        self._series: dict[tuple[str, str, int], _Series] = {}

    def begin(self, scope: Scope) -> LoggedRequest:
        """Give a request its id, which all its log lines carry."""
        request_id = _request_id(scope["headers"])
        log_context.begin(request=request_id)
        return LoggedRequest(request_id.encode(), time.perf_counter())

    def end(self, request: LoggedRequest, scope: Scope, status: int) -> None:
        """Count and log a request that has ended."""
        seconds = time.perf_counter() - request.began
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if route != "unmatched" else "any"
        series = self._series.get((method, route, status)) or self._new_series(method, route, status)
        series.requests.inc()
        series.seconds.observe(seconds)
        failed = status >= 500
        if failed or route not in _POLLED_ROUTES:
            left_out = self._limits[failed].take()
            if left_out is not None:
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
        log_context.end()

    def _new_series(self, method: str, route: str, status: int) -> _Series:
        found = _Series(self._requests.labels(method, route, status), self._seconds.labels(method, route))
        self._series[method, route, status] = found
        return found


class AccessLog:
    """The outermost middleware: each request has an entry in the log."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, status = self._log.begin(scope), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request.id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._log.end(request, scope, status)


def _message_id(scope: Scope) -> Mapping[str, str]:
    """Return the id of the message that the path names, as in the request's other log lines."""
    message_id = scope.get("path_params", {}).get("message_id")
    return {"message": message_id[:64]} if isinstance(message_id, str) else {}


def _request_id(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """Return the caller's id where it is a good one, else a new one."""
    given = [value for name, value in headers if name == HEADER]
    if len(given) == 1 and _REQUEST_ID.fullmatch(text := given[0].decode("latin-1")):
        return text
    return f"{random.getrandbits(64):016x}"  # it is no secret
