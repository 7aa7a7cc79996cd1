"""`/v1/messages`: push requests are created, listed, shown, changed and cancelled."""

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from pushgate.api.app_hours import AppHour
from pushgate.api.audit import author_of, note
from pushgate.api.auth import PushCaller, ReadCaller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.creation import CREATE, check, lengths_for, store
from pushgate.api.direct_routes import Answer, DirectRoute
from pushgate.api.http import Model, json_response, parse, read_body
from pushgate.api.http_request import HttpRequest
from pushgate.api.idempotency import IdempotencyKey, request_key, respond_once
from pushgate.api.mapping.audience import to_audience
from pushgate.api.mapping.local_times import to_best_hour
from pushgate.api.mapping.messages import change_message, from_message, from_tracked, from_warnings
from pushgate.api.message_acts import act_once
from pushgate.api.openapi import body_schema, operation, response_schema
from pushgate.api.partial_checks import message_checks
from pushgate.api.schemas.fields import Digits, MessageIdInPath
from pushgate.api.schemas.message_responses import MessagePage, MessageWithWarnings, TrackedMessage
from pushgate.api.schemas.messages import ChangeBody, MessageBody
from pushgate.api.schemas.push_times import BestHourPushTime
from pushgate.api.template_copies import NO_COPIES, TemplateCopies, said_of_template
from pushgate.api.times import Instant
from pushgate.api.traces import traced
from pushgate.apps.audience_check import warn_of_stored_audience
from pushgate.apps.audience_now import check_audience_now
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import check_audience, check_message, warn_of_vendors
from pushgate.apps.personal_check import fill_for_all
from pushgate.cancellation import cancel as cancel_message
from pushgate.content.personal.lengths import NOTHING_KNOWN
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, AudienceKind
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Message, Status
from pushgate.messages.codec import split
from pushgate.messages.idempotency import RequestKey
from pushgate.messages.stored import StoredMessage
from pushgate.runtime import log_context
from pushgate.stores import Stores
from pushgate.tracking.message_search import MessageFilter, find_messages

router = APIRouter(prefix="/v1", tags=["messages"])


async def create(request: HttpRequest, configured: ConfiguredApp, idempotency_key: str | None) -> Answer:
    """Create a push. 202 means that it is stored and will be accounted for.

    `warnings` name what single vendors cannot carry: their terminals will be rejected. They also
    name what a vendor treats otherwise than expected, such as a push without a category.
    `on_too_long` decides about content that is too long for a vendor.
    """
    context = context_of(request)
    written = await _read_message(context, request, MessageBody)
    key = request_key(configured, idempotency_key, CREATE, written)
    with traced(context, request, "POST /v1/messages", configured) as trace:
        checked = check(
            context,
            configured,
            written,
            key,
            author_of(request),
            trace=trace,
            copies=await TemplateCopies(context.stores.templates, configured.app).of(written),
            lengths=await lengths_for(context, configured.app, written),
        )
        created = await store(context, configured, checked)
    log_context.add("message", created.message_id)
    return Answer(202, created.response)


direct_routes = (
    DirectRoute(
        "/v1/messages",
        create,
        operation(
            create,
            operation_id="create_message",
            tag="messages",
            body=body_schema(MessageBody),
            responses=response_schema(MessageWithWarnings, 202, "Stored"),
        ),
    ),
)


def _filter(
    status: Status | None = None,
    q: Annotated[
        str, Query(max_length=100, description="words that must all occur in title, body or id, in any case")
    ] = "",
    created_after: Annotated[Instant | None, Query(description="messages created from this time on")] = None,
    created_before: Annotated[Instant | None, Query(description="messages created before this time")] = None,
) -> MessageFilter:
    if created_after and created_before and created_after >= created_before:
        raise InvalidRequest([FieldError("created_before", "must be later than created_after")])
    return MessageFilter(
        status=status, words=q.split(), created_after=created_after, created_before=created_before
    )


