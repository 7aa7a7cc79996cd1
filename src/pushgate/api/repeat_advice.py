"""Whether a request may be repeated when its outcome is unknown, for the text of the problem
document.
"""

from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate.redis.client import watch

_CREATE_PATHS = frozenset({"/v1/messages", "/v1/messages:batch"})
_SHOWN_ONCE = "look at GET /v1/webhooks before you repeat the request: the secret is shown once"
_ADVICE = {
    "/v1/webhooks": _SHOWN_ONCE,
    "/v1/keys": (
        "look at GET /v1/keys before you repeat the request: the text of a key is shown once; "
        "revoke a key whose text did not come"
    ),
    "/v1/registration-keys": (
        "look at GET /v1/registration-keys before you repeat the request: done twice, it makes two keys"
    ),
    "/v1/drafts": (
        "look at GET /v1/drafts before you repeat the request; "
        "with an Idempotency-Key it could be repeated safely"
    ),
}
"""The advice for calls that create another resource each time, by path."""
_READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_scope: ContextVar[Scope | None] = ContextVar("request_scope", default=None)
"""The scope of the current request."""


class ChangeTracking:
    """Middleware that records for each request whether Redis may have changed, and how to repeat
    the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        track_changes(scope)
        await self._app(scope, receive, send)


def track_changes(scope: Scope) -> None:
    """Record from now on whether Redis may have changed, for the request of this scope."""
    _scope.set(scope if scope["type"] == "http" else None)
    watch()


def repeat_advice() -> str | None:
    """Return how to repeat the current request; None for a request that changes nothing."""
    scope = _scope.get()
    if scope is None or scope["method"] in _READ_METHODS:
        return None
    if "idempotency-key" in Headers(scope=scope):
        return "repeat the request with the same Idempotency-Key"
    if scope["path"].endswith(":rotate-secret"):
        return _SHOWN_ONCE
    if advice := _ADVICE.get(scope["path"]):
        return advice
    if scope["path"] in _CREATE_PATHS or scope["path"].endswith("/retry"):
        return (
            "look at the message, or at GET /v1/messages, before you repeat the request; "
            "with an Idempotency-Key it could be repeated safely"
        )
    return "repeat the request: done twice, it does no harm"
