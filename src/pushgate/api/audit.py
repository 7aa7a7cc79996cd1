"""The audit log as resources write it: the key and the address come from the request."""

from pushgate.api.auth import Caller, address_of, caller_of, context_of
from pushgate.api.http_request import HttpRequest
from pushgate.audit.entry import AuditEntry, Author, Detail
from pushgate.audit.pseudonyms import Subject


def author_of(request: HttpRequest) -> Author:
    """Return who sent a request that was authorized before."""
    key = caller_of(request).key
    return Author(key.id, key.name, address_of(request))


async def note(
    request: HttpRequest,
    action: str,
    target: str = "",
    *,
    app: str | None = None,
    user: str | None = None,
    terminal: str | None = None,
    **details: Detail,
) -> None:
    """Record what an authorized request did, after it took effect and before the response.

    `app` is the app that the action concerns. Unset = the app that the request was authorized for;
    '' = no app. `user` and `terminal` are targets whose ids the log must not have: keyed hashes are
    stored. No other argument may have an id of a person or terminal, a push token, a secret or
    content. Raises EngineUnavailable, SealedElsewhere.
    """
    context = context_of(request)
    of_app = _app_of(caller_of(request)) if app is None else app
    targets = [target] if target else []
    for subject, name in ((Subject.USER, user), (Subject.TERMINAL, terminal)):
        if name is not None:
            targets.append(await context.pseudonyms.of(of_app, subject, name))
    await context.stores.audit.record(of_app, AuditEntry(action, author_of(request), tuple(targets), details))


def _app_of(caller: Caller) -> str:
    return caller.app.app.name if caller.app else caller.key.app
