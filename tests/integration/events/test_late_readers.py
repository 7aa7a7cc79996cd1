"""Readers who began after a message had ended add up its results, when its slots move once more."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.event_sums import EventSums, counted
from tests.support.explained import VENDORS, ExplainedWorld

from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import Resend
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure, MessageShard

APP = App("shop", 2)
IDS = [f"t-{n}" for n in range(8)]
BUSY = Failure("apns", "Busy", "busy")


class EndedMessage:
    """A message and a reader who began when it had ended."""

    def __init__(self, world: ExplainedWorld, first: EventSums, message_id: str) -> None:
        self.world = world
        self.first = first
        self.message_id = message_id
        self.sums = EventSums(world.stores, APP)

    @classmethod
    async def begin(cls, world: ExplainedWorld) -> "EndedMessage":
        """A message to all; the `first` reader has begun before."""
        await world.register(*IDS)
        first = EventSums(world.stores, APP)
        await first.subscribe()
        return cls(world, first, await world.send(ByTerminal(tuple(IDS))))

    async def record(self, verb: Verb, *ids: str) -> None:
        for one in ids:
            failure = None if verb is Verb.ACCEPTED else BUSY
            await self.world.record(self.message_id, verb, failure, slot=await self.world.slot(one))

    async def resend(self) -> None:
        """Send what was rejected again."""
        stores, now = self.world.stores, self.world.clock.now()
        if self.world.large:
            for shard in range(APP.shards):
                place = MessageShard(APP, shard, self.message_id, now + timedelta(days=30))
                await stores.plans.resume(place, Resend(1, (State.REJECTED,), now), VENDORS)
            return
        await stores.small_accounts.resume(
            APP,
            self.message_id,
            number=1,
            states=[State.REJECTED],
            staying=[],
            expires_at=now + timedelta(hours=1),
            request=b"",
        )

    async def cancel(self) -> None:
        """Cancel the message; the pushes of a large one are ended as a scheduler does."""
        await self.world.cancel(self.message_id)
        if self.world.large:
            keep_until = self.world.clock.now() + timedelta(days=30)
            await self.world.stores.pending.end(APP, self.message_id, keep_until, State.CANCELLED)

    async def assert_sums_are_results(self) -> None:
        await self.sums.catch_up()
        _, report = await self.world.stores.tracked.results.find(APP, self.message_id)
        assert self.sums.of_message(self.message_id) == counted(report)


@pytest.fixture(params=[True, False], ids=["large", "small"])
async def message(redis: Redis, clock: SetClock, request: pytest.FixtureRequest) -> EndedMessage:
    return await EndedMessage.begin(ExplainedWorld(redis, clock, large=request.param, app=APP))


async def test_failures_that_are_sent_again(message: EndedMessage) -> None:
    await message.record(Verb.ACCEPTED, *IDS[:3])
    await message.record(Verb.REJECTED, *IDS[3:])
    await message.sums.subscribe()
    await message.resend()
    await message.assert_sums_are_results()
    await message.record(Verb.ACCEPTED, *IDS[3:6])
    await message.record(Verb.REJECTED, *IDS[6:])
    await message.assert_sums_are_results()


async def test_acceptances_that_come_after_the_end(message: EndedMessage) -> None:
    await message.record(Verb.ACCEPTED, *IDS[:3])
    await message.cancel()
    await message.sums.subscribe()
    # The first in each shard tells the sums there.
    await message.record(Verb.ACCEPTED, *IDS[3:])
    await message.assert_sums_are_results()


async def test_a_reader_from_the_beginning_has_the_same_sums(message: EndedMessage) -> None:
    message.sums = message.first
    await message.record(Verb.REJECTED, *IDS)
    await message.resend()
    await message.assert_sums_are_results()
    await message.record(Verb.ACCEPTED, *IDS[:5])
    await message.cancel()
    await message.record(Verb.ACCEPTED, *IDS[5:7])
    await message.assert_sums_are_results()
