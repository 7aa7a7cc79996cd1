"""`/v1/messages`: push requests, from creation to results."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from structlog.contextvars import bind_contextvars

from pushgate.adapters.registry import vendors
from pushgate.adapters.truncation import summarize
from pushgate.api import vendor_faults, without_effect
from pushgate.api.auth import caller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import answer, parse, read
from pushgate.api.idempotency import IdempotencyKey, answer_once, request_key
from pushgate.api.mapping import (
    check_push_time,
    choose_default,
    from_message,
    to_audience,
    to_content,
    to_options,
)
from pushgate.api.openapi import gives, takes
from pushgate.api.partly_readable import of_message
from pushgate.api.request_schemas import ChangeBody, ContentBody, Digits, MessageBody, MessageIdInPath
from pushgate.api.response_schemas import Message as MessageAnswer
from pushgate.api.response_schemas import MessagePage, MessageWithWarnings, Results
from pushgate.api.waiting import reasons, waiting_body
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import Scope
from pushgate.domain.audience import Audience, AudienceKind, ByToken
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Message, Status
from pushgate.ledger.report import GroupCounts, Report
from pushgate.messages.codec import encode
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.revisions import IdempotentAnswer
from pushgate.messages.store import new_id
from pushgate.messages.stored import StoredMessage
from pushgate.recall import cancel as cancel_message

router = APIRouter(prefix="/v1", tags=["messages"])
Pusher = Annotated[ConfiguredApp, Depends(caller(Scope.PUSH))]
Reader = Annotated[ConfiguredApp, Depends(caller(Scope.READ))]
CREATE = "create"
"""What the digests of all requests that create a message begin with, single ones and those of a batch."""


@router.post(
    "/messages",
    operation_id="create_message",
    status_code=202,
    responses=gives(MessageWithWarnings, 202, "Stored"),
    openapi_extra=takes(MessageBody),
)
async def create(request: Request, configured: Pusher, idempotency_key: IdempotencyKey = None) -> Response:
    """Create a push. 202 means that it is stored and will be accounted for.

    `warnings` name what single vendors cannot carry: their terminals will be rejected. They also name what a vendor
    gives another effect than expected, such as a push without a category. `on_too_long` says what is to be done about
    content that is too long for a vendor.
    """
    context = context_of(request)
    written = parse(
        await read(request, context.settings.max_body),
        MessageBody,
        of_message(context.clock.now(), context.settings.max_audience),
    )
    key = request_key(configured, idempotency_key, CREATE, written)
    told = await create_one(context, configured, written, key)
    bind_contextvars(message=orjson.loads(told)["id"])
    return Response(told, 202, media_type="application/json")


async def create_one(
    context: ApiContext, configured: ConfiguredApp, written: MessageBody, key: RequestKey | None
) -> bytes:
    """Store a message, or find out that it is stored under this key, and return the answer as JSON."""
    most = context.settings.max_waiting
    try:
        message, audience, warned = _message(context, configured, written)
    except InvalidRequest:
        # What was taken once is answered as then, though the clock or the configuration would refuse it by now.
        if key and (first := await context.stores.idempotency.read(key)) is not None:
            return first
        raise
    warned += await without_effect.of_audience(context, configured, audience)
    told = orjson.dumps(_created(message, warned))
    if key:
        return await context.stores.messages.put_once(message, key, told, most, audience)
    await context.stores.messages.put(message, most, audience=audience)
    return told


@router.get("/messages", operation_id="list_messages", responses=gives(MessagePage))
async def page(
    request: Request,
    configured: Reader,
    status: Status | None = None,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9a-f]{28}$")] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's messages, newest first. `next_cursor` leads on; null is the end.

    A page of very long messages ends before its `limit`, once it holds 1 MB of them.
    """
    entries, following = await context_of(request).stores.message_index.page(
        configured.app.name, status, cursor, limit
    )
    messages = [from_message(entry.message, entry.status.value) for entry in entries]
    return answer({"messages": messages, "next_cursor": following})


