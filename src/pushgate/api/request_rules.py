"""Refuses parts of a request that a call would ignore, for all routes in one place.

That is: query parameters that the call does not have or that are repeated, a body where none is
taken, and an Idempotency-Key where it has no effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from pushgate.api.http_request import HttpRequest
from pushgate.domain.errors import FieldError, IdempotencyKeyNotTaken, InvalidRequest

LENIENT_PATHS = ("/v1/receipts/", "/healthz", "/readyz", "/metrics", "/docs")
"""Paths of calls by vendors, probes and scrapers, which add parameters of their own, and of a page
to which other people's links lead.
"""
_EMPTY_BODY = b"{}"
"""Some clients send it with every POST."""


@dataclass(frozen=True, slots=True)
class CallRules:
    """What a call takes."""

    parameters: frozenset[str]
    key: bool
    body: bool


_rules: dict[object, CallRules] = {}


async def refuse_unused(request: Request) -> None:
    """Raise InvalidRequest or IdempotencyKeyNotTaken for what the call of this request would
    ignore.
    """
    if request.method != "OPTIONS" and not request.scope["path"].startswith(LENIENT_PATHS):
        check_unused(request, _rules_of(request))


def check_unused(request: HttpRequest, rules: CallRules) -> None:
    """Raise InvalidRequest or IdempotencyKeyNotTaken for what a call with these rules would
    ignore.
    """
    keys = request.headers.getlist("idempotency-key")
    if keys and not rules.key:
        raise IdempotencyKeyNotTaken("this call takes no Idempotency-Key: leave the header out")
    query = request.scope["query_string"]
    errors = list(_parameter_errors(query, rules)) if query else []
    if len(keys) > 1:
        errors.append(FieldError("Idempotency-Key", "is given more than once; give it once"))
    # Without a key the response is a 401, and the body is not judged.
    if not rules.body and request.headers.get("authorization") is not None and _has_body(request):
        errors.append(FieldError("body", "this call takes no body; leave it out"))
    if errors:
        raise InvalidRequest(errors)


def _parameter_errors(query: bytes, rules: CallRules) -> Iterator[FieldError]:
    """Yield an error for each query parameter that is unknown or repeated."""
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    for name in dict.fromkeys(names):
        if name not in rules.parameters:
            yield FieldError(name[:100], "is not a query parameter of this call; leave it out")
        elif names.count(name) > 1:
            yield FieldError(name, "is given more than once; give it once")


def _has_body(request: HttpRequest) -> bool:
    """Return whether the request has more than an empty object. The body itself is not read."""
    if request.headers.get("transfer-encoding") is not None:
        return True
    length = request.headers.get("content-length")
    return length is not None and (not length.isdecimal() or int(length) > len(_EMPTY_BODY))


def _rules_of(request: Request) -> CallRules:
    endpoint = request.scope["endpoint"]
    if endpoint not in _rules:
        route = request.scope["route"]
        assert isinstance(route, APIRoute)
        dependants = list(_all(route.dependant))
        _rules[endpoint] = CallRules(
            frozenset(field.alias for each in dependants for field in each.query_params),
            any(field.alias == "Idempotency-Key" for each in dependants for field in each.header_params),
            "requestBody" in (route.openapi_extra or {}),
        )
    return _rules[endpoint]


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _all(part)
