"""Who is targeted by a claimed message, written shard by shard as pending slots.

Harmless to repeat: a shard that has its plan keeps it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Coroutine, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    AudienceKind,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
    HadOutcome,
    LocalTimeCame,
    Not,
    OnePerUser,
    OutcomeTerm,
)
from pushgate.domain.clock import Clock
from pushgate.domain.errors import NotFound
from pushgate.domain.family import Part
from pushgate.domain.message import Delivery, Envelope
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.terminal import Group
from pushgate.grouping.assignment import Assigned
from pushgate.grouping.selection import Selection, merge, select
from pushgate.ledger.shard_scripts import SHARDS_AT_ONCE
from pushgate.ledger.values import Block, Failure, MessageShard, Planned, not_configured
from pushgate.redis.hash_tags import shard_of
from pushgate.runtime import logs
from pushgate.runtime.in_order import run_in_order
from pushgate.scheduler.left_out import LeavingOut, LeftOut
from pushgate.stores import Stores
from pushgate.terminals.inline_tokens import InlineNumbering

_PLAN_LOST = "the record of what was sent to this shard was lost, and the message asked not to be sent twice"

_Work = Coroutine[None, None, tuple[int, list[Block]]]
"""Plans one shard; returns its number, and its blocks with pending slots."""
_log = logs.get("scheduler")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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

        Where the message's failures are sent again, they become pending. Otherwise shards without a
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
        """For each shard: its failures become pending."""
        for message_shard in self._message_shards(message, configured):
            yield self._resume_shard(message, configured, message_shard)

    async def _write(self, message: Envelope, configured: ConfiguredApp) -> AsyncGenerator[_Work]:
        """For each shard: it gets its plan, unless it has one."""
        app, keep_until = configured.app, self._stores.retention.keep_until(message)
        unplanned = frozenset(await self._stores.plans.unplanned(app, message.id))
        plan_lost = bool(unplanned) and await self._must_not_be_sent_again(message)
        leaving_out = await LeavingOut.begin(self._stores, self._clock, message, configured, unplanned)
        async with aclosing(self._select(app, message, keep_until, unplanned)) as selections:
            for message_shard in self._message_shards(message, configured):
                if message_shard.shard in unplanned:
                    _, selection = await anext(selections)
                    assigned = await self._assign(message_shard, message, selection)
                    sends = not plan_lost and self._clock.now() < message.expires_at
                    left_out = await leaving_out.among(message_shard, assigned.selection, sends=sends)
                    rows = list(
                        self._rows(message, configured, assigned.selection, left_out, plan_lost=plan_lost)
                    )
                    yield self._write_shard(message_shard, rows, assigned)
                else:
                    yield self._read_shard(message_shard)

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
        self, message_shard: MessageShard, rows: Sequence[Planned], assigned: Assigned
    ) -> tuple[int, list[Block]]:
        if await self._stores.plans.write(message_shard, rows, assigned.arms, assigned.held_out):
            return message_shard.shard, [row.block for row in rows if row.state is State.PENDING]
        return await self._read_shard(message_shard)

    async def _read_shard(self, message_shard: MessageShard) -> tuple[int, list[Block]]:
        return message_shard.shard, await self._stores.pending.blocks(message_shard)

    async def _must_not_be_sent_again(self, message: Envelope) -> bool:
        """Whether shards without a plan may have been sent, and must not be sent twice."""
        if message.delivery is not Delivery.AT_MOST_ONCE:
            return False
        return await self._stores.claims.was_replanned(message.id)

    async def _select(
        self, app: App, message: Envelope, keep_until: datetime, shards: Collection[int]
    ) -> AsyncGenerator[tuple[int, Selection], None]:
        """The targeted slots of each of these shards, in rising order.

        Samples without a seed of their own take the message's id. Tokens that came with the message
        get slots of its own shard.
        """
        if message.part:
            async for found in self._resolve(app, message, shards):
                yield found
            return
        if message.audience.kind in (AudienceKind.ALL, AudienceKind.EXPRESSION):
            async for found in self._resolve(app, message, shards):
                yield found
            return
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
        for shard in sorted(shards):
            yield shard, selected[shard]

    async def _resolve(
        self, app: App, message: Envelope, shards: Collection[int]
    ) -> AsyncIterator[tuple[int, Selection]]:
        """The slots that an expression holds in each of these shards."""
        part = message.part
        expression = await self._expression(app, message, part)
        left = sorted(shards)
        try:
            chosen = await self._chosen(app, message, expression, shards)
            # A sample of a family is the same in each of its parts.
            seed = part.family if part else message.id
            resolved = self._stores.resolver.resolve(app, expression, seed, left, chosen)
            async for shard, selection in resolved:
                left.remove(shard)
                yield shard, selection
        except NotFound:
            # Without a part of it, the audience might hold more terminals than it should.
            _log.warning(
                "the audience names a message that is forgotten",
                action="outcome_lost",
                app=app.name,
                message=message.id,
            )
            for shard in left:
                yield shard, {}

    async def _expression(self, app: App, message: Envelope, part: Part | None) -> Audience:
        """The audience of a message as one expression. One that is lost holds nobody."""
        owner, summary = (part.family, part.audience) if part else (message.id, message.audience)
        pieces = [
            await self._stores.saved_audiences.expand(app, piece)
            async for piece in self._stores.audiences.read(owner, summary)
        ]
        is_everyone = summary.kind is AudienceKind.ALL
        audience: Audience = Everyone() if is_everyone else _joined(pieces)
        if part is None:
            return audience
        came = LocalTimeCame(part.local_time, part.after, part.by)
        if part.is_missed:
            came = LocalTimeCame(part.local_time, _LONG_AGO, part.after)
        # Parts are planned one after another, so that the earlier ones have their plans.
        reached = [Not(HadOutcome(OutcomeTerm.TARGETED, earlier)) for earlier in part.earlier()]
        return AllOf((came, audience, *reached))

    async def _chosen(
        self, app: App, message: Envelope, expression: Audience, shards: Collection[int]
    ) -> dict[int, dict[int, int]]:
        """The terminals that other shards have chosen already, where one of each user's is.

        Chosen anew, a user might get a second push: terminals have been seen since then.
        """
        if not isinstance(expression, OnePerUser):
            return {}
        read = self._stores.outcome_terms.read
        planned = [shard for shard in range(app.shards) if shard not in shards]
        return {shard: await read(app, shard, OutcomeTerm.TARGETED, message.id) for shard in planned}

    def _rows(
        self,
        message: Envelope,
        configured: ConfiguredApp,
        selection: Selection,
        left_out: Sequence[LeftOut],
        *,
        plan_lost: bool,
    ) -> Iterator[Planned]:
        """The plan of one shard: each block with the states in which its slots start. Slots that
        are left out are cancelled.
        """
        is_missed = message.part is not None and message.part.is_missed
        expired = is_missed or self._clock.now() >= message.expires_at
        for group, bits_by_block in selection.items():
            state, failure = State.PENDING, None
            if expired:
                state = State.EXPIRED
            elif plan_lost:
                state, failure = State.REJECTED, Failure(group.vendor, FailureCode.UNANSWERED, _PLAN_LOST)
            elif group.vendor not in configured.vendors:
                # Another process may have settings for the vendor: until the message expires, the
                # job waits for a worker that has them.
                failure = not_configured(group.vendor)
            for number, bits in bits_by_block.items():
                block, rest = Block(group, number), bits
                for left, reason in () if group.inline else left_out:
                    if cancelled := rest & left.get(number, 0):
                        yield Planned(block, cancelled, State.CANCELLED, reason(group.vendor))
                        rest ^= cancelled
                if rest:
                    yield Planned(block, rest, state, failure)


def _joined(pieces: Sequence[Audience]) -> Audience:
    """The pieces of an audience as one node; nobody where there is none."""
    terminals = [one for piece in pieces if isinstance(piece, ByTerminal) for one in piece.terminals]
    users = [one for piece in pieces if isinstance(piece, ByUser) for one in piece.users]
    others = [piece for piece in pieces if not isinstance(piece, ByTerminal | ByUser)]
    if users:
        others.append(ByUser(tuple(users)))
    if len(others) == 1 and not terminals:
        return others[0]
    return AnyOf((ByTerminal(tuple(terminals)), *others))
