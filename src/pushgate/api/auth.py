"""Who is calling: an API key of one app, with the scope that the call needs."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from pushgate.api.front import Front, Tenant
from pushgate.errors import Forbidden, Unauthorized
from pushgate.model import Scope

_bearer = HTTPBearer(
    auto_error=False, description="An API key, from `pushgate keys create`", scheme_name="api_key"
)


def front_of(request: Request) -> Front:
    """The collaborators of this application."""
    front: Front = request.app.state.front
    return front


def caller(scope: Scope) -> Callable[..., Awaitable[Tenant]]:
    """A dependency that gives the calling app. Raises Unauthorized without a valid key, Forbidden without the scope."""

    async def authorize(request: Request, _: Annotated[object, Security(_bearer)] = None) -> Tenant:
        front = front_of(request)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Unauthorized("send an API key: Authorization: Bearer <key>")
        key = await front.keys.recognise(text.strip())
        tenant = front.tenants.get(key.app)
        if tenant is None:
            raise Unauthorized("the API key belongs to an app that is not configured")
        if not key.may(scope):
            raise Forbidden(f"the API key lacks the scope {scope.value!r}")
        return tenant

    return authorize
