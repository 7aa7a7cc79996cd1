"""Reads the result of the push of a large message to one terminal from the ledger."""

from dataclasses import replace

from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind
from pushgate.domain.message import Envelope, Status
from pushgate.domain.outcome import State
from pushgate.ledger.slot_records import REST, ShardRecord, SlotRecord, SlotRecords
from pushgate.messages.audiences import MessageAudiences
from pushgate.redis.hash_tags import shard_of
from pushgate.terminals.holders import SlotHolders
from pushgate.terminals.tokens import Tokens
from pushgate.tracking.decisions import Decisions
from pushgate.tracking.explained import ExplainedPush, NotTargeted, Precision
from pushgate.tracking.messages import TrackedMessage
from pushgate.tracking.not_targeted import Named, is_listed, may_have_changed, of_unplanned


class LargePushes:
    """The pushes of all large messages. All calls raise EngineUnavailable."""

    def __init__(
        self,
        *,
        records: SlotRecords,
        tokens: Tokens,
        holders: SlotHolders,
        audiences: MessageAudiences,
        decisions: Decisions,
    ) -> None:
        self._records = records
        self._tokens = tokens
        self._holders = holders
        self._audiences = audiences
        self._decisions = decisions

    async def find(self, app: App, tracked: TrackedMessage, named: Named) -> ExplainedPush | NotTargeted:
        """The result of the push to the terminal, or why there is none."""
        assert tracked.envelope is not None
        if tracked.envelope.audience.kind is AudienceKind.TOKENS:
            return await self._to_token(app, tracked, tracked.envelope, named)
        if named.terminal is None:
            return named.unknown or NotTargeted.UNKNOWN_TOKEN
        shard = shard_of(app, named.terminal)
        slots = [ref.slot for ref in named.registered.slots] if named.registered else []
        record = await self._records.read(app, tracked.id, shard, slots)
        if record.found is None and record.is_planned and may_have_changed(named, tracked.envelope.push_at):
            # The terminal may have been forgotten since, or registered anew: then the registry no
            # longer knows its former slot.
            former = await self._former_slot(app, tracked.id, shard, named.terminal)
            if former is not None:
                record = await self._records.read(app, tracked.id, shard, [former])
        if record.found is not None:
            push = push_of(record.found, tracked.envelope)
            return await self._with_variant(app, shard, push, record.found, tracked.envelope)
        if record.is_held_out:
            return NotTargeted.HELD_OUT
        unplanned = _unplanned(record, tracked)
        return named.unknown or unplanned or await self._why_not(tracked.envelope, named)

    async def _with_variant(
        self, app: App, shard: int, push: ExplainedPush, record: SlotRecord, envelope: Envelope
    ) -> ExplainedPush:
        """The push, with the variant that the terminal gets."""
        split = envelope.split
        if split is None or record.arm is None:
            return push
        if record.arm != REST:
            return replace(push, variant=split.names[record.arm], is_of_rest=False)
        decision = await self._decisions.find_in(app, envelope.id, shard)
        variant = split.names[decision.variant] if decision else None
        return replace(push, variant=variant, is_of_rest=True)

    async def _to_token(
        self, app: App, tracked: TrackedMessage, envelope: Envelope, named: Named
    ) -> ExplainedPush | NotTargeted:
        """The push to a terminal that the message named by its push token."""
        if named.token is None:
            return NotTargeted.UNKNOWN_TERMINAL
        vendor, token = named.token
        shard = shard_of(app, tracked.id)
        (slot,) = await self._tokens.locate_inline(app, shard, tracked.id, [token])
        wanted = [slot.slot] if slot and slot.group.vendor == vendor else []
        record = await self._records.read(app, tracked.id, shard, wanted)
        if record.found is not None:
            return push_of(record.found, envelope)
        return _unplanned(record, tracked) or NotTargeted.NOT_LISTED

    async def _former_slot(self, app: App, message_id: str, shard: int, terminal: str) -> int | None:
        """The slot that a forgotten terminal had, if the message is for that slot; else None."""
        async for slots in self._records.departed(app, message_id, shard):
            found = await self._holders.find(app, shard, terminal, slots)
            if found is not None:
                return found
        return None

    async def _why_not(self, envelope: Envelope, named: Named) -> NotTargeted:
        """Why the message is not for a registered terminal, once it is planned."""
        if envelope.audience.kind is AudienceKind.ALL:
            return NotTargeted.REGISTERED_LATER
        if envelope.audience.kind in (AudienceKind.EXPRESSION, AudienceKind.PART, AudienceKind.STEP):
            return NotTargeted.NOT_IN_AUDIENCE
        if not may_have_changed(named, envelope.push_at):
            return NotTargeted.NOT_LISTED
        reason = NotTargeted.CONTENT_DROPPED
        async for piece in self._audiences.read(envelope.id, envelope.audience):
            if is_listed(piece, named):
                return NotTargeted.REGISTERED_LATER
            reason = NotTargeted.NOT_LISTED
        return reason


def _unplanned(record: ShardRecord, tracked: TrackedMessage) -> NotTargeted | None:
    return of_unplanned(record, is_cancelled=tracked.status is Status.CANCELLED)


def push_of(record: SlotRecord, envelope: Envelope) -> ExplainedPush:
    """The push of a large message as explained. Only failures have the time of their state."""
    is_pending = record.state is State.PENDING
    return ExplainedPush(
        group=record.group,
        state=record.state,
        in_doubt=record.in_doubt,
        failure=record.failure,
        receipts=record.receipts,
        since=record.failed_at,
        precision=Precision.MINUTE if record.failed_at else None,
        due_at=record.due_at,
        expires_at=envelope.expires_at if is_pending else None,
    )
