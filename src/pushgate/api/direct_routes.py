"""Routes of the calls that carry most of the load. They are served ahead of FastAPI, because its
machinery costs several times as much as the calls themselves.

A direct route checks what FastAPI and `request_rules` check for the other routes. Its description
in the OpenAPI document is written by hand.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate.api.access_log import HEADER, RequestLog
from pushgate.api.auth import authorize
from pushgate.api.error_handlers import response_to
from pushgate.api.http_request import PlainRequest
from pushgate.api.idempotency import read_key
from pushgate.api.load_shedding import Admission, RequestLimits
from pushgate.api.repeat_advice import track_changes
from pushgate.api.request_rules import CallRules, check_unused
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import Scope as KeyScope
from pushgate.domain.errors import Overloaded

_RULES = CallRules(parameters=frozenset(), key=True, body=True)


class Answer(NamedTuple):
    """A response that is one piece: JSON, unless its header fields say otherwise."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),)
    """All fields but Content-Length."""

    @classmethod
    def of(cls, response: Response) -> "Answer":
        """Return a response of Starlette as an answer."""
        headers = [field for field in response.raw_headers if field[0] != b"content-length"]
        return cls(response.status_code, bytes(response.body), headers)

    async def send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        """Send the answer with more header fields."""
        headers = [(b"content-length", b"%d" % len(self.body)), *self.headers, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


Call = Callable[[PlainRequest, ConfiguredApp, str | None], Awaitable[Answer]]
"""Takes the request, the app of its API key, and its idempotency key."""


class DirectEndpoint:
    """One call: a POST with the scope `push`, which takes an idempotency key, a body, and no query
    parameters.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await (await self.answer(scope, receive)).send(send)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """Return the answer to a request, a problem document where the request fails."""
        request = PlainRequest(scope, receive)
        try:
            check_unused(request, _RULES)
            configured = await authorize(request, KeyScope.PUSH)
            return await self._call(request, configured, read_key(request.headers))
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets a problem document
            return Answer.of(response_to(error))


class DirectRoute(Route):
    """A POST to one path. The router knows the route too, for the requests that
    `DirectRouting` passes on, and for the methods of the path.
    """

    def __init__(self, path: str, call: Call, operation: dict[str, Any]) -> None:
        self.direct = DirectEndpoint(call)
        super().__init__(path, self.direct, methods=["POST"], include_in_schema=False)
        self.operation = operation
        """The call in the OpenAPI document."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return how far the route fits a request. It names itself for the log, as FastAPI's routes
        do.
        """
        match, found = super().matches(scope)
        return match, found if match is Match.NONE else {**found, "route": self}


class DirectRouting:
    """The outermost layer: serves the requests of direct routes.

    It does what the middleware does for other requests, in one layer.
    """

    def __init__(
        self, app: ASGIApp, routes: Sequence[DirectRoute], log: RequestLog, limits: RequestLimits
    ) -> None:
        self._app = app
        self._routes = {route.path: route for route in routes}
        self._log = log
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = route  # for the log
        request, status = self._log.begin(scope), 500
        track_changes(scope)
        admission: Admission | None = None
        try:
            try:
                admission = self._limits.admit(scope)
            except Overloaded as error:
                answer = Answer.of(response_to(error))
            else:
                receive = self._limits.limit(admission, scope, receive)
                answer = await route.direct.answer(scope, receive)
            status = answer.status
            await answer.send(send, (HEADER, request.id))
        finally:
            if admission:
                self._limits.release(admission)
            self._log.end(request, scope, status)
