"""Errors -> problem documents (RFC 9457). One place decides what the caller gets to know."""

from collections.abc import Sequence
from contextvars import ContextVar

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from pushgate.api.problem_types import TYPES, ProblemCode, type_of
from pushgate.domain.errors import (
    Conflict,
    EngineUnavailable,
    FieldError,
    Forbidden,
    IdempotencyKeyNotTaken,
    IdempotencyKeyReused,
    InvalidRequest,
    NotConfiguredHere,
    NotFound,
    Overloaded,
    PushgateError,
    RequestTimedOut,
    TooLarge,
    TooManyWaiting,
    Unauthorized,
)
from pushgate.redis.client import UNREACHABLE, may_have_changed, watching
from pushgate.runtime import logs
from pushgate.runtime.validation_text import explain

_log = logs.get("api")
MEDIA_TYPE = "application/problem+json"


class UnreadableBody(PushgateError):
    """The body is not UTF-8 or not JSON; the text says where."""


class UnsupportedMediaType(PushgateError):
    """The body is of a media type that this call does not take."""


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is compressed; the answer says which encoding is taken (RFC 9110 12.5.3)."""


_CODES: dict[type[PushgateError], ProblemCode] = {
    UnreadableBody: ProblemCode.UNREADABLE_BODY,
    IdempotencyKeyNotTaken: ProblemCode.IDEMPOTENCY_KEY_NOT_TAKEN,
    Unauthorized: ProblemCode.UNAUTHORIZED,
    Forbidden: ProblemCode.FORBIDDEN,
    NotFound: ProblemCode.NOT_FOUND,
    IdempotencyKeyReused: ProblemCode.IDEMPOTENCY_KEY_REUSED,
    Conflict: ProblemCode.CONFLICT,
    TooLarge: ProblemCode.TOO_LARGE,
    UnsupportedMediaType: ProblemCode.UNSUPPORTED_MEDIA_TYPE,
    RequestTimedOut: ProblemCode.TOO_SLOW,
    InvalidRequest: ProblemCode.INVALID_REQUEST,
    TooManyWaiting: ProblemCode.TOO_MANY_WAITING,
    NotConfiguredHere: ProblemCode.NOT_CONFIGURED_HERE,
    EngineUnavailable: ProblemCode.ENGINE_UNAVAILABLE,
    Overloaded: ProblemCode.OVERLOADED,
}
"""The first that an error is an instance of decides."""


_advice: ContextVar[str | None] = ContextVar("advice", default=None)
_CREATE = frozenset({"/v1/messages", "/v1/messages:batch"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Outcomes:
    """Watches what a request may have changed, so that an error can say whether repeating the request is safe."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        _advice.set(_on_repeating(scope) if scope["type"] == "http" else None)
        with watching():
            await self._app(scope, receive, send)


def _on_repeating(scope: Scope) -> str | None:
    """What to do when the answer to a request is not known; None for one that changes nothing."""
    if scope["method"] in _SAFE:
        return None
    if "idempotency-key" in Headers(scope=scope):
        return "repeat the request with the same Idempotency-Key"
    if scope["path"] in _CREATE or scope["path"].endswith("/retry"):
        return "look at the message, or at GET /v1/messages, before you repeat the request; with an Idempotency-Key it could be repeated safely"
    return "repeat the request: done twice, it has the same effect"


def document(code: ProblemCode, detail: str, faults: Sequence[FieldError] = ()) -> dict[str, object]:
    """The problem as JSON; `errors` names every bad field."""
    kind = TYPES[code]
    problem: dict[str, object] = {
        "type": type_of(code),
        "title": kind.title,
        "status": kind.status,
        "code": code.value,
        "detail": detail,
    }
    if faults:
        problem["errors"] = [{"field": fault.field, "message": fault.message} for fault in faults]
    return problem


