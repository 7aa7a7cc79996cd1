"""What callers, workers, vendors and client apps do in a simulated month. Chosen by a seed."""

import contextlib
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from msgspec.structs import replace
from tests.support.messages import message as new_message

from bench.month_world import APPS, CHAT, LEASE, SHOP, VENDORS, World
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.home_writer import Draft
from pushgate.bundles.values import Home
from pushgate.dispatch.job import BundleJob
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, ByTerminal, ByToken
from pushgate.domain.errors import Conflict
from pushgate.domain.message import Content, Message, Options, Priority
from pushgate.domain.message_id import position_of
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.ledger.values import Failure, MessageShard, Move
from pushgate.messages.idempotency import RequestKey
from pushgate.receipts.record import TerminalReport

FATES = (
    (Verb.ACCEPTED, 0.97),
    (Verb.INVALID, 0.01),
    (Verb.REJECTED, 0.005),
    (Verb.TRIED, 0.01),
    (Verb.POSTPONED, 0.004),
    (Verb.RESERVE, 0.001),
)
"""What a worker records of a push, and how often. A reserved push is never answered."""
_VERBS, _WEIGHTS = zip(*FATES, strict=True)
_TTLS = (timedelta(0), timedelta(minutes=10), timedelta(hours=4), timedelta(days=1), timedelta(days=3))
_MAX_BATCH = 1000
_RETRIES_IN = timedelta(minutes=5)
_REPORTS = 100


