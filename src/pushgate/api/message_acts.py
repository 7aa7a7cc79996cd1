"""Acts on stored messages that answer with the message: pause, resume, cancel."""

from collections.abc import Awaitable, Callable

import orjson
from fastapi import Request, Response

from pushgate.api.audit import note
from pushgate.api.auth import context_of
from pushgate.api.idempotency import request_key, respond_once
from pushgate.api.mapping.messages import from_tracked
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.stores import Stores
from pushgate.tracking.messages import TrackedMessage

Act = Callable[[Stores, App, str], Awaitable[TrackedMessage]]


async def act_once(
    request: Request,
    configured: ConfiguredApp,
    message_id: str,
    key: str | None,
    act: Act,
    name: str,
    done: str,
) -> Response:
    """Act on a message, or answer as before where the idempotency key was used. `name`
    distinguishes the act under the key; `done` is its action in the audit log.
    """
    context = context_of(request)

    async def run() -> bytes:
        tracked = await act(context.stores, configured.app, message_id)
        await note(request, done, message_id)
        return orjson.dumps(from_tracked(tracked))

    return await respond_once(context, request_key(configured, key, f"{name} {message_id}"), run)
