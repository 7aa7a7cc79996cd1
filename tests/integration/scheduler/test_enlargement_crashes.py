"""A small message that becomes a large one: whatever a caller is told is true afterwards, wherever
schedulers and callers die, and whatever happens between any two of their commands.
"""

import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.support.bundles import NOTHING_DUE
from tests.support.bundles import small as message
from tests.support.clock import SetClock
from tests.support.interrupted_redis import Happens, InterruptedRedis, Killed, die
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.values import CellKind, Home
from pushgate.cancellation import cancel
from pushgate.domain.audience import Audience, ByUser, HasTag, Not
from pushgate.domain.errors import Conflict
from pushgate.domain.message import Content, Message, Status
from pushgate.domain.outcome import State
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.small_dispatcher import CLAIM_LEASE
from pushgate.stores import Stores

FLEET = 65
LEASE = timedelta(seconds=15)


@dataclass
class Case:
    """One message that becomes a large one, and what a caller was told of it."""

    small: SmallScheduler
    message_id: str
    told: Status | None = None

    @classmethod
    async def begin(cls, small: SmallScheduler, audience: Audience) -> "Case":
        (message_id,) = await small.store([message("old", push_at=small.clock.now(), audience=audience)])
        return cls(small, message_id)

    async def run_round(self, before: dict[int, Happens]) -> bool:
        """A scheduler does a round; returns whether it has as many commands as these."""
        redis = InterruptedRedis.of(self.small.redis, before)
        try:
            await self.small.over(redis).run_rounds()
        except Killed:
            return True
        return redis.commands >= max(before)

    async def cancel(self) -> None:
        """A caller stops the message, and sees it stopped."""
        stopped = await cancel(self.small.stores, SHOP, self.message_id)
        assert stopped.status is Status.CANCELLED
        self.told = stopped.status
        await self.holds()

    async def cancel_and_die(self, dies_at: int) -> bool:
        """The process that stops the message is killed; returns whether it has so many commands."""
        redis = InterruptedRedis.of(self.small.redis, {dies_at: die})
        stores = Stores.open(redis, self.small.clock, timedelta(days=30))
        try:
            await cancel(stores, SHOP, self.message_id)
        except Killed:
            return True
        self.told = Status.CANCELLED
        return False

    async def dispatch(self) -> None:
        """A scheduler plans large messages that are due."""
        dispatcher = Dispatcher(self.small.context, "other", LEASE)
        await dispatcher.dispatch_due()
        await dispatcher.wait_until_idle()

    async def finish(self) -> None:
        """Other schedulers do the rest, and the message is planned unless it was stopped."""
        await self.dispatch()
        await self.holds()
        self.small.clock.advance(CLAIM_LEASE.total_seconds())
        await self.small.run_rounds()
        await self.dispatch()
        await self.holds()
        (account,) = await self.small.accounts([self.message_id])
        stored = await self.small.stores.messages.exists(self.message_id)
        assert account.kind is (CellKind.LARGE if stored else CellKind.CANCELLED)
        assert await self.small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)
        assert await self.small.stores.segments.next_due_at([Home(SHOP, 0)]) == [NOTHING_DUE]
        if self.told is None:
            assert await self.states() == {State.PENDING: FLEET}

    async def holds(self) -> None:
        """What the caller was told is what is shown and done."""
        tracked, report = await self.small.stores.tracked.results.find(SHOP, self.message_id)
        if self.told is Status.CANCELLED:
            assert tracked.status is Status.CANCELLED
            assert report.targeted == report.states[State.CANCELLED]
            assert await self.pending() == 0
        page = await self.small.stores.tracked.messages.page(SHOP, tracked.status, None, 10)
        assert [one.id for one in page.messages].count(self.message_id) == 1

    async def states(self) -> dict[State, int]:
        report = (await self.small.stores.tracked.results.find(SHOP, self.message_id))[1]
        return {State(state): count for state, count in report.states.items() if count}

    async def pending(self) -> int:
        """Blocks that a worker would send."""
        until = self.small.clock.now() + timedelta(days=30)
        scopes = [MessageShard(SHOP, shard, self.message_id, until) for shard in range(SHOP.shards)]
        return sum([len(await self.small.stores.pending.blocks(scope)) for scope in scopes])


