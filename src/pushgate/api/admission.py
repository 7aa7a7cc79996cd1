"""How much the front door takes in hand at once: beyond it, callers are asked to come back in a moment."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate.api import problems
from pushgate.errors import Overloaded

_OWN = 16 * 1024  # bytes; what a request costs beside its body, about
_STREAM = 1024 * 1024  # bytes; what an import keeps of its stream at a time, at most
_ALWAYS = frozenset({"/healthz", "/readyz", "/status", "/metrics", "/metrics/fleet"})


class Admission:
    """Bounds the bytes of all requests in hand together. Operators' calls are always let in."""

    def __init__(self, app: ASGIApp, max_body: int, max_in_hand: int) -> None:
        self._app = app
        self._max_body = max_body
        self._most = max_in_hand
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        weight = self._weight(scope)
        # One request is always let in, however small the bound is.
        if self._in_hand and self._in_hand + weight > self._most:
            refusal = problems.respond(problems.describe(Overloaded("too many requests at once")))
            await refusal(scope, receive, send)
            return
        self._in_hand += weight
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_hand -= weight

    def _weight(self, scope: Scope) -> int:
        if scope["path"].endswith(":import"):
            return _OWN + _STREAM
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isdecimal():
            return _OWN + min(int(length), self._max_body)
        return _OWN + (self._max_body if "transfer-encoding" in headers else 0)