@router.get("/messages", operation_id="list_messages", responses=response_schema(MessagePage))
async def page(
    request: Request,
    configured: ReadCaller,
    wanted: Annotated[MessageFilter, Depends(_filter)],
    cursor: Annotated[str | None, Query(pattern=r"^[0-9a-f]{30}$")] = None,
    limit: Annotated[int, Digits, Query(ge=1, le=100)] = 20,
) -> Response:
    """The app's messages, newest first. `next_cursor` leads to the next page; null is the end.

    A page of very long messages ends before its `limit`, once it holds 1 MB of them. A page may
    also be short, or even empty, where few messages have the wanted `status`, words or time: go on
    with `next_cursor`.
    """
    messages = context_of(request).stores.tracked.messages
    found = await find_messages(messages, configured.app, wanted, cursor, limit)
    return json_response(
        {
            "messages": [from_tracked(tracked) for tracked in found.messages],
            "next_cursor": found.next_cursor,
        }
    )


@router.get("/messages/{message_id}", operation_id="get_message", responses=response_schema(TrackedMessage))
async def show(
    request: Request,
    configured: ReadCaller,
    message_id: MessageIdInPath,
    include: Annotated[
        str | None, Query(pattern="^audience$", description="`audience`: list it whole")
    ] = None,
) -> Response:
    """A message with its status. Instead of each list in its audience, the length of the list is
    shown.

    Where `content_retention` is shorter than `retention`, a message's content is dropped before its
    results: `content_dropped` is true, and lost fields are null.
    """
    stores = context_of(request).stores
    tracked = await stores.tracked.messages.find(configured.app, message_id)
    body = from_tracked(tracked)
    if include is not None and tracked.envelope and tracked.envelope.audience.kind is not AudienceKind.ALL:
        kind = tracked.envelope.audience.kind
        if whole := await _whole_audience(stores, configured.app, message_id, kind):
            body["audience"] = whole
    return json_response(body)


async def _whole_audience(stores: Stores, app: App, message_id: str, kind: AudienceKind) -> object:
    """Return the message's audience as JSON, None for an expression that was dropped with the
    content. It is stored in this form, so nothing is decoded.
    """
    account = await stores.tracked.messages.account(app, message_id, slots=False)
    if account is None or account.message is None:
        pieces = [raw async for raw in stores.audiences.read_raw(message_id)]
    else:
        pieces = list(split(account.message.audience)[1])
    if kind in (AudienceKind.EXPRESSION, AudienceKind.STEP):
        return orjson.Fragment(pieces[0]) if pieces else None
    return {kind.value: orjson.Fragment(b"[" + b",".join(raw[1:-1] for raw in pieces) + b"]")}