@router.get("/messages/{message_id}", operation_id="get_message", responses=gives(MessageAnswer))
async def show(
    request: Request,
    configured: Reader,
    message_id: MessageIdInPath,
    include: Annotated[
        str | None, Query(pattern="^audience$", description="`audience`: list it whole")
    ] = None,
) -> Response:
    """A message with its status. A listed audience is told by its size."""
    stores = context_of(request).stores
    entry = await stores.messages.read(configured.app.name, message_id)
    told = from_message(entry.message, entry.status.value)
    kind = entry.message.audience.kind
    if include is not None and kind is not AudienceKind.ALL:
        # Stored in the form of the answer, so nothing is decoded.
        items = b",".join([raw[1:-1] async for raw in stores.audiences.read_raw(message_id)])
        told["audience"] = {kind.value: orjson.Fragment(b"[" + items + b"]")}
    return answer(told)


@router.patch(
    "/messages/{message_id}",
    operation_id="change_message",
    responses=gives(MessageWithWarnings),
    openapi_extra=takes(ChangeBody),
)
async def change(
    request: Request, configured: Pusher, message_id: MessageIdInPath, idempotency_key: IdempotencyKey = None
) -> Response:
    """A new push time or new content for a message that is still scheduled. `warnings` as at its creation."""
    context = context_of(request)
    written = parse(
        await read(request, context.settings.max_body),
        ChangeBody,
        of_message(context.clock.now(), context.settings.max_audience),
    )
    if not any(getattr(written, name) is not None for name in written.model_fields_set):
        raise InvalidRequest(
            [FieldError("body", "name at least one of push_time, content, default_language")]
        )
    warned: list[FieldError] = []
    unreached: list[FieldError] = []

    def change_it(message: Message) -> Message:
        nonlocal warned
        changed, warned = _changed(context, configured, message, written)
        return changed

    def told(entry: StoredMessage) -> bytes:
        warnings = _told([*warned, *unreached])
        return orjson.dumps({**from_message(entry.message, entry.status.value), "warnings": warnings})

    key = request_key(configured, idempotency_key, f"change {message_id}", written)
    answering = IdempotentAnswer(key, told) if key else None

    async def run() -> bytes:
        unreached.extend(await without_effect.of_stored(context, configured, message_id))
        return told(
            await context.stores.revisions.reschedule(configured.app.name, message_id, change_it, answering)
        )

    return await answer_once(context, key, run)


@router.post("/messages/{message_id}/cancel", operation_id="cancel_message", responses=gives(MessageAnswer))
async def cancel(
    request: Request, configured: Pusher, message_id: MessageIdInPath, idempotency_key: IdempotencyKey = None
) -> Response:
    """Stop a message before or during sending: what is pending becomes `cancelled`. Idempotent."""
    context = context_of(request)

    async def run() -> bytes:
        entry = await cancel_message(context.stores, configured.app, message_id)
        return orjson.dumps(from_message(entry.message, entry.status.value))

    return await answer_once(context, request_key(configured, idempotency_key, f"cancel {message_id}"), run)


@router.get("/messages/{message_id}/results", operation_id="get_results", responses=gives(Results))
async def results(request: Request, configured: Reader, message_id: MessageIdInPath) -> Response:
    """Who received it, who clicked: totals, by group, failure reasons, and counts by minute.

    `targeted = pending + accepted + invalid + rejected + expired + cancelled` at every moment. `received` counts
    terminals that were delivered to or clicked in groups of which deliveries are reported, else those that were
    accepted or clicked; `click_through_rate` is clicked / received, null while nothing was received. `waiting` says why
    terminals are still pending, where something keeps them waiting.
    """
    context = context_of(request)
    looked = await context.stores.messages.read_envelope(configured.app.name, message_id)
    report = await context.stores.results.report(configured.app, message_id)
    told = {"id": message_id, "status": looked.status.value, "dry_run": looked.envelope.dry_run}
    waiting = await reasons(context, configured, looked, report)
    return answer({**told, **_from_report(report), "waiting": [waiting_body(one) for one in waiting]})


def _created(message: Message, warned: Sequence[FieldError]) -> dict[str, object]:
    return {**from_message(message, Status.SCHEDULED.value), "warnings": _told(warned)}


def _told(warned: Sequence[FieldError]) -> list[dict[str, str]]:
    return [{"field": warning.field, "message": warning.message} for warning in warned]


