"""One push request -> a stored message and its response, for single requests and for batches.

In: a validated body. Out: the response as JSON. A repeated request gets the response of the first
one. Checks and storing are two steps, so that a batch can check many messages and store them
together.
"""

from dataclasses import dataclass
from typing import NamedTuple

import orjson

from pushgate.api.context import ApiContext
from pushgate.api.mapping.messages import MappedMessage, from_message, from_warnings, to_message
from pushgate.api.schemas.messages import MessageBody
from pushgate.apps.audience_check import warn_of_audience
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import check_audience, check_message
from pushgate.domain.audience import Audience
from pushgate.domain.errors import FieldError, InvalidRequest, PushgateError
from pushgate.domain.message import Message, Status
from pushgate.messages.idempotency import RequestKey, parse_creation
from pushgate.messages.stored import StoredMessage

CREATE = "create"
"""The call in the digests of all requests that create a message, single ones and items of a batch.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedMessage:
    """A message that is ready to be stored."""

    message: Message
    audience: Audience
    warnings: list[FieldError]
    key: RequestKey | None


class RefusedMessage(NamedTuple):
    """A request that will not be stored. Its key may have the response of an earlier request."""

    error: PushgateError
    key: RequestKey | None


class Created(NamedTuple):
    """The id of a stored message, and the response to its request as JSON."""

    message_id: str
    response: bytes


def check(
    context: ApiContext, configured: ConfiguredApp, written: MessageBody, key: RequestKey | None
) -> CheckedMessage | RefusedMessage:
    """Map a request to a message and check the message. Does no I/O."""
    mapped = to_message(written, configured, context.clock.now(), context.settings.max_audience)
    try:
        warnings = _check(context, configured, mapped)
    except InvalidRequest as error:
        return RefusedMessage(error, key)
    return CheckedMessage(message=mapped.message, audience=mapped.audience, warnings=warnings, key=key)


async def store(
    context: ApiContext, configured: ConfiguredApp, checked: CheckedMessage | RefusedMessage
) -> Created:
    """Store a message, unless one is stored under its key.

    Raises the error of a refused message, IdempotencyKeyReused, TooManyWaiting, EngineUnavailable.
    """
    if isinstance(checked, RefusedMessage):
        return await _first_response(context, checked)
    stores, max_waiting = context.stores, context.settings.max_waiting
    message, audience, key = checked.message, checked.audience, checked.key
    warnings = checked.warnings + await warn_of_audience(stores, configured.app, audience)
    body = from_message(StoredMessage(message, Status.SCHEDULED))
    body["warnings"] = from_warnings(warnings)
    response = orjson.dumps(body)
    if key is None:
        await stores.messages.put(message, max_waiting, audience=audience)
        return Created(message.id, response)
    return Created(*await stores.messages.put_once(message, key, response, max_waiting, audience))


async def _first_response(context: ApiContext, refused: RefusedMessage) -> Created:
    """Return the response of the first request with the key, even if clock or configuration would
    refuse the request now.
    """
    if refused.key and (first := await context.stores.idempotency.read(refused.key)) is not None:
        return Created(*parse_creation(first))
    raise refused.error


def _check(context: ApiContext, configured: ConfiguredApp, mapped: MappedMessage) -> list[FieldError]:
    """Return all warnings. Raises InvalidRequest with all errors."""
    errors = mapped.errors + check_audience(configured, mapped.audience)
    return mapped.warnings + check_message(
        configured, mapped.message, context.callbacks.sign, context.settings.max_message, errors
    )
