"""Plans claimed messages: finds the targeted terminals, and writes them shard by shard as pending
slots.

Harmless to repeat: a shard that has its plan keeps it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Coroutine, Sequence
from contextlib import aclosing
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.audience import (
    Audience,
    AudienceKind,
    ByTerminal,
    ByToken,
    ByUser,
    OnePerUser,
    OutcomeTerm,
)
from pushgate.domain.bitmaps import union
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound
from pushgate.domain.escalation import Escalates
from pushgate.domain.message import Delivery, Envelope
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.grouping.assignment import Assigned
from pushgate.grouping.selection import Selection, blocks_of, merge, select
from pushgate.ledger.plan_portions import Deferred
from pushgate.ledger.shard_scripts import SHARDS_AT_ONCE
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.redis.hash_tags import shard_of
from pushgate.runtime import logs
from pushgate.runtime.in_order import run_in_order
from pushgate.scheduler import step_plans
from pushgate.scheduler.family_plans import FamilyPlans
from pushgate.scheduler.left_out import Judged, LeavingOut
from pushgate.scheduler.planned_rows import by_time, has_expired, planned_rows
from pushgate.scheduler.whole_audience import whole_audience
from pushgate.stores import Stores
from pushgate.terminals.inline_tokens import InlineNumbering

_PLAN_LOST = "the record of what was sent to this shard was lost, and the message asked not to be sent twice"
_SENT_PLAN_LOST = "the record of what was sent to this shard was lost"

_Work = Coroutine[None, None, tuple[int, list[Block]]]
"""Plans one shard; returns its number, and its blocks with pending slots."""
_log = logs.get("scheduler")


class Planner:
    """Plans messages. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def plan(
        self, message: Envelope, configured: ConfiguredApp
    ) -> AsyncGenerator[tuple[int, list[Block]]]:
        """Plan every shard, several at once; yields each shard's number with its blocks that have
        pending slots, in rising order.

        If the message's failures are sent again, these become pending. Otherwise, shards without a
        plan get one.
        """
        plan_shards = self._resume if message.resend else self._write
        async with (
            aclosing(plan_shards(message, configured)) as work,
            aclosing(run_in_order(work, SHARDS_AT_ONCE)) as planned,
        ):
            async for shard in planned:
                yield shard

    async def _resume(self, message: Envelope, configured: ConfiguredApp) -> AsyncGenerator[_Work]:
        """For each shard, the work that makes its failures pending."""
        for message_shard in self._message_shards(message, configured):
            yield self._resume_shard(message, configured, message_shard)

    async def _write(
        self, message: Envelope, configured: ConfiguredApp, lost: str = ""
    ) -> AsyncGenerator[_Work]:
        """For each shard, the work that writes its plan, unless it has one. `lost` says why nothing
        may be sent where the plan was lost.
        """
        app, keep_until = configured.app, self._stores.retention.keep_until(message)
        unplanned = frozenset(await self._stores.plans.unplanned(app, message.id))
        if unplanned and await self._must_not_be_sent_again(message):
            lost = _PLAN_LOST
        # Before the decision, nothing was sent to the rest.
        decisions = self._stores.tracked.decisions
        is_rest_lost = bool(lost) and await decisions.find(app, message.id) is not None
        family = await FamilyPlans.begin(self._stores, app, message.part) if message.part else None
        if family:
            await self._plan_lost_parts(family, configured)
        leaving_out = await LeavingOut.begin(self._stores, self._clock, message, configured, unplanned)
        async with aclosing(self._select(app, message, keep_until, unplanned, family)) as selections:
            for message_shard in self._message_shards(message, configured):
                if message_shard.shard in unplanned:
                    _, selection = await anext(selections)
                    if family:
                        await family.require_plans(message_shard.shard)
                    assigned = await self._assign(message_shard, message, selection)
                    is_over = has_expired(message, self._clock.now())
                    # Slots that may have been sent are not judged: terminals may have the push.
                    maybe_sent, now, later = by_time(assigned, lost, is_rest_lost=is_rest_lost)
                    judged = await leaving_out.among(message_shard, now, sends=not is_over)
                    rows = [
                        *planned_rows(configured, maybe_sent, Judged(), lost, is_over=is_over),
                        *planned_rows(configured, now, judged, is_over=is_over),
                        *planned_rows(configured, later, Judged(), is_over=is_over),
                    ]
                    yield self._write_shard(message_shard, rows, assigned, judged)
                else:
                    yield self._read_shard(message_shard)

    async def _plan_lost_parts(self, family: FamilyPlans, configured: ConfiguredApp) -> None:
        """Plan earlier parts again that lost their plans in some shard. Recovery submits the slots
        that are then pending; a part that was already sent has none.
        """
        for envelope, was_sent in await family.lost():
            _log.warning("plan lost, planned again", action="plan_lost", message=envelope.id)
            await self._stores.open_shards.open(configured.app, envelope.id)
            write = self._write(envelope, configured, _SENT_PLAN_LOST if was_sent else "")
            async with aclosing(write) as work, aclosing(run_in_order(work, SHARDS_AT_ONCE)) as planned:
                async for _ in planned:
                    pass

    def _message_shards(self, message: Envelope, configured: ConfiguredApp) -> list[MessageShard]:
        app, keep_until = configured.app, self._stores.retention.keep_until(message)
        return [MessageShard(app, shard, message.id, keep_until) for shard in range(app.shards)]

    async def _resume_shard(
        self, message: Envelope, configured: ConfiguredApp, message_shard: MessageShard
    ) -> tuple[int, list[Block]]:
        assert message.resend is not None
        await self._stores.plans.resume(message_shard, message.resend, sorted(configured.vendors))
        return await self._read_shard(message_shard)

    async def _assign(self, message_shard: MessageShard, message: Envelope, selection: Selection) -> Assigned:
        """The terminals of a shard by the message's variants, where it has any."""
        if message.split is None:
            return Assigned(selection)
        assign = self._stores.assignment.assign
        return await assign(message_shard.app, message_shard.shard, message.split, message.id, selection)

    async def _write_shard(
        self, message_shard: MessageShard, rows: Sequence[Planned], assigned: Assigned, judged: Judged
    ) -> tuple[int, list[Block]]:
        deferred = Deferred(blocks_of(judged.held), judged.held_until) if judged.held_until else None
        if await self._stores.plans.write(
            message_shard, rows, assigned.arms, assigned.held_out, assigned.rest, deferred
        ):
            blocks = {row.block: None for row in rows if row.state is State.PENDING}
            return message_shard.shard, list(blocks)
        return await self._read_shard(message_shard)

    async def _read_shard(self, message_shard: MessageShard) -> tuple[int, list[Block]]:
        return message_shard.shard, await self._stores.pending.blocks(message_shard)

    async def _must_not_be_sent_again(self, message: Envelope) -> bool:
        """Whether shards without a plan may have been sent, and must not be sent twice."""
        if message.delivery is not Delivery.AT_MOST_ONCE:
            return False
        return await self._stores.claims.was_replanned(message.id)

    async def _select(
        self,
        app: App,
        message: Envelope,
        keep_until: datetime,
        shards: Collection[int],
        family: FamilyPlans | None,
    ) -> AsyncGenerator[tuple[int, Selection], None]:
        """The targeted slots of each of these shards, in rising order.

        Samples without a seed of their own take the message's id. Tokens that came with the message
        get slots of its own shard.
        """
        if message.escalates:
            found = await self._select_step(app, message, message.escalates, shards)
        elif family or message.audience.kind in (AudienceKind.ALL, AudienceKind.EXPRESSION):
            async for resolved in self._resolve(app, message, shards, family):
                yield resolved
            return
        else:
            found = await self._locate(app, message, keep_until)
        for shard in sorted(shards):
            yield shard, found[shard]

    async def _select_step(
        self, app: App, message: Envelope, step: Escalates, shards: Collection[int]
    ) -> Sequence[Selection]:
        """The slots that a step is for, one selection for each shard."""
        # Also checked before reading, because a plan may be made again while the others are read.
        await step_plans.require(self._stores, app, step)
        taken = await self._taken(app, message, shards)
        beside = await self._stores.escalations.beside(step)
        found = await self._stores.step_audiences.select(app, beside, taken)
        await step_plans.require(self._stores, app, step)
        return found

    async def _locate(self, app: App, message: Envelope, keep_until: datetime) -> Sequence[Selection]:
        """The slots of a listed audience, one selection for each shard."""
        selected: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        numbering, message_shard = InlineNumbering(), shard_of(app, message.id)
        async for piece in self._stores.audiences.read(message.id, message.audience):
            if isinstance(piece, ByToken):
                inline = numbering.number(piece.tokens)
                await self._stores.tokens.store_inline(app, message_shard, message.id, inline, keep_until)
                merge(selected[message_shard], select(inline.slots()))
            elif isinstance(piece, ByTerminal | ByUser):
                resolved = await self._stores.resolver.locate(app, piece)
                for merged, selection in zip(selected, resolved, strict=True):
                    merge(merged, selection)
        return selected

    async def _resolve(
        self, app: App, message: Envelope, shards: Collection[int], family: FamilyPlans | None
    ) -> AsyncIterator[tuple[int, Selection]]:
        """The slots that an expression holds in each of these shards."""
        expression = await whole_audience(self._stores, app, message, family)
        left = sorted(shards)
        try:
            chosen = await self._chosen(app, message, expression, shards)
            # A sample of a family is the same in each of its parts.
            seed = message.part.family if message.part else message.id
            resolved = self._stores.resolver.resolve(app, expression, seed, left, chosen)
            async for shard, selection in resolved:
                left.remove(shard)
                yield shard, selection
        except NotFound:
            # Without the forgotten message, the audience might hold more terminals than it should.
            _log.warning(
                "the audience names a message that is forgotten",
                action="outcome_lost",
                app=app.name,
                message=message.id,
            )
            for shard in left:
                yield shard, {}

    async def _chosen(
        self, app: App, message: Envelope, expression: Audience, shards: Collection[int]
    ) -> dict[int, dict[int, int]]:
        """The terminals that other shards have already chosen, where the audience takes one
        terminal of each user.

        A new choice might give a user a second push, because other terminals have been seen since.
        """
        return await self._taken(app, message, shards) if isinstance(expression, OnePerUser) else {}

    async def _taken(self, app: App, message: Envelope, shards: Collection[int]) -> dict[int, dict[int, int]]:
        """The slots that the message is for, or will be for once quiet hours end, in the planned
        shards that are not among `shards`.
        """
        terms = self._stores.outcome_terms
        planned = [shard for shard in range(app.shards) if shard not in shards]
        taken = {shard: await terms.read(app, shard, OutcomeTerm.TARGETED, message.id) for shard in planned}
        if message.waits_in_quiet_hours:
            deferred = await self._stores.deferred_slots.by_shard(app, message.id)
            for shard in taken.keys() & deferred:
                taken[shard] = union(taken[shard], await terms.present(app, shard, deferred[shard]))
        return taken
