"""`/v1/receipts`: what vendors report. No API key: the address cannot be guessed, and some vendors sign."""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from pushgate.adapters.contract import (
    InvalidSignature,
    MissingSignature,
    ReceiptEvent,
    ReceiptParser,
    ReportedEvent,
)
from pushgate.adapters.registry import vendors
from pushgate.api.auth import context_of
from pushgate.api.context import ApiContext
from pushgate.api.problems import document, respond
from pushgate.api.reporting import record, reported
from pushgate.api.request_schemas import VendorInPath
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import NotConfiguredHere, TooLarge, UnreadableBody
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.ledger.totals import Unknown
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE
from pushgate.runtime import logs
from pushgate.terminals.registry import DeadToken
from pushgate.terminals.removal_guard import DeadShare

router = APIRouter(prefix="/v1/receipts", tags=["callbacks"])
MAX_BODY = 2 * 1024 * 1024
MAX_NOTICES = 50_000
_AT_ONCE = 5000
_ONCE = timedelta(minutes=30)  # longer than a signature holds, on both sides of now
_BYTES = {"type": "string", "format": "binary", "description": "in the vendor's own form and media type"}
_OBJECT = {"type": "object", "additionalProperties": True}
_RECEIPTS = {
    ReportedEvent.DELIVERED: ReceiptKind.DELIVERED,
    ReportedEvent.CLICKED: ReceiptKind.CLICKED,
    ReportedEvent.MUTED: ReceiptKind.MUTED,
    ReportedEvent.INVALID: ReceiptKind.GONE,
}
_log = logs.get("api")


@router.post(
    "/{vendor}/{app}/{secret}",
    operation_id="receive_receipts",
    responses={
        200: {"description": "The vendor's own form", "content": {"application/json": {"schema": _OBJECT}}}
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": _BYTES}}}
    },
)
async def receive(request: Request, vendor: VendorInPath, app: str, secret: str) -> Response:
    """A vendor's callback, in its own form and answered as it wants. Idempotent.

    `pushgate receipts` prints the address for each app and vendor. What is about another message, or cannot be read,
    changes nothing.
    """
    context = context_of(request)
    configured, inbox = _addressed(context, vendor, app, secret)
    body = await _body(request)
    now = context.clock.now()
    try:
        nonce = inbox.verify(request.headers, body, now)
    except InvalidSignature as error:
        if isinstance(error, MissingSignature) and _tells_nothing(inbox, body):
            return Response(inbox.answer, media_type="application/json")
        _log.warning("receipt refused", action="receipt_refused", app=app, vendor=vendor, reason=str(error))
        return respond(document(ProblemCode.NOT_GENUINE, str(error)))
    try:
        notices = inbox.read(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not in {vendor}'s form") from error
    if len(notices) > MAX_NOTICES:
        raise TooLarge(f"a callback may tell of {MAX_NOTICES} events")
    once = f"{QUEUE}:nonce:{app}:{vendor}:{nonce}"
    async with reaching():
        if nonce is None or not await context.redis.exists(once):
            for start in range(0, len(notices), _AT_ONCE):
                await _take(context, configured, vendor, notices[start : start + _AT_ONCE])
            # Noted afterwards: a vendor that was answered with an error sends the same again.
            if nonce is not None:
                await context.redis.set(once, b"", px=_ONCE // timedelta(milliseconds=1))
    return Response(inbox.answer, media_type="application/json")


def _tells_nothing(inbox: ReceiptParser, body: bytes) -> bool:
    """Whether a callback has no event in it: the test of Huawei's console has none, and no
    signature (docs/reference/vendors/huawei.md#receipts).
    """
    try:
        return not inbox.read(body)
    except (ValueError, RecursionError):
        return False


def _addressed(
    context: ApiContext, vendor: str, app: str, secret: str
) -> tuple[ConfiguredApp, ReceiptParser]:
    """Whose address it is. A wrong one is nothing at all, whatever is wrong about it. Raises NotConfiguredHere."""
    configured = context.catalog.apps.get(app)
    found = configured.vendors.get(vendor) if configured else None
    adapter = found.adapter if found else None
    holds = hmac.compare_digest(context.callbacks.address(vendor, app).encode(), secret.encode())
    if not holds or vendor not in vendors() or (adapter and not adapter.inbox):
        raise HTTPException(404)
    if not (configured and adapter and adapter.inbox):
        # The address is genuine. Vendors repeat what was not taken, perhaps to a process that has the settings.
        raise NotConfiguredHere(f"this process has no settings for {vendor} of the app {app}")
    return configured, adapter.inbox


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge(f"the body may have {MAX_BODY} bytes")
    return bytes(body)


async def _take(
    context: ApiContext, configured: ConfiguredApp, vendor: str, notices: Sequence[ReceiptEvent]
) -> None:
    """Count what is of this app's messages and the vendor's terminals; what is not is counted by itself."""
    by_message: dict[str, list[ReceiptEvent]] = {}
    for notice in notices:
        by_message.setdefault(notice.message_id, []).append(notice)
    for message_id, some in by_message.items():
        message = await reported(context, configured, message_id)
        for event, receipt in _RECEIPTS.items():
            told = [notice for notice in some if notice.event is event]
            if told and message is None:
                await context.stores.totals.note_unknown(
                    configured.app.name, vendor, receipt, Unknown.MESSAGE, len(told)
                )
            elif told and message and event is ReportedEvent.INVALID:
                await _forget(context, configured, vendor, message, told)
            elif told and message:
                await record(context, configured, receipt, message, [notice.token for notice in told], vendor)


async def _forget(
    context: ApiContext,
    configured: ConfiguredApp,
    vendor: str,
    message: Envelope,
    gone: Sequence[ReceiptEvent],
) -> None:
    """Forget the message's terminals that are reported dead, unless that is so many of all that took it that it is not to
    be believed. Each is judged against the whole message: a callback may tell of nothing but dead ones."""
    app, tokens = configured.app, [notice.token for notice in gone]
    verdicts = await record(context, configured, ReceiptKind.GONE, message, tokens, vendor)
    now, normalize_token = context.clock.now(), vendors()[vendor].normalize_token
    # Where the vendor does not say when, or says a time to come, whoever was registered after the push is not meant.
    dead = [
        DeadToken(
            normalize_token(notice.token), notice.at if notice.at and notice.at <= now else message.push_at
        )
        for notice, verdict in zip(gone, verdicts, strict=True)
        if verdict >= 0
    ]
    groups = [
        group
        for group in (await context.stores.results.report(app, message.id)).groups
        if group.vendor == vendor
    ]
    took = sum(group.states[State.ACCEPTED] for group in groups)
    if context.stores.removal_guard.distrusts_receipts(DeadShare(took, sum(group.gone for group in groups))):
        await context.stores.totals.hold(app.name, vendor, verdicts.count(1))
    elif dead:
        await context.stores.registry.forget_dead(app, vendor, dead)
