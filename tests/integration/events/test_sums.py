"""Whatever happens to messages, what readers add up is the messages' results."""

import random

import pytest
from redis.asyncio import Redis
from tests.support.event_sums import counted
from tests.support.explained import ExplainedWorld
from tests.support.told_events import FeedReader

from pushgate.bundles.bundle_values import Verb
from pushgate.cancellation import cancel
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.outcome import ReceiptKind
from pushgate.ledger.values import Failure
from pushgate.receipts.record import ReceiptRecorder, TerminalReport

APP = App("shop", 2)
IDS = [f"t-{n}" for n in range(12)]
VERBS = (Verb.ACCEPTED, Verb.INVALID, Verb.REJECTED, Verb.TRIED)
STEPS = 60


class Play:
    """Random steps of messages, and of readers that read when they like."""

    def __init__(
        self, redis: Redis, worlds: dict[bool, ExplainedWorld], readers: list[FeedReader], seed: int
    ):
        self._redis = redis
        self._worlds = worlds
        self._readers = readers
        self._random = random.Random(seed)
        self.messages: dict[str, ExplainedWorld] = {}

    async def step(self) -> None:
        """One of the steps."""
        steps = [
            self.send,
            self.record,
            self.record,
            self.receive,
            self.receive,
            self.stop,
            self.read,
            self.lose,
        ]
        await self._random.choice(steps)()

    async def send(self) -> None:
        """Send to some or to all."""
        is_large = self._random.random() < 0.5
        some = tuple(self._random.sample(IDS, self._random.randint(1, len(IDS))))
        world = self._worlds[is_large]
        audience = Everyone() if is_large and self._random.random() < 0.5 else ByTerminal(some)
        self.messages[await world.send(audience)] = world

    async def record(self) -> None:
        """The vendor answers."""
        if self.messages:
            message_id, world = self._random.choice(list(self.messages.items()))
            verb, one = self._random.choice(VERBS), self._random.choice(IDS)
            failure = None if verb is Verb.ACCEPTED else Failure("apns", "Why", "because")
            await world.record(message_id, verb, failure, slot=await world.slot(one))

    async def receive(self) -> None:
        """Receipts come, some of terminals that the message was not for."""
        if self.messages:
            message_id, world = self._random.choice(list(self.messages.items()))
            kind = self._random.choice(list(ReceiptKind))
            reports = [TerminalReport(message_id, one) for one in self._random.sample(IDS, 3)]
            await ReceiptRecorder(world.stores).record(kind, APP, reports)

    async def stop(self) -> None:
        """A message is cancelled."""
        if self.messages and self._random.random() < 0.3:
            message_id, world = self._random.choice(list(self.messages.items()))
            await cancel(world.stores, APP, message_id)

    async def read(self) -> None:
        """Somebody reads a page."""
        reader = self._random.choice(self._readers)
        await reader.page(self._random.choice((1, 3, 1000)))

    async def lose(self) -> None:
        """The oldest events of a shard go, read or not."""
        if self._random.random() < 0.2:
            shard = self._random.randrange(APP.shards)
            await self._redis.xtrim(f"{{shop:{shard}}}:events", maxlen=2, approximate=False)


@pytest.mark.parametrize("seed", range(6))
async def test_sums_of_readers_are_the_results(
    redis: Redis,
    large: ExplainedWorld,
    small: ExplainedWorld,
    reader: FeedReader,
    compact: FeedReader,
    seed: int,
) -> None:
    await large.register(*IDS)
    play = Play(redis, {True: large, False: small}, [reader, compact], seed)
    for _ in range(STEPS):
        await play.step()
    for each in (reader, compact):
        await each.read()
        for message_id in play.messages:
            _, report = await large.stores.tracked.results.find(APP, message_id)
            assert each.sums.of_message(message_id) == counted(report)
