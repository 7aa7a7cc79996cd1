"""Which web pages may call the calls of devices, and read the answers (CORS, of the Fetch
standard).

Reports of received and clicked messages are taken from pages of any origin: service workers report
from the origin of their site, and the right to report comes from the callback token, not from a
cookie. For other calls, the settings of the credential's app name the allowed origins. A preflight
request has no credential: it allows the origins of all apps.
"""

from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.devices import credential_in
from pushgate.apps.catalog import ConfiguredApp

_CALLBACKS_PATH, _DEVICES_PATH = "/v1/callbacks/", "/v1/devices/"
CALLBACKS: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "86400",
}
DEVICES: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}
_EXPOSED = (b"access-control-expose-headers", b"retry-after")
Fields = list[tuple[bytes, bytes]]


def preflight_response(fields: Mapping[str, str]) -> Response:
    """Return the answer to a preflight request. `CrossOrigin` adds the origin."""
    return Response(status_code=204, headers=dict(fields))


class CrossOrigin:
    """Middleware that lets pages read every answer of these calls, errors included."""

    def __init__(self, app: ASGIApp, apps: Callable[[], Mapping[str, ConfiguredApp]]) -> None:
        self._app = app
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        fields = self._fields(scope) if scope["type"] == "http" else []

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *fields]
            await send(message)

        await self._app(scope, receive, send_with_origin if fields else send)

    def _fields(self, scope: Scope) -> Fields:
        if scope["path"].startswith(_CALLBACKS_PATH):
            return [(b"access-control-allow-origin", b"*")]
        if not scope["path"].startswith(_DEVICES_PATH):
            return []
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        asked = self._apps_asked(scope["method"], headers)
        if origin is None or not any(origin in configured.allowed_origins for configured in asked):
            return [(b"vary", b"origin")]
        return [(b"vary", b"origin"), (b"access-control-allow-origin", origin.encode("latin-1")), _EXPOSED]

    def _apps_asked(self, method: str, headers: Headers) -> Iterable[ConfiguredApp]:
        """Return the app of the request, for a preflight request all apps."""
        if method == "OPTIONS":
            return self._apps().values()
        credential = credential_in(headers.get("authorization"))
        found = self._apps().get(credential.app) if credential else None
        return (found,) if found else ()
