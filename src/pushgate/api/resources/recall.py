"""`/v1/messages/{id}/recall`: what was sent is taken back, where the vendor can."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response

from pushgate.adapters.contract import Prepared, Push, SupportsRecall
from pushgate.api.auth import caller, context_of
from pushgate.api.context import ApiContext
from pushgate.api.idempotency import IdempotencyKey, answer_once, request_key
from pushgate.api.openapi import gives
from pushgate.api.request_schemas import MessageIdInPath
from pushgate.api.response_schemas import Recall
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain import bitmaps
from pushgate.domain.app import Scope
from pushgate.domain.errors import Conflict, PayloadRejected, VendorError
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import Outcome, ReceiptKind, SlotRef, State
from pushgate.ledger.pending import Block
from pushgate.messages.stored import StoredMessage

router = APIRouter(prefix="/v1", tags=["messages"])
RECALLS_FOR = 20.0
"""Seconds for which one call goes on taking back; another one goes on from there."""
_AT_ONCE = 8


@dataclass(slots=True)
class _Part:
    """How it went with one vendor."""

    vendor: str
    prepared: Prepared | None = None
    had: bool = False
    """Whether there was any terminal that has it, or may have it."""
    recalled: int = 0
    failed: int = 0
    left: int = 0
    reason: str | None = None

    def told(self) -> dict[str, object]:
        """As JSON."""
        return {
            "vendor": self.vendor,
            "can_recall": self.prepared is not None,
            "recalled": self.recalled,
            "failed": self.failed,
            "left": self.left,
            "reason": self.reason,
        }


@router.post("/messages/{message_id}/recall", operation_id="recall_message", responses=gives(Recall))
async def recall(
    request: Request,
    configured: Annotated[ConfiguredApp, Depends(caller(Scope.PUSH))],
    message_id: MessageIdInPath,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Stop a message and take it back from the terminals that have it, where their vendor can do that.

    Each vendor that took it is told with what came of it: `can_recall`, the terminals `recalled` by this call, those
    that `failed`, those `left` when the call's time was over (call again to go on), and the `reason` where something
    is in the way. Terminals whose vendor gave no answer may have it, and are
    asked for it too. A notification that was replaced under a `collapse_key` goes with its successor. Idempotent; to go on
    under an `Idempotency-Key`, take a new key.
    """
    context = context_of(request)
    key = request_key(configured, idempotency_key, f"recall {message_id}")
    return await answer_once(context, key, lambda: _recall(context, configured, message_id))


async def _recall(context: ApiContext, configured: ConfiguredApp, message_id: str) -> bytes:
    entry = await context.stores.messages.read(configured.app.name, message_id)
    if entry.message.options.dry_run:
        raise Conflict("the message is a dry run: nothing is delivered; cancel it, if it is still scheduled")
    entry = await _stopped(context, configured, entry)
    message = entry.message
    report = await context.stores.results.report(configured.app, message_id)
    took = {group.vendor for group in report.groups if group.states[State.ACCEPTED]}
    vendors = sorted({group.vendor for group in report.groups})
    until = asyncio.get_running_loop().time() + RECALLS_FOR
    asked = [await _from_vendor(context, configured, message, vendor, until) for vendor in vendors]
    parts = [part for part in asked if part.vendor in took or part.had]
    told = {
        "id": message_id,
        "status": entry.status.value,
        "recalled": sum(part.recalled for part in parts),
        "left": sum(part.left for part in parts),
        "vendors": [part.told() for part in parts],
    }
    return orjson.dumps(told)


async def _stopped(context: ApiContext, configured: ConfiguredApp, entry: StoredMessage) -> StoredMessage:
    """The message, of which nothing more is sent but what is in flight."""
    message_id = entry.message.id
    if entry.status is not Status.SENT:
        with suppress(Conflict):  # it has just been sent to its end
            entry = await context.stores.messages.cancel(configured.app.name, message_id)
        keep_until = context.stores.retention.keep_until(entry.message)
        await context.stores.pending.end(configured.app, message_id, keep_until, State.CANCELLED)
    return entry


async def _from_vendor(
    context: ApiContext, configured: ConfiguredApp, message: Message, vendor: str, until: float
) -> _Part:
    part = _Part(vendor)
    shown = [
        (shard, block, bits)
        for shard in range(configured.app.shards)
        for block, bits in (
            await context.stores.results.recallable(configured.app, message.id, shard, [vendor])
        ).items()
    ]
    part.left = sum(bits.bit_count() for _, _, bits in shown)
    part.had = bool(shown)
    adapter: object = configured.vendors.get(vendor)
    if not isinstance(adapter, SupportsRecall):
        part.reason = "the vendor cannot" if adapter else "the app has no settings for the vendor any more"
        return part
    content = message.content[message.default_language]
    try:
        part.prepared = adapter.recall(Push(message.id, content, message.options, message.expires_at, ""))
        for start in range(0, len(shown), _AT_ONCE):
            if asyncio.get_running_loop().time() >= until:
                part.reason = "the time of this call is over; call again to go on"
                break
            some = shown[start : start + _AT_ONCE]
            taking = (_from_block(context, configured, message, part, *item) for item in some)
            for failure in filter(None, await asyncio.gather(*taking, return_exceptions=True)):
                raise failure
    except PayloadRejected as error:
        part.reason = str(error)
    except VendorError as error:
        part.reason = f"{error.code}: {error.reason}"
    return part


async def _from_block(
    context: ApiContext,
    configured: ConfiguredApp,
    message: Message,
    part: _Part,
    shard: int,
    block: Block,
    bits: int,
) -> None:
    """Take it back from these slots and record from which it was. Raises VendorError."""
    assert part.prepared is not None
    app, group, first = configured.app, block.group, block.number * bitmaps.SLOTS_PER_BLOCK
    tokens = await context.stores.tokens.read(app, shard, message.id, group, block.number, bits)
    part.left -= bits.bit_count() - len(tokens)  # whoever was forgotten since cannot be reached
    offsets, texts, done = list(tokens), list(tokens.values()), list[int]()
    try:
        async for indexes, verdict in part.prepared.send(texts, lambda: True):
            if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
                part.reason = f"{verdict.code}: {verdict.reason}; call again to go on"
                continue
            part.left -= len(indexes)
            if verdict.outcome is Outcome.ACCEPTED:
                done += [offsets[index] for index in indexes]
            else:
                part.failed += len(indexes)
                part.reason = f"{verdict.code}: {verdict.reason}"
    finally:
        slot_refs: list[list[SlotRef]] = [[SlotRef(shard, group, first + offset)] for offset in done]
        keep_until = context.stores.retention.keep_until(message)
        verdicts = await context.stores.results.record_receipts(
            ReceiptKind.RECALLED, app, message.id, slot_refs, keep_until
        )
        part.recalled += verdicts.count(1)