def describe(error: PushgateError) -> dict[str, object]:
    """The problem document of one of our errors."""
    code = next(
        (code for kind, code in _CODES.items() if isinstance(error, kind)), ProblemCode.INTERNAL_ERROR
    )
    if code is ProblemCode.INTERNAL_ERROR:
        return document(code, "something went wrong on our side; it is logged")
    if isinstance(error, InvalidRequest):
        count, listed = len(error.errors), error.errors[:MAX_FAULTS]
        only = f"; the first {MAX_FAULTS} are listed" if count > MAX_FAULTS else ""
        return document(code, f"{count} field(s) are not valid{only}", listed)
    if isinstance(error, EngineUnavailable):
        return _unanswered(changed=may_have_changed())
    if isinstance(error, Overloaded):
        return document(code, f"{error}; nothing was stored; try again")
    return document(code, str(error))


def _unanswered(*, changed: bool) -> dict[str, object]:
    """An engine failed: what the caller can know of what was done by then."""
    advice = _advice.get()
    if advice is None:
        return document(ProblemCode.ENGINE_UNAVAILABLE, "an engine is out of reach; try again")
    if not changed:
        return document(
            ProblemCode.ENGINE_UNAVAILABLE, "an engine is out of reach; nothing was stored; try again"
        )
    return document(
        ProblemCode.OUTCOME_UNKNOWN, f"an engine failed before it answered; it may have been stored; {advice}"
    )


MAX_FAULTS = 100
MAX_PATH = 200


def faults(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """A pydantic error as faults, by the field's path as the caller wrote it; never repeats a value.

    Of more than 100 only the number is told: listing a million would cost more than making them.
    """
    if error.error_count() > MAX_FAULTS:
        return [
            FieldError(
                prefix or "body",
                f"has {error.error_count()} faults, too many to list; send less, or put them right",
            )
        ]
    found: list[FieldError] = []
    for item in error.errors(include_url=False, include_input=False):
        path = ".".join([*([prefix] if prefix else []), *map(str, item["loc"])]) or "body"
        found.append(FieldError(path[:MAX_PATH], explain(item["type"], item["msg"], item.get("ctx", {}))))
    return found


_ROUTING = {
    404: (ProblemCode.NOT_FOUND, "there is nothing at this path"),
    405: (ProblemCode.METHOD_NOT_ALLOWED, "this path does not take this method"),
}
"""What the framework says of a request that no route takes."""


def _methods(routes: Sequence[BaseRoute], scope: Scope) -> set[str]:
    """The methods of all routes with this path; the framework names those of the first one."""
    found: set[str] = set()
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return found | ({"HEAD"} if "GET" in found else set())


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Answer every error with a problem document. `routes` are all there are."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, PushgateError)
        problem = describe(error)
        if problem["code"] == ProblemCode.INTERNAL_ERROR:
            raise error
        response = respond(problem)
        if isinstance(error, UnsupportedEncoding):
            response.headers["Accept-Encoding"] = "identity"
        return response

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, detail = _ROUTING.get(error.status_code, (ProblemCode.UNREADABLE_BODY, str(error.detail)))
        response = respond(document(code, detail))
        response.headers.update(error.headers or {})
        if code is ProblemCode.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(sorted(_methods(routes, request.scope)))
        return response

    async def engine(request: Request, error: Exception) -> Response:
        return respond(_unanswered(changed=True))

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    app.add_exception_handler(PushgateError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ClientDisconnect, gone)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, engine)


def respond(problem: dict[str, object]) -> Response:
    """The problem document as a response, with the headers its type asks for."""
    kind = TYPES[ProblemCode(str(problem["code"]))]
    headers: dict[str, str] = {}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="pushgate"'
    if kind.status == 408:
        headers["Connection"] = "close"  # the rest of the body is not waited for
    if kind.retry_after is not None:
        headers["Retry-After"] = str(kind.retry_after)
    return Response(orjson.dumps(problem), kind.status, headers, MEDIA_TYPE)
