"""Answers every error that a route or the framework raises with a problem document."""

from collections.abc import Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pushgate.api.problems import INTERNAL_ERROR, describe, describe_engine_failure, document, respond
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import (
    FieldError,
    InvalidRequest,
    PushgateError,
    RateLimited,
    UnsupportedEncoding,
)
from pushgate.redis.server import UNREACHABLE
from pushgate.runtime import logs
from pushgate.runtime.validation_text import explain

_ROUTING = {
    404: (ProblemCode.NOT_FOUND, "there is nothing at this path"),
    405: (ProblemCode.METHOD_NOT_ALLOWED, "this path does not take this method"),
}
"""Problems for the statuses that the framework gives requests without a route."""
_log = logs.get("api")


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Add the handlers to an application that has these routes."""

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, detail = _ROUTING.get(error.status_code, (ProblemCode.UNREADABLE_BODY, str(error.detail)))
        response = respond(document(code, detail))
        response.headers.update(error.headers or {})
        if code is ProblemCode.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(sorted(_methods(routes, request.scope)))
        return response

    app.add_exception_handler(RequestValidationError, _invalid_parameters)
    app.add_exception_handler(HTTPException, http_error)
    for error_class in (PushgateError, ClientDisconnect, *UNREACHABLE):
        app.add_exception_handler(error_class, _expected_error)


def response_to(error: Exception) -> Response:
    """Return the response to a request that ended with this error. An unexpected error is
    logged.
    """
    return _expected(error) or _unexpected(error)


def _expected(error: Exception) -> Response | None:
    """Return the response to an error that the API expects, None for any other error."""
    if isinstance(error, PushgateError) and error.consequences.code is not ProblemCode.INTERNAL_ERROR:
        response = respond(describe(error))
        if isinstance(error, UnsupportedEncoding):
            response.headers["Accept-Encoding"] = "identity"
        if isinstance(error, RateLimited):
            response.headers["Retry-After"] = str(error.seconds)
        return response
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)  # nobody reads it
    if isinstance(error, UNREACHABLE):
        return respond(describe_engine_failure(changed=True))
    return None


def _unexpected(error: Exception) -> Response:
    _log.error("request failed", action="request_failed", exc_info=error)
    return respond(document(ProblemCode.INTERNAL_ERROR, INTERNAL_ERROR))


async def _expected_error(request: Request, error: Exception) -> Response:
    response = _expected(error)
    if response is None:
        raise error
    return response


async def _invalid_parameters(request: Request, error: Exception) -> Response:
    """Answer FastAPI's errors in parameters of queries and headers as problem documents."""
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(
            ".".join(map(str, item["loc"][1:])),
            explain(item["type"], item["msg"], item.get("ctx", {})),
        )
        for item in error.errors()
    ]
    return respond(describe(InvalidRequest(errors)))


def _methods(routes: Sequence[BaseRoute], scope: Scope) -> set[str]:
    """Return the methods of all routes with this path. The framework names those of the
    first one.

    `/v1/audiences/vip:freeze` fits `/v1/audiences/{name}`, too, and is not the path of an audience.
    """
    found: dict[str, set[str]] = {}
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            found.setdefault(getattr(route, "path", ""), set()).update(getattr(route, "methods", None) or ())
    with_verb = {path.rpartition(":")[0] for path in found if not path.endswith("}")}
    methods = {method for path in found.keys() - with_verb for method in found[path]}
    return methods | ({"HEAD"} if "GET" in methods else set())


class UnexpectedErrors:
    """The innermost middleware: logs an unexpected error and answers with a problem document.

    It lies inside the access log, so that the failed request is counted and has its id in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def tracked_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, tracked_send)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise  # the server cuts the connection
            await _unexpected(error)(scope, receive, send)
