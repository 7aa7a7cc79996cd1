"""Small messages to registered terminals and inline tokens: planned, and run by a worker."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from redis.asyncio import Redis
from tests.support.bundles import PATIENCE, RETENTION, SmallWorld
from tests.support.clock import SetClock
from tests.support.pipeline import APP, Pipeline

from pushgate.adapters.topics import summarize_audience
from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.plan import Round, WrittenBundle
from pushgate.bundles.values import INLINE, RANKS, Send
from pushgate.dispatch.job import BundleJob
from pushgate.domain.audience import Audience, ByTerminal, ByToken
from pushgate.domain.message import Content, Message, Options, Priority
from pushgate.domain.terminal import Group

_PRIORITIES = {rank: priority for priority, rank in RANKS.items()}


class BundleWorld:
    """Plans small messages as a scheduler does, and runs their bundles in the pipeline's worker."""

    def __init__(self, redis: Redis, clock: SetClock, pipeline: Pipeline) -> None:
        self.clock = clock
        self.pipeline = pipeline
        self.small = SmallWorld(redis, clock, APP)
        self.ids: list[str] = []
        self._segments = 0

    def message(self, audience: Audience, options: Options | None = None, **content: Content) -> SmallMessage:
        """A message that is due now."""
        message = Message(
            id="",
            app=APP.name,
            content=content or {"en": Content("Order", "It is on its way")},
            default_language=next(iter(content), "en"),
            push_at=self.clock.now(),
            created_at=self.clock.now(),
            audience=summarize_audience(audience),
            options=options or Options(),
        )
        return SmallMessage(message, audience)

    def to_each(self, *terminals: str, options: Options | None = None) -> list[SmallMessage]:
        """A message of its own to each of these terminals."""
        return [
            self.message(ByTerminal((terminal,)), options, en=Content("Order", f"For {terminal}"))
            for terminal in terminals
        ]

    async def plan(self, messages: Sequence[SmallMessage]) -> list[BundleJob]:
        """Store messages as one segment, and plan them; returns the jobs of their bundles."""
        ids, _ = await self.small.put(messages, number=self._segments)
        self._segments += 1
        self.ids += ids
        claimed = await self.small.claim(urgent=messages[0].message.options.priority is Priority.HIGH)
        sends: dict[tuple[str, int], list[PlannedSend]] = {}
        for segment, found in enumerate(claimed):
            for index in found.waiting:
                assert found.bodies is not None
                item = found.bodies.message(index, "", APP.name)
                for group, shard, slot in await self._targets(item.audience):
                    send = Send(segment, index, shard, slot)
                    key = group.vendor, RANKS[item.message.options.priority]
                    sends.setdefault(key, []).append(PlannedSend(send, group, item.message.expires_at))
        now = self.clock.now()
        written = await self.small.planner.place(
            Round(
                home=self.small.home,
                claimed=claimed,
                urgent=any(rank == 0 for _, rank in sends),
                sends=sends,
                without_place={},
                now=now,
                look_at=now + PATIENCE,
                results_until=now + RETENTION,
            )
        )
        return [self.job(bundle) for bundle in written]

    def job(self, bundle: WrittenBundle) -> BundleJob:
        """The job of a bundle."""
        return BundleJob(
            app=APP.name,
            shard=self.small.home.shard,
            bundle=bundle.number,
            vendor=bundle.vendor,
            priority=_PRIORITIES[bundle.priority],
        )

    async def send(self, messages: Sequence[SmallMessage]) -> None:
        """Plan messages, and run their bundles."""
        await self.run(await self.plan(messages))

    async def run(self, jobs: Sequence[BundleJob]) -> None:
        """Run jobs to their ends."""
        for job in jobs:
            await self.pipeline.run_job(job)
        assert await self.pipeline.run_job.drain(timedelta(seconds=30)) == 0

    async def due_jobs(self) -> list[BundleJob]:
        """The jobs of the bundles that must be submitted again now, as recovery finds them."""
        _, due = await self.small.bundles.look_after(self.small.home, PATIENCE, 1000)
        return [
            BundleJob(
                app=APP.name,
                shard=self.small.home.shard,
                bundle=item.number,
                vendor=item.vendor,
                priority=_PRIORITIES[item.priority],
            )
            for item in due
        ]

    async def run_due(self) -> None:
        """Look after the bundles, and run what is due."""
        await self.run(await self.due_jobs())

    async def accounts(self) -> list[SmallAccount]:
        """What became of every message, in the order in which they were planned."""
        found = await self.small.accounts.read(APP, self.ids)
        return [account for account in found if account is not None]

    async def slots(self) -> list[MessageSlot]:
        """The slots of all messages."""
        return [slot for account in await self.accounts() for slot in account.slots]

    async def states(self) -> dict[str, int]:
        """How many slots are in each state."""
        return dict(Counter(slot.state.value for slot in await self.slots()))

    async def codes(self) -> list[str]:
        """Vendor, state, code and reason of each slot that failed or was tried."""
        return [slot.label for slot in await self.slots() if slot.label]

    async def _targets(self, audience: Audience) -> list[tuple[Group, int, int]]:
        match audience:
            case ByTerminal(terminals):
                located = await self.pipeline.stores.locations.locate(APP, terminals)
                return [(refs[0].group, refs[0].shard, refs[0].slot) for refs in located if refs]
            case ByToken(tokens):
                return [
                    (Group(token.vendor, token.language, inline=True), INLINE, number)
                    for number, token in enumerate(tokens)
                ]
        raise NotImplementedError