def _message(
    context: ApiContext, configured: ConfiguredApp, written: MessageBody
) -> tuple[Message, Audience, list[FieldError]]:
    """The domain's message, its audience, and warnings. Raises InvalidRequest that names every fault."""
    now, found, warned = context.clock.now(), list[FieldError](), list[FieldError]()
    content = to_content(written.content, found, warned)
    audience = to_audience(
        written.audience, configured.default_language, context.settings.max_audience, found
    )
    message = Message(
        new_id(now),
        configured.app.name,
        content,
        choose_default(written.default_language, content, configured.default_language, found),
        check_push_time(written.push_time, now, found, warned),
        now,
        summarize(audience),
        to_options(written.options, found),
    )
    if isinstance(audience, ByToken):
        found += _unserved(configured, audience)
    return message, audience, warned + _check(context, configured, message, found)


def _changed(
    context: ApiContext, configured: ConfiguredApp, message: Message, written: ChangeBody
) -> tuple[Message, list[FieldError]]:
    found, warned = list[FieldError](), list[FieldError]()
    content: Mapping[str, ContentBody] | None = written.content
    new = to_content(dict(content), found, warned) if content else dict(message.content)
    default = written.default_language or (
        message.default_language if message.default_language in new else None
    )
    push_at = message.push_at
    if written.push_time is not None:
        push_at = check_push_time(written.push_time, context.clock.now(), found, warned)
    changed = replace(
        message,
        content=new,
        default_language=choose_default(default, new, configured.default_language, found),
        push_at=push_at,
    )
    return changed, warned + _check(context, configured, changed, found)


def _check(
    context: ApiContext, configured: ConfiguredApp, message: Message, found: list[FieldError]
) -> list[FieldError]:
    """Refuse now what no vendor that is meant could carry, and every option that its vendor does not know.

    Returns what single vendors cannot carry, or give another effect than expected.
    """
    told = [*without_effect.of_content(message.content)]
    told += without_effect.of_options(message.options.vendors, configured)
    if not configured.vendors:
        found.append(
            FieldError(
                "audience", f"the app has no vendor; add a section [apps.{configured.app.name}.<vendor>]"
            )
        )
    if not found:
        found += _too_long(context, message)
    if not found:
        fatal, others = vendor_faults.of_message(context, configured, message)
        found += fatal
        told += others
    if found:
        raise InvalidRequest(found)
    return told


def _unserved(configured: ConfiguredApp, audience: ByToken) -> list[FieldError]:
    """The first token of a vendor that exists but that the app is not set up for."""
    for index, item in enumerate(audience.tokens):
        if item.vendor in vendors() and item.vendor not in configured.vendors:
            told = f"is not one the app is set up for; it has: {', '.join(configured.vendors) or 'none'}"
            return [FieldError(f"audience.tokens.{index}.vendor", told)]
    return []


def _too_long(context: ApiContext, message: Message) -> list[FieldError]:
    """The fault of a message that is larger than vendors take in any language, for every look at it costs that much."""
    size, most = len(encode(message)), context.settings.max_message
    if size <= most:
        return []
    told = f"has {size:,} bytes together with the options, at most {most:,} are taken; shorten it"
    return [FieldError("content", told)]


def _from_report(report: Report) -> dict[str, object]:
    return {
        "targeted": report.targeted,
        **report.states,
        "delivered": report.delivered,
        "clicked": report.clicked,
        "muted": report.muted,
        "gone": report.gone,
        "recalled": report.recalled,
        "received": report.received,
        "click_through_rate": report.click_through_rate,
        "groups": [_from_group(group) for group in report.groups],
        "failures": [
            {
                "vendor": failure.vendor,
                "state": failure.state,
                "code": failure.code,
                "reason": failure.reason,
                "count": failure.count,
            }
            for failure in report.failures
        ],
        "timeline": [
            {"at": moment.at.isoformat().replace("+00:00", "Z"), **moment.counts}
            for moment in report.timeline
        ],
        "unknown_reports": dict(report.unknown_reports),
    }


def _from_group(group: GroupCounts) -> dict[str, object]:
    return {
        "vendor": group.vendor,
        "language": group.language,
        "targeted": group.targeted,
        **group.states,
        "delivered": group.delivered,
        "clicked": group.clicked,
        "muted": group.muted,
        "gone": group.gone,
        "recalled": group.recalled,
        "received": group.received,
        "received_from": group.received_from,
        "click_through_rate": group.click_through_rate,
    }