@router.patch(
    "/messages/{message_id}",
    operation_id="change_message",
    responses=response_schema(MessageWithWarnings),
    openapi_extra=body_schema(ChangeBody),
)
async def change(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Change the push time, content or audience of a message that is still scheduled, or the values
    for its placeholders. `warnings` as at its creation.
    """
    context = context_of(request)
    written = await _read_message(context, request, ChangeBody)
    if not any(getattr(written, name) is not None for name in written.model_fields_set):
        raise InvalidRequest(
            [FieldError("body", f"name at least one of {', '.join(ChangeBody.model_fields)}")]
        )
    change_request = _Change(context, configured, written)

    async def run() -> bytes:
        response = await change_request.run(message_id, key)
        await note(request, "message.changed", message_id, fields=",".join(sorted(written.model_fields_set)))
        return response

    key = request_key(configured, idempotency_key, f"change {message_id}", written)
    return await respond_once(context, key, run)


@router.post(
    "/messages/{message_id}/cancel", operation_id="cancel_message", responses=response_schema(TrackedMessage)
)
async def cancel(
    request: Request,
    configured: PushCaller,
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Stop a message before or during sending: its pending terminals become `cancelled`.
    Idempotent.
    """
    act = cancel_message
    return await act_once(
        request, configured, message_id, idempotency_key, act, "cancel", "message.cancelled"
    )


class _Change:
    """A change of a scheduled message. It may be tried several times, when others change the
    message too.
    """

    def __init__(self, context: ApiContext, configured: ConfiguredApp, written: ChangeBody) -> None:
        self._context = context
        self._configured = configured
        self._written = written
        self._audience_errors: list[FieldError] = []
        self._audience_warnings: list[FieldError] = []
        self._audience = self._read_audience()
        self._message_warnings: list[FieldError] = []
        self._copies = NO_COPIES
        self._app_hour: AppHour | None = None
        self._lengths = NOTHING_KNOWN

    def _read_audience(self) -> Audience | None:
        if self._written.audience is None:
            return None
        configured, errors = self._configured, self._audience_errors
        audience = to_audience(
            self._written.audience, configured.default_language, self._context.settings.max_audience, errors
        )
        errors += check_audience(configured, audience)
        return audience

    async def run(self, message_id: str, key: RequestKey | None) -> bytes:
        """Change the message; returns the response as JSON."""
        app, stores = self._configured.app, self._context.stores
        self._copies = await TemplateCopies(stores.templates, app).of(self._written)
        if isinstance(push_time := self._written.push_time, BestHourPushTime) and not push_time.fallback:
            best_hour = to_best_hour(push_time, self._configured.timezone, self._context.clock.now())
            self._app_hour = AppHour(await stores.click_hours.best_of_app(app, best_hour))
        self._lengths = await stores.attribute_lengths.read(app)
        if self._audience is None:
            self._audience_warnings = await warn_of_stored_audience(stores, app, message_id)
        elif not self._audience_errors:
            found = await check_audience_now(
                stores, app, self._audience, message_id, is_required=await self._is_required(message_id)
            )
            self._audience_errors = found.errors
            self._audience_warnings = found.warnings + warn_of_vendors(self._configured, self._audience)
        changed = await stores.tracked.changes.reschedule(app, message_id, self._apply, key, self._audience)
        return self._response(changed)

    async def _is_required(self, message_id: str) -> bool:
        """Whether the message requires its audience. Raises NotFound."""
        found = await self._context.stores.tracked.messages.find(self._configured.app, message_id)
        return found.message is not None and found.message.options.require_audience

    def _apply(self, message: Message) -> Message:
        context, configured = self._context, self._configured
        changed, errors, warnings = change_message(
            message,
            self._written,
            self._audience,
            configured,
            context.clock.now(),
            self._copies,
        )
        if self._app_hour:
            changed, unknown = self._app_hour.put(changed)
            warnings += unknown
        unused = list[FieldError]()
        if self._copies.content:
            changed, unused = fill_for_all(changed)
        errors += self._audience_errors
        try:
            warnings += check_message(
                configured,
                changed,
                context.callbacks.sign,
                context.settings.max_message,
                errors,
                self._lengths,
            )
        except InvalidRequest as error:
            raise InvalidRequest(_said(error.errors, changed)) from error
        self._message_warnings = _said([*warnings, *unused], changed)
        return changed

    def _response(self, stored: StoredMessage) -> bytes:
        warnings = from_warnings([*self._message_warnings, *self._audience_warnings])
        return orjson.dumps({**from_message(stored), "warnings": warnings})


def _said(found: Sequence[FieldError], message: Message) -> list[FieldError]:
    return said_of_template(found, message.template) if message.template else list(found)


async def _read_message(context: ApiContext, request: HttpRequest, model: type[Model]) -> Model:
    """Return the body of a request that creates or changes a message. Raises as `parse` does."""
    body = await read_body(request, context.settings.max_body)
    return parse(body, model, message_checks(context.clock.now(), context.settings.max_audience))
