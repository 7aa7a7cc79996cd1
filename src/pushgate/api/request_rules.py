"""Refuses what a call would ignore, for all routes in one place.

That is: query parameters that the call does not have or that are repeated, a body where none is
taken, and an Idempotency-Key where it has no effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from pushgate.domain.errors import FieldError, IdempotencyKeyNotTaken, InvalidRequest

LENIENT_PATHS = ("/v1/receipts/", "/healthz", "/readyz", "/metrics")
"""Paths of calls by vendors, probes and scrapers, which add parameters of their own."""
_EMPTY_BODY = b"{}"
"""Some clients send it with every POST."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What a call takes."""

    parameters: frozenset[str]
    key: bool
    body: bool


_calls: dict[object, _Call] = {}


async def refuse_unused(request: Request) -> None:
    """Raise InvalidRequest or IdempotencyKeyNotTaken for what the call of this request would
    ignore.
    """
    if request.method == "OPTIONS" or request.scope["path"].startswith(LENIENT_PATHS):
        return
    call = _call_of(request)
    keys = request.headers.getlist("idempotency-key")
    if keys and not call.key:
        raise IdempotencyKeyNotTaken(
            "this call takes no Idempotency-Key: repeat it without one, it has the same effect"
        )
    errors = list(_parameter_errors(request, call))
    if len(keys) > 1:
        errors.append(FieldError("Idempotency-Key", "is given more than once; give it once"))
    # Without a key the response is a 401 and says nothing else.
    if not call.body and "authorization" in request.headers and _has_body(request):
        errors.append(FieldError("body", "this call takes no body; leave it out"))
    if errors:
        raise InvalidRequest(errors)


def _parameter_errors(request: Request, call: _Call) -> Iterator[FieldError]:
    """Yield an error for each query parameter that is unknown or repeated."""
    if not request.scope["query_string"]:
        return
    names = [name for name, _ in request.query_params.multi_items()]
    for name in dict.fromkeys(names):
        if name not in call.parameters:
            yield FieldError(name[:100], "is not a query parameter of this call; leave it out")
        elif names.count(name) > 1:
            yield FieldError(name, "is given more than once; give it once")


def _has_body(request: Request) -> bool:
    """Return whether the request has more than an empty object. The body itself is not read."""
    length = request.headers.get("content-length", "0")
    return "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > len(_EMPTY_BODY)


def _call_of(request: Request) -> _Call:
    endpoint = request.scope["endpoint"]
    if endpoint not in _calls:
        route = request.scope["route"]
        assert isinstance(route, APIRoute)
        dependants = list(_all(route.dependant))
        _calls[endpoint] = _Call(
            frozenset(field.alias for each in dependants for field in each.query_params),
            any(field.alias == "Idempotency-Key" for each in dependants for field in each.header_params),
            "requestBody" in (route.openapi_extra or {}),
        )
    return _calls[endpoint]


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _all(part)