@pytest.fixture(params=[ByUser(("fleet",)), Not(HasTag("vip"))], ids=["a user", "an expression"])
async def audience(small: SmallScheduler, request: pytest.FixtureRequest) -> Audience:
    await small.register(FLEET, user="fleet")
    found: Audience = request.param
    return found


@pytest.mark.parametrize("is_dispatched_first", [False, True])
async def test_a_cancellation_after_the_death_of_a_scheduler_is_true(
    small: SmallScheduler, audience: Audience, is_dispatched_first: bool
) -> None:
    for dies_at in itertools.count(1):
        case = await Case.begin(small, audience)
        went_on = await case.run_round({dies_at: die})
        if is_dispatched_first:
            await case.dispatch()
        await case.cancel()
        await case.finish()
        if not went_on:
            assert dies_at > 5, "a round has several commands"
            return


async def test_a_cancellation_between_any_commands_is_true_whenever_the_scheduler_dies(
    small: SmallScheduler, audience: Audience
) -> None:
    for cancelled_at in itertools.count(1):
        for dies_at in itertools.count(cancelled_at + 1):
            case = await Case.begin(small, audience)
            went_on = await case.run_round({cancelled_at: case.cancel, dies_at: die})
            was_cancelled = case.told is not None
            await case.finish()
            if not went_on:
                break
        if not was_cancelled:
            return


async def test_without_a_cancellation_a_message_is_planned_once_wherever_a_scheduler_dies(
    small: SmallScheduler, audience: Audience
) -> None:
    for dies_at in itertools.count(1):
        case = await Case.begin(small, audience)
        went_on = await case.run_round({dies_at: die})
        await case.finish()
        if not went_on:
            return


async def test_a_cancellation_that_dies_leaves_a_message_that_is_stopped_or_sent(
    small: SmallScheduler, audience: Audience
) -> None:
    """The caller learns nothing, and asks again in the end."""
    for scheduler_dies_at in itertools.count(1):
        for caller_dies_at in itertools.count(1):
            case = await Case.begin(small, audience)
            went_on = await case.run_round({scheduler_dies_at: die})
            died = await case.cancel_and_die(caller_dies_at)
            if died and caller_dies_at % 2:
                await case.dispatch()
                await case.cancel()
            elif died:
                small.clock.advance(CLAIM_LEASE.total_seconds())
                await small.run_rounds()
                await case.cancel()
            await case.finish()
            if not died:
                break
        if not went_on:
            return


async def test_a_change_between_any_commands_is_what_is_sent_or_is_refused(
    small: SmallScheduler, audience: Audience
) -> None:
    """The clock of the process that changes the message is behind that of the scheduler."""
    behind = SetClock()
    behind.at = small.clock.now() - timedelta(seconds=1)
    stores = Stores.open(small.redis, behind, timedelta(days=30))
    for changed_at, dies in itertools.product(range(1, 12), [False, True]):
        case = await Case.begin(small, audience)
        told = "old"

        async def change(message_id: str = case.message_id) -> None:
            nonlocal told
            try:
                await stores.tracked.changes.reschedule(SHOP, message_id, with_new_content)
            except Conflict:
                return
            told = "new"

        await case.run_round({changed_at: change} | ({changed_at + 1: die} if dies else {}))
        await case.finish()
        stored = await small.stores.messages.read("shop", case.message_id)
        assert stored.message.content["en"].body == told
        behind.at = small.clock.now() - timedelta(seconds=1)


def with_new_content(before: Message) -> Message:
    return replace(before, content={"en": Content("title", "new")})
