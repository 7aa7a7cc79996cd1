"""Push requests -> stored messages and their responses, for single requests and for batches.

In: validated bodies. Out: responses as JSON. A repeated request gets the response of the first one.
Checks and storing are two steps, so that a batch can check many messages and store them together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import orjson
from msgspec.structs import replace

from pushgate.api.app_hours import read_app_hour
from pushgate.api.context import ApiContext
from pushgate.api.mapping.messages import MappedMessage, from_message, from_warnings, to_message
from pushgate.api.schemas.messages import MessageBody
from pushgate.api.template_copies import NO_COPIES, Copies, said_of_template
from pushgate.apps.audience_check import warn_of_small_audiences
from pushgate.apps.audience_now import check_audience_now
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import check_audience, check_message, warn_of_vendors
from pushgate.apps.personal_check import fill_for_all
from pushgate.apps.reporting import check_reporting
from pushgate.audit.entry import Author
from pushgate.bundles.bodies import SmallMessage, is_small
from pushgate.bundles.home_writer import Draft, Written
from pushgate.content.personal.lengths import NOTHING_KNOWN, KnownLengths
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.errors import FieldError, InvalidRequest, NotFound, PushgateError
from pushgate.domain.message import Message, Status
from pushgate.domain.message_id import new_family_id, new_id, position_of
from pushgate.fleet.pause import Pause
from pushgate.messages.idempotency import RequestKey, parse_creation
from pushgate.messages.store import too_many_waiting
from pushgate.messages.stored import StoredMessage

CREATE = "create"
"""The call in the digests of all requests that create a message, single ones and items of a batch.
"""


class CheckedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is ready to be stored. It has no id yet.

    `author` is the message's author for the audit log; None for a message that will not be stored.
    """

    message: Message
    audience: Audience
    warnings: list[FieldError]
    key: RequestKey | None
    author: Author | None

    @property
    def is_small(self) -> bool:
        """Whether it is stored as a small message."""
        return self.message.family is None and not self.message.escalate and is_small(self.audience)


class RefusedMessage(NamedTuple):
    """A request that will not be stored. Its key may have the response of an earlier request."""

    error: PushgateError
    key: RequestKey | None


class Created(NamedTuple):
    """The id of a stored message, and the response to its request as JSON."""

    message_id: str
    response: bytes


def check(
    context: ApiContext,
    configured: ConfiguredApp,
    written: MessageBody,
    key: RequestKey | None,
    author: Author | None = None,
    *,
    trace: str = "",
    copies: Copies = NO_COPIES,
    lengths: KnownLengths = NOTHING_KNOWN,
) -> CheckedMessage | RefusedMessage:
    """Map a request of this author, and of this trace, to a message and check the message. Does no
    I/O. `copies` are the contents of templates that the request names; `lengths` are those
    of attributes, where the message may show any (`lengths_for`).
    """
    mapped = to_message(written, configured, context.clock.now(), context.settings.max_audience, copies)
    copied = copies.content
    unused: list[FieldError] = []
    if copied:
        filled, unused = fill_for_all(mapped.message)
        mapped = replace(mapped, message=filled)
    try:
        warnings = [*_check(context, configured, mapped, lengths), *unused]
    except InvalidRequest as error:
        if copied:
            error = InvalidRequest(said_of_template(error.errors, copied.template))
        return RefusedMessage(error, key)
    if copied:
        warnings = said_of_template(warnings, copied.template)
    return CheckedMessage(
        message=replace(mapped.message, trace=trace) if trace else mapped.message,
        audience=mapped.audience,
        warnings=warnings,
        key=key,
        author=author,
    )


async def lengths_for(context: ApiContext, app: App, written: MessageBody) -> KnownLengths:
    """Return the known lengths of the app's attributes, if the message may show any. Raises
    EngineUnavailable.
    """
    if written.personal or written.template:
        return await context.stores.attribute_lengths.read(app)
    return NOTHING_KNOWN


async def store(
    context: ApiContext, configured: ConfiguredApp, checked: CheckedMessage | RefusedMessage
) -> Created:
    """Store a message, unless one is stored under its key.

    Raises the error of a refused message, InvalidRequest for what the audience names,
    IdempotencyKeyReused, TooManyWaiting, Conflict, EngineUnavailable.
    """
    if isinstance(checked, RefusedMessage):
        return await _first_response(context, configured.app, checked)
    if checked.is_small:
        (created,) = await store_small(context, configured.app, [checked])
        if isinstance(created, PushgateError):
            raise created
        return created
    return await _store_large(context, configured, checked)


async def store_small(
    context: ApiContext, app: App, checked: Sequence[CheckedMessage]
) -> list[Created | PushgateError]:
    """Store small messages together; returns for each what was created, or why it was not.

    Raises EngineUnavailable: then some of them may be stored.
    """
    found = await warn_of_small_audiences(context.stores, app, [one.audience for one in checked])
    refused = {
        index: await _require_audience(context, app, one, of_audience)
        for index, (one, of_audience) in enumerate(zip(checked, found, strict=True))
        if of_audience and one.message.options.require_audience
    }
    if refused:
        kept = [one for index, one in enumerate(checked) if index not in refused]
        found = [rows for index, rows in enumerate(found) if index not in refused]
        stored = iter(await _write_small(context, app, kept, found))
        return [refused.get(index) or next(stored) for index in range(len(checked))]
    return await _write_small(context, app, checked, found)