class Traffic:
    """Everything that happens to the system from outside."""

    def __init__(self, world: World, seed: int, terminals: int) -> None:
        self._world = world
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._terminals = terminals
        self._number = 0
        self.ids: list[str] = []
        """Messages of the shop that were stored in batches, a few of each step."""

    async def register(self) -> None:
        """Register the terminals of both apps: `t0` and so on, of two vendors by turns."""
        for app in APPS:
            for start in range(0, self._terminals, 10_000):
                numbers = range(start, min(start + 10_000, self._terminals))
                await self._world.stores.registry.register(
                    app, [Terminal(f"t{n}", VENDORS[n % 2], f"{app.name}{n:0150d}", "en") for n in numbers]
                )

    async def batches(self, messages: int) -> None:
        """The shop stores so many messages in batches, and they are sent."""
        while messages > 0:
            size = min(messages, self._random.randint(100, _MAX_BATCH))
            messages -= size
            drafts = [self._draft(SHOP) for _ in range(size)]
            written = await self._world.writer.put(SHOP, drafts)
            stored = [item.message for item in written if item.message]
            self.ids += [message.id for message in stored[:2]]
            for shard in range(SHOP.shards):
                await self._world.run_rounds(Home(SHOP, shard))
            await self._work()
            await self._change(stored)
            await self._report(SHOP, stored, drafts)

    async def singles(self, messages: int) -> None:
        """The chat stores so many messages, each alone, and each is sent before the next."""
        for _ in range(messages):
            draft = self._draft(CHAT)
            (written,) = await self._world.writer.put(CHAT, [draft])
            assert written.message is not None
            await self._world.run_rounds(Home(CHAT, 0))
            await self._work()
            if self._random.random() < 0.5:
                await self._report(CHAT, [written.message], [draft])

    async def broadcast(self) -> str:
        """A broadcast to all terminals of the shop; returns the message's id."""
        stores = self._world.stores
        message = replace(
            new_message(self._world.clock, app=SHOP.name, title="Sale"),
            options=Options(ttl=timedelta(hours=4)),
        )
        await stores.messages.put(message)
        await self._world.dispatcher.dispatch_due()
        await self._world.dispatcher.wait_until_idle()
        for shard in range(SHOP.shards):
            await self._send_blocks(
                MessageShard(SHOP, shard, message.id, stores.retention.keep_until(message))
            )
        if await stores.results.settled(SHOP, message.id):
            await stores.lifecycle.finish(SHOP.name, message.id)
        chosen = self._random.sample(range(self._terminals), self._terminals // 10)
        await self._receive(SHOP, [(message.id, f"t{number}") for number in chosen])
        return message.id

    async def retries(self) -> None:
        """What is due once more is sent once more."""
        await self._world.recover()
        await self._work()

    def _draft(self, app: App) -> Draft:
        self._number += 1
        number, dice = self._number, self._random
        later = timedelta(hours=dice.randint(1, 100)) if dice.random() < 0.05 else timedelta(0)
        push_at = self._world.clock.now() + later
        audience = self._audience(app)
        options = Options(
            ttl=dice.choice(_TTLS), priority=Priority.HIGH if dice.random() < 0.1 else Priority.NORMAL
        )
        kind = AudienceKind.TOKENS if isinstance(audience, ByToken) else AudienceKind.TERMINALS
        message = Message(
            id="",
            app=app.name,
            content={"en": Content("Order shipped", f"Number {number} arrives today.")},
            default_language="en",
            push_at=push_at,
            created_at=push_at,
            audience=AudienceSummary(kind, 1),
            options=options,
        )
        key = RequestKey(app, f"key-{number}", number.to_bytes(32, "big")) if number % 10 == 0 else None
        return Draft(SmallMessage(message, audience), at_once=not later, key=key)

    def _audience(self, app: App) -> Audience:
        dice = self._random
        if dice.random() < 0.02:
            return ByToken((InlineToken("fcm", f"{app.name}-inline-{self._number:0100d}", "en"),))
        count = 2 if dice.random() < 0.02 else 1
        return ByTerminal(tuple(f"t{dice.randrange(self._terminals)}" for _ in range(count)))

    async def _work(self) -> None:
        """A worker runs the submitted jobs."""
        for job in self._world.take_jobs():
            await self._run(job)

    async def _run(self, job: BundleJob) -> None:
        world = self._world
        home = Home(next(app for app in APPS if app.name == job.app), job.shard)
        taken = await world.stores.bundles.take(home, job.bundle, "worker", LEASE)
        if not isinstance(taken, TakenBundle):
            return
        by_verb: dict[Verb, list[int]] = {}
        for slot, verb in zip(taken.due, self._verbs(len(taken.due)), strict=True):
            by_verb.setdefault(verb, []).append(slot.number)
        due_at = world.clock.now() + _RETRIES_IN
        changes = [
            Change(
                verb,
                slots,
                None if verb in {Verb.ACCEPTED, Verb.RESERVE} else Failure(taken.vendor, "CODE", "a reason"),
                due_at if verb in {Verb.TRIED, Verb.POSTPONED} else None,
            )
            for verb, slots in by_verb.items()
        ]
        lease = LEASE if Verb.RESERVE in by_verb else None  # else nothing can be reserved; this one dies
        await world.stores.bundles.record(home, job.bundle, "worker", lease, changes)

    def _verbs(self, count: int) -> Sequence[Verb]:
        return self._random.choices(_VERBS, _WEIGHTS, k=count)

    async def _send_blocks(self, scope: MessageShard) -> None:
        """The vendor answers most pushes of a broadcast; the rest expires."""
        stores = self._world.stores
        held = await stores.pending.blocks(scope)
        taken = await stores.leases.take(scope, "worker", LEASE, held)
        moves: list[Move] = []
        for block, bits in taken.pending.items():
            invalid, open_still = 0x0101_0000, 0x0202_0000
            failure = Failure(block.group.vendor, "CODE", "a reason")
            moves.append(Move(block, bits & ~invalid & ~open_still, State.ACCEPTED))
            moves.append(Move(block, bits & invalid, State.INVALID, failure))
        await stores.outcomes.record(scope, "worker", LEASE, held, [move for move in moves if move.bits])
        await stores.leases.release(scope, "worker", held)

    async def _change(self, stored: Sequence[Message]) -> None:
        """Callers cancel some messages, and change some that wait."""
        now, tracked = self._world.clock.now(), self._world.stores.tracked
        waiting = [message for message in stored if message.push_at > now]
        for message in waiting[:2]:
            at = message.push_at + timedelta(hours=1)
            await tracked.changes.reschedule(SHOP, message.id, partial(replace, push_at=at))
        for message in [*waiting[2:4], *stored[-2:]]:
            with contextlib.suppress(Conflict):  # it may be sent already
                await tracked.messages.cancel(SHOP, message.id)

    async def _report(self, app: App, stored: Sequence[Message], drafts: Sequence[Draft]) -> None:
        """Client apps report that most messages came."""
        reports = [
            (message.id, draft.small.audience.terminals[0])
            for message, draft in zip(stored, drafts, strict=False)
            if isinstance(draft.small.audience, ByTerminal) and position_of(message.id)
        ]
        await self._receive(app, reports)

    async def _receive(self, app: App, reports: Sequence[tuple[str, str]]) -> None:
        """Of these messages and terminals most are delivered, and some clicked."""
        for kind, share in ((ReceiptKind.DELIVERED, 0.6), (ReceiptKind.CLICKED, 0.1)):
            chosen = [TerminalReport(*report) for report in reports if self._random.random() < share]
            for some in _portions(chosen):
                await self._world.receipts.record(kind, app, some)


def _portions(reports: Sequence[TerminalReport]) -> Iterator[Sequence[TerminalReport]]:
    for start in range(0, len(reports), _REPORTS):
        yield reports[start : start + _REPORTS]
