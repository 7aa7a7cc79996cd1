"""Messages with steps, played by a clock that is set: the tests see who gets each step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.accounting import bits_of
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain import bitmaps
from pushgate.domain.audience import Audience, ByTerminal
from pushgate.domain.escalation import Step, Unless
from pushgate.domain.message import Message, Options
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import MessageShard
from pushgate.messages.escalations import StepsMade
from pushgate.scheduler.escalations import EscalationRounds

AFTER = timedelta(minutes=10)
PHONE = ByTerminal(("phone",))
NEXT = Step(after=AFTER, unless=Unless.DELIVERED, to="next_terminal")


@dataclass(frozen=True, slots=True)
class PlayedEscalations:
    """Sends messages, reports receipts, and makes and plans the steps that are due."""

    redis: Redis
    parts: SchedulerParts

    async def register(self, **users: Sequence[str]) -> None:
        """Register terminals of users, each user's in the order in which they were last seen. The
        vendor of a terminal is FCM where its name begins with it, else APNs.
        """
        now = self.parts.clock.now()
        found = [
            Terminal(
                name,
                "fcm" if name.startswith("fcm") else "apns",
                name.encode().hex().ljust(64, "0"),
                "en",
                user=user,
                last_seen=now - timedelta(days=9 - index),
            )
            for user, names in users.items()
            for index, name in enumerate(names)
        ]
        await self.parts.stores.registry.register(APP, found)

    async def send(self, *steps: Step, audience: Audience = PHONE, options: Options | None = None) -> Message:
        """Send a message with these steps; its vendors have accepted it."""
        message = await self.store(*steps, audience=audience, options=options)
        await self.parts.dispatch_due()
        await self.parts.work(message)
        return message

    async def store(
        self, *steps: Step, audience: Audience = PHONE, options: Options | None = None
    ) -> Message:
        """Store a message with these steps that is due."""
        await self.parts.stores.delivery_reports.note(APP, ["apns", "fcm"])
        return await self.parts.store(audience, options, steps)

    async def report(self, message: Message, kind: ReceiptKind, *terminals: str) -> None:
        """Report a receipt of each of these terminals."""
        stores = self.parts.stores
        slots = await stores.locations.locate(APP, terminals)
        keep_until = stores.retention.keep_until(message)
        await stores.results.record_receipts(kind, APP, message.id, slots, keep_until)

    async def rounds(self) -> None:
        """Make the steps that are due."""
        context = self.parts.context
        rounds = EscalationRounds(context.stores, context.clock, context.catalog)
        await rounds.run_once()
        await rounds.telling.wait_until_idle()

    async def advance(self, by: timedelta = AFTER) -> None:
        """Set the clock forward; make what is due, and plan it."""
        self.parts.clock.advance(by.total_seconds())
        await self.rounds()
        await self.parts.dispatch_due()

    async def steps(self, message: Message) -> StepsMade:
        return await self.parts.stores.escalations.steps(message.id)

    async def step(self, message: Message, number: int = 1) -> Message:
        """The message of a step."""
        made = (await self.steps(message)).made[number - 1]
        assert made.message_id, made
        return (await self.parts.stores.messages.read(APP.name, made.message_id)).message

    async def targeted(self, message: Message) -> list[str]:
        """The ids of the terminals that a message is for."""
        found: list[str] = []
        for shard in range(APP.shards):
            scope = MessageShard(APP, shard, message.id, message.expires_at)
            slots = bitmaps.slots(await bits_of(self.redis, scope, "targeted"))
            found += (await self.parts.stores.holders.ids(APP, shard, slots)).values()
        return sorted(found)

    async def change(self, message: Message, change: Callable[[Message], Message]) -> Message:
        """Change a message that is scheduled."""
        return (await self.parts.stores.revisions.reschedule(APP.name, message.id, change)).message