async def _write_small(
    context: ApiContext, app: App, checked: Sequence[CheckedMessage], found: Sequence[list[FieldError]]
) -> list[Created | PushgateError]:
    """Store small messages whose audiences have these warnings."""
    warnings = [
        from_warnings(one.warnings + of_audience) for one, of_audience in zip(checked, found, strict=True)
    ]
    drafts = [_draft(one, rows) for one, rows in zip(checked, warnings, strict=True)]
    written = await context.writer.put(app, drafts, context.settings.max_waiting)
    created: list[Created | PushgateError] = []
    for one, rows, draft in zip(written, warnings, drafts, strict=True):
        created.append(
            Created(one.message.id, _response(one.message, rows))
            if one.message is not None
            else await _refusal_or_first_response(context, app, draft, one)
        )
    return created


async def _require_audience(
    context: ApiContext, app: App, checked: CheckedMessage, found: Sequence[FieldError]
) -> Created | PushgateError:
    """Return the first response under the key of a message that requires its audience, or its
    refusal.
    """
    try:
        return await _first_response(context, app, RefusedMessage(InvalidRequest(found), checked.key))
    except PushgateError as error:
        return error


def _draft(checked: CheckedMessage, warnings: Sequence[object]) -> Draft:
    message = checked.message
    return Draft(
        SmallMessage(message, checked.audience),
        at_once=message.push_at <= message.created_at,
        key=checked.key,
        warnings=orjson.dumps(warnings) if checked.key and warnings else b"",
        author=checked.author,
    )


async def _refusal_or_first_response(
    context: ApiContext, app: App, draft: Draft, written: Written
) -> Created | PushgateError:
    if written.known is None or draft.key is None:
        return too_many_waiting(context.settings.max_waiting)
    try:
        return await _repeat(context, app, draft.key.answer(written.known))
    except PushgateError as error:
        return error


async def _store_large(context: ApiContext, configured: ConfiguredApp, checked: CheckedMessage) -> Created:
    app = configured.app
    stores, max_waiting, key = context.stores, context.settings.max_waiting, checked.key
    created_at, is_family = checked.message.created_at, checked.message.family is not None
    message_id = new_family_id(created_at) if is_family else new_id(created_at)
    message = replace(checked.message, id=message_id)
    message, unknown = (await read_app_hour(stores, app, message)).put(message)
    is_required = message.options.require_audience
    found = await check_audience_now(stores, app, checked.audience, message.id, is_required=is_required)
    errors = found.errors
    reporting = await check_reporting(stores, configured, message)
    if errors := [*errors, *reporting.errors]:
        return await _first_response(context, app, RefusedMessage(InvalidRequest(errors), key))
    warnings = checked.warnings + unknown + found.warnings + reporting.warnings
    response = _response(message, from_warnings(warnings))
    if key is None:
        await stores.messages.put(message, max_waiting, audience=checked.audience, author=checked.author)
        return Created(message.id, response)
    message_id, first = await stores.messages.put_once(
        message, key, response, max_waiting, checked.audience, checked.author
    )
    return Created(message_id, first)


async def _first_response(context: ApiContext, app: App, refused: RefusedMessage) -> Created:
    """Return the response of the first request with the key, even if clock or configuration would
    refuse the request now. Raises the refusal where that request stored nothing.
    """
    if refused.key and (first := await context.stores.idempotency.read(refused.key)) is not None:
        message_id, _ = parse_creation(first)
        # The record of a large message is written before the message, and a crash may come in
        # between.
        if position_of(message_id) or await context.stores.messages.exists(message_id):
            return await _repeat(context, app, first)
    raise refused.error


async def _repeat(context: ApiContext, app: App, first: bytes) -> Created:
    """Return the response of the first request from its record. That of a small message is rendered
    again from the message as it was stored.
    """
    message_id, answer = parse_creation(first)
    if position_of(message_id) is None:
        return Created(message_id, answer)
    (account,) = await context.stores.small_accounts.read_first_versions(app, [message_id])
    if account is None or account.message is None:
        raise NotFound(f"the message {message_id} of the first request with this Idempotency-Key is gone")
    return Created(message_id, _response(account.message.message, orjson.loads(answer or b"[]")))


def _response(message: Message, warnings: Sequence[object]) -> bytes:
    body = from_message(StoredMessage(message, Status.SCHEDULED))
    body["warnings"] = warnings
    return orjson.dumps(body)


def _warn_of_pause(app: str, pause: Pause) -> FieldError:
    return FieldError(
        "",
        f"the app is {pause.reason}: the message is stored, and sent when the app is resumed "
        f"(POST /v1/apps/{app}/resume), unless its time to live is over by then",
    )


def _check(
    context: ApiContext, configured: ConfiguredApp, mapped: MappedMessage, lengths: KnownLengths
) -> list[FieldError]:
    """Return all warnings. Raises InvalidRequest with all errors."""
    errors = mapped.errors + check_audience(configured, mapped.audience)
    warnings = mapped.warnings + check_message(
        configured, mapped.message, context.callbacks.sign, context.settings.max_message, errors, lengths
    )
    if pause := context.stores.pauses.find(configured.app.name):
        warnings.append(_warn_of_pause(configured.app.name, pause))
    if mapped.message.audience.expression:  # most messages have none
        warnings += warn_of_vendors(configured, mapped.audience)
    return warnings
