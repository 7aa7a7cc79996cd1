"""Authorization: which app an API key belongs to, and whether it has the scope that a
call needs.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from pushgate.api.clients import ClientAddresses
from pushgate.api.context import ApiContext
from pushgate.api.http_request import HttpRequest
from pushgate.api.load_shedding import mark_authenticated
from pushgate.api.schemas.fields import AppInPath
from pushgate.apps.api_key import ApiKey
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.key_networks import is_within
from pushgate.domain.app import Scope
from pushgate.domain.errors import Forbidden, NotConfiguredHere, NotFound, Unauthorized
from pushgate.runtime import log_context

_KEY = "pushgate.key"
_APP = "pushgate.app"
_NO_KEY = "send an API key: Authorization: Bearer <key>"
_bearer = HTTPBearer(
    auto_error=False, description="An API key, from `pushgate keys create`", scheme_name="api_key"
)


class Caller(NamedTuple):
    """Who sent a request: the API key, and its app. An operator's key has no app."""

    key: ApiKey
    app: ConfiguredApp | None


def context_of(request: HttpRequest) -> ApiContext:
    """Return the context of the application that serves this request."""
    context: ApiContext = request.scope["app"].context
    return context


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller of a request that was authorized before."""
    scope = request.scope
    return Caller(scope[_KEY], scope.get(_APP))


def address_of(request: HttpRequest) -> str:
    """Return the client's address, as the access log has it."""
    clients: ClientAddresses = request.scope["app"].clients
    return clients.of(request.scope)


def require_scope(scope: Scope) -> Callable[..., Awaitable[ConfiguredApp]]:
    """Return a dependency that gives the calling app. It raises as `authorize` does."""

    async def caller(request: Request, _: Annotated[object, Security(_bearer)] = None) -> ConfiguredApp:
        return await authorize(request, scope)

    return caller


async def authorize(request: HttpRequest, scope: Scope) -> ConfiguredApp:
    """Return the app whose key the request has, and count the request as one with a key.

    Raises Unauthorized without a valid key, Forbidden without the scope, and NotConfiguredHere
    where this process has no settings for the app. Raises as `optional_key` does.
    """
    key = await _required_key(request)
    if key.may(Scope.OPERATOR):
        raise Forbidden("an operator's key belongs to no app; use a key of the app")
    configured = context_of(request).catalog.apps.get(key.app) or await _new_app(request, key.app)
    if configured is None:
        # The settings of processes may differ.
        raise NotConfiguredHere(
            f"this process has no settings for the app {key.app}; "
            "send the request again, or revoke the key if the app is gone"
        )
    if not key.may(scope):
        raise Forbidden(f"the API key lacks the scope {scope.value!r}")
    mark_authenticated(request.scope)
    log_context.add("app", configured.app.name)
    request.scope[_APP] = configured
    return configured


async def _new_app(request: HttpRequest, name: str) -> ConfiguredApp | None:
    """Return an app that was created since this process last read the apps."""
    context = context_of(request)
    await context.apps.refresh()
    return context.catalog.apps.get(name)


PushCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.PUSH))]
ReadCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.READ))]
AdminCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.ADMIN))]
TerminalsReadCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.TERMINALS_READ))]
TerminalsWriteCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.TERMINALS_WRITE))]
TerminalsCaller = Annotated[ConfiguredApp, Depends(require_scope(Scope.TERMINALS))]


async def require_app_admin(
    request: Request, app: AppInPath, _: Annotated[object, Security(_bearer)] = None
) -> ConfiguredApp:
    """Return the app that the path names, for its administrators: operators, and keys of the app
    with the scope `admin`.

    Raises Unauthorized without a valid key, Forbidden without the scope, and, for operators,
    NotFound where there is no such app.
    """
    key = await _required_key(request)
    if not key.may(Scope.OPERATOR):
        configured = await authorize(request, Scope.ADMIN)
        if configured.app.name != app:
            raise Forbidden("the API key belongs to another app; use an operator's key, or one of this app")
        return configured
    found = await _new_app(request, app) or await context_of(request).catalog.find(app)
    if found is None:
        raise NotFound(f"there is no app {app}")
    mark_authenticated(request.scope)
    log_context.add("app", found.app.name)
    request.scope[_APP] = found
    return found


AppAdminCaller = Annotated[ConfiguredApp, Depends(require_app_admin)]


async def optional_key(request: HttpRequest) -> ApiKey | None:
    """Return the API key of the request, None where it has none, and count the request by its key.

    Raises Unauthorized for a wrong key, Forbidden for one from a wrong address, and RateLimited.
    """
    known: ApiKey | None = request.scope.get(_KEY)
    if known is not None:
        return known
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthorized(_NO_KEY)
    keys = context_of(request).keys
    key = await keys.authenticate(text.strip())
    if key.networks and not is_within(key.networks, address_of(request)):
        raise Forbidden("the API key may not be used from this address")
    if key.rate_limit is not None:
        keys.rates.take(key)
    request.scope[_KEY] = key
    return key


async def _required_key(request: HttpRequest) -> ApiKey:
    """Return the API key of the request. Raises as `optional_key` does, and Unauthorized without a
    key.
    """
    key = await optional_key(request)
    if key is None:
        raise Unauthorized(_NO_KEY)
    return key


def count_items(request: HttpRequest, count: int) -> None:
    """Count an authorized request with several items as that many requests of its key."""
    context_of(request).keys.rates.charge(caller_of(request).key, count - 1)


async def require_key_manager(request: Request, _: Annotated[object, Security(_bearer)] = None) -> ApiKey:
    """Return the key of an operator, or of an app's admin, who may manage keys and read the audit
    log. Raises as `optional_key` does, Unauthorized without a key, and Forbidden.
    """
    key = await _required_key(request)
    if not key.may(Scope.OPERATOR):
        await authorize(request, Scope.ADMIN)
    mark_authenticated(request.scope)
    return key


KeyManager = Annotated[ApiKey, Depends(require_key_manager)]


def managed_app(key: ApiKey, app: str | None) -> str | None:
    """Return the app that a request of this manager is about, None for all. Raises Forbidden where
    it is another app than the key's.
    """
    if key.may(Scope.OPERATOR):
        return app
    if app not in (None, key.app):
        raise Forbidden("the API key belongs to another app")
    return key.app


async def require_operator(request: Request) -> None:
    """Raise Unauthorized without a key, Forbidden with a key that is not an operator's."""
    key = await optional_key(request)
    if key is None:
        raise Unauthorized("send an operator's API key, from `pushgate keys create --scopes operator`")
    if not key.may(Scope.OPERATOR):
        raise Forbidden(
            "this needs a key with the scope operator, from `pushgate keys create --scopes operator`"
        )


async def require_operator_key(request: Request, _: Annotated[object, Security(_bearer)] = None) -> ApiKey:
    """Return the operator's key of a request. Raises as `require_operator` does."""
    await require_operator(request)
    mark_authenticated(request.scope)
    return caller_of(request).key


OperatorCaller = Annotated[ApiKey, Depends(require_operator_key)]
