"""Routes of the calls that carry most of the load. They are served ahead of FastAPI, whose
machinery costs several times what these calls do themselves.

A direct route checks what FastAPI and `request_rules` check for the other routes. Its description
in the OpenAPI document is written by hand.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate.api.auth import authorize
from pushgate.api.error_handlers import response_to
from pushgate.api.http_request import PlainRequest
from pushgate.api.idempotency import read_key
from pushgate.api.request_rules import CallRules, check_unused
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import Scope as KeyScope

_RULES = CallRules(parameters=frozenset(), key=True, body=True)


class Answer(NamedTuple):
    """A response with a body of JSON."""

    status: int
    body: bytes


Call = Callable[[PlainRequest, ConfiguredApp, str | None], Awaitable[Answer]]
"""Takes the request, the app of its API key, and its idempotency key."""


class DirectEndpoint:
    """The ASGI application of one call: a POST with the scope `push`, which takes an idempotency
    key, a body, and no query parameters.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            status, body = await self._answer(PlainRequest(scope, receive))
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets a problem document
            await response_to(error)(scope, receive, send)
            return
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, request: PlainRequest) -> Answer:
        check_unused(request, _RULES)
        configured = await authorize(request, KeyScope.PUSH)
        return await self._call(request, configured, read_key(request.headers))


class DirectRoute(Route):
    """A POST to one path. The router knows the route too, for the requests that
    `DirectRouting` passes on, and for the methods of the path.
    """

    def __init__(self, path: str, call: Call, operation: dict[str, Any]) -> None:
        super().__init__(path, DirectEndpoint(call), methods=["POST"], include_in_schema=False)
        self.operation = operation
        """The call in the OpenAPI document."""


class DirectRouting:
    """The innermost middleware around FastAPI: serves the requests of direct routes."""

    def __init__(self, app: ASGIApp, routes: Sequence[DirectRoute]) -> None:
        self._app = app
        self._routes = {route.path: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = route  # for the access log
        await route.app(scope, receive, send)
