"""Small and large messages of one app whose terminals are explained: stored, planned as a scheduler
does, and settled as a worker does, in one line each.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from redis.asyncio import Redis
from tests.support.apps import configured_app, configured_vendor
from tests.support.bundles import LEASE, PATIENCE, RETENTION, SmallWorld
from tests.support.clock import SetClock

from pushgate.adapters.topics import summarize_audience
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.bundle_values import Change, Verb
from pushgate.bundles.plan import Round
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.targets import locate_targets
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.message_id import new_id, position_of
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.redis.hash_tags import shard_of
from pushgate.scheduler.bundle_sends import BundleSends
from pushgate.scheduler.planner import Planner
from pushgate.stores import Stores
from pushgate.tracking.explained import Explanation

SHOP = App("shop", 2)
VENDORS = ("apns", "fcm")
_MOVES = {
    Verb.ACCEPTED: (State.ACCEPTED, MoveKind.FINAL),
    Verb.INVALID: (State.INVALID, MoveKind.FINAL),
    Verb.REJECTED: (State.REJECTED, MoveKind.FINAL),
    Verb.TRIED: (State.PENDING, MoveKind.TRIED),
    Verb.UNCONFIRMED: (State.PENDING, MoveKind.UNCONFIRMED),
    Verb.POSTPONED: (State.PENDING, MoveKind.POSTPONED),
}
"""What is recorded of a large message for what is recorded of a small one."""
CONTENT = {"en": Content("Sale", "Today"), "zh-Hant": Content("t", "b"), "fr": Content("t", "b")}


class ExplainedWorld:
    """The stores of one app, and its messages of one size."""

    def __init__(self, redis: Redis, clock: SetClock, *, large: bool, app: App = SHOP) -> None:
        self.redis = redis
        self.clock = clock
        self.large = large
        self.app = app
        self.stores = Stores.open(redis, clock, RETENTION)
        self._small = SmallWorld(redis, clock, app)
        self._segments = 0
        self._configured = configured_app(app, {name: configured_vendor(name) for name in VENDORS})

    async def register(
        self, *ids: str, vendor: str = "apns", language: str = "en", user: str | None = None
    ) -> None:
        """Register terminals, whose tokens are `token-<id>`."""
        terminals = [Terminal(one, vendor, f"token-{one}", language, user) for one in ids]
        await self.stores.registry.register(self.app, terminals)

    async def store(
        self,
        audience: Audience,
        *,
        push_at: datetime | None = None,
        options: Options | None = None,
        content: Mapping[str, Content] = CONTENT,
    ) -> str:
        """Store a message; returns its id."""
        now = self.clock.now()
        message = Message(
            id=new_id(now) if self.large else "",
            app=self.app.name,
            content=content,
            default_language=next(iter(content)),
            push_at=push_at or now,
            created_at=now,
            audience=summarize_audience(audience),
            options=options or Options(),
        )
        if self.large:
            await self.stores.messages.put(message, audience=audience)
            return message.id
        (message_id,), _ = await self._small.put([SmallMessage(message, audience)], number=self._segments)
        self._segments += 1
        return message_id

    async def plan(self) -> None:
        """Plan what is due."""
        if self.large:
            for envelope in await self.stores.claims.claim(self.clock.now(), LEASE, "scheduler", 10):
                async for _ in Planner(self.stores, self.clock).plan(envelope, self._configured):
                    pass
                await self.stores.claims.mark_submitted(envelope.id, "scheduler", self.clock.now())
        elif claimed := await self._small.claim():
            await self._place(claimed)

    async def _place(self, claimed: list[WaitingSegment]) -> None:
        now = self.clock.now()
        sends = BundleSends(self._configured.vendors, to_ms(now))
        messages = [
            (segment, index, found.bodies.target(index))
            for segment, found in enumerate(claimed)
            if found.bodies
            for index in found.waiting
        ]
        located = await locate_targets(self.stores.locations, self.app, [target for _, _, target in messages])
        for (segment, index, target), slots in zip(messages, located, strict=True):
            sends.add(segment, index, target, slots or ())
        round_ = Round(
            home=self._small.home,
            claimed=claimed,
            urgent=False,
            sends=sends.sends,
            without_place=sends.without_place,
            now=now,
            look_at=now + PATIENCE,
            results_until=now + RETENTION,
        )
        await self._small.planner.place(round_)

    async def send(self, audience: Audience, *, options: Options | None = None) -> str:
        """Store a message that is due now, and plan it; returns its id."""
        message_id = await self.store(audience, options=options)
        await self.plan()
        return message_id

    async def record(
        self, message_id: str, verb: Verb, failure: Failure | None = None, *, slot: SlotRef | None = None
    ) -> None:
        """The same happens to one slot, or to all pushes of a small message."""
        if self.large:
            assert slot is not None
            number, offset = bitmaps.split_slot(slot.slot)
            state, kind = _MOVES[verb]
            move = Move(Block(slot.group, number), 1 << offset, state, failure, kind=kind)
            keep_until = self.clock.now() + RETENTION
            scope = MessageShard(self.app, slot.shard, message_id, keep_until)
            await self.stores.outcomes.record(scope, "worker", LEASE, [], [move])
            return
        (account,) = await self.stores.small_accounts.read(self.app, [message_id])
        assert account is not None
        for found in account.slots:
            place = found.terminal_shard, found.terminal_slot
            if slot and not found.is_inline and place != (slot.shard, slot.slot):
                continue
            await self._small.bundles.take(self._small.home, found.bundle, "worker", LEASE)
            due_at = self.clock.now() + timedelta(seconds=30)
            change = Change(verb, [found.slot], failure, due_at)
            await self._small.bundles.record(self._small.home, found.bundle, "worker", None, [change])

    async def slot(self, terminal: str) -> SlotRef:
        """The slot that a registered terminal has now."""
        ((slot, *_),) = await self.stores.locations.locate(self.app, [terminal])
        return slot

    async def inline_slot(self, message_id: str, vendor: str, token: str) -> SlotRef:
        """The slot of a push token that a message brought; that of a small one is not looked at."""
        if not self.large:
            return SlotRef(0, Group(vendor, "en", inline=True), 0)
        shard = shard_of(self.app, message_id)
        (slot,) = await self.stores.tokens.locate_inline(self.app, shard, message_id, [token])
        assert slot is not None
        return slot

    async def report(self, kind: ReceiptKind, message_id: str, terminal: str) -> None:
        """A receipt comes."""
        recorder = ReceiptRecorder(self.stores)
        assert await recorder.record(kind, self.app, [TerminalReport(message_id, terminal)]) == [1]

    async def drop_content(self, message_id: str) -> None:
        """The content's retention is over."""
        position = position_of(message_id)
        if position is None:
            await self.redis.hdel(f"{{q}}:message:{message_id}", "body")
        else:
            await self.redis.delete(f"{{shop:{position.shard}}}:c:{position.page}")

    async def cancel(self, message_id: str) -> None:
        """Cancel a message."""
        await self.stores.tracked.messages.cancel(self.app, message_id)

    async def of_terminal(self, message_id: str, terminal: str) -> Explanation:
        """What the message meant for the terminal with this id."""
        return await self.stores.tracked.explanations.of_terminal(self.app, message_id, terminal)

    async def of_token(self, message_id: str, vendor: str, token: str) -> Explanation:
        """What the message meant for the terminal with this push token."""
        return await self.stores.tracked.explanations.of_token(self.app, message_id, vendor, token, VENDORS)
