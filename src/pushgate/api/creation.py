"""One push request -> a stored message and its response, for single requests and for batches.

In: a validated body. Out: the response as JSON. A repeated request gets the response of the first
one.
"""

import orjson

from pushgate.api.context import ApiContext
from pushgate.api.mapping.messages import MappedMessage, from_message, from_warnings, to_message
from pushgate.api.schemas.messages import MessageBody
from pushgate.apps.audience_check import warn_of_audience
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import check_audience, check_message
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Status
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.stored import StoredMessage

CREATE = "create"
"""The call in the digests of all requests that create a message, single ones and items of a batch.
"""


async def create_message(
    context: ApiContext, configured: ConfiguredApp, written: MessageBody, key: RequestKey | None
) -> bytes:
    """Store a message, unless one is stored under this key; returns the response as JSON.

    Raises InvalidRequest, IdempotencyKeyReused, TooManyWaiting, EngineUnavailable.
    """
    stores, max_waiting = context.stores, context.settings.max_waiting
    try:
        mapped = to_message(written, configured, context.clock.now(), context.settings.max_audience)
        warnings = _check(context, configured, mapped)
    except InvalidRequest:
        # A repeated request gets its first response, even if clock or configuration would refuse it
        # now.
        if key and (first := await stores.idempotency.read(key)) is not None:
            return first
        raise
    warnings += await warn_of_audience(stores, configured.app, mapped.audience)
    response = orjson.dumps(
        {
            **from_message(StoredMessage(mapped.message, Status.SCHEDULED)),
            "warnings": from_warnings(warnings),
        }
    )
    if key:
        return await stores.messages.put_once(mapped.message, key, response, max_waiting, mapped.audience)
    await stores.messages.put(mapped.message, max_waiting, audience=mapped.audience)
    return response


def _check(context: ApiContext, configured: ConfiguredApp, mapped: MappedMessage) -> list[FieldError]:
    """Return all warnings. Raises InvalidRequest with all errors."""
    errors = mapped.errors + check_audience(configured, mapped.audience)
    return mapped.warnings + check_message(
        configured, mapped.message, context.callbacks.sign, context.settings.max_message, errors
    )
