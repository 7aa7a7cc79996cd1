"""What happens to slots is recorded once, whatever came between."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.bundles import LEASE, NOTHING_DUE, PATIENCE, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure

BUSY = Failure("fcm", "503", "busy")


class OneBundle:
    """A bundle of some messages, held by `w1`."""

    def __init__(self, world: SmallWorld, ids: list[str], number: int) -> None:
        self.world, self.ids, self.number = world, ids, number

    @classmethod
    async def begin(cls, redis: Redis, clock: SetClock, messages: int = 2) -> "OneBundle":
        world = SmallWorld(redis, clock)
        ids, _ = await world.put([small(push_at=clock.now())] * messages)
        (bundle,) = await world.place(await world.claim())
        await world.bundles.take(world.home, bundle.number, "w1", LEASE)
        return cls(world, ids, bundle.number)

    async def record(
        self, verb: Verb, *slots: int, ends: bool = False, pause: int = 5, failure: Failure = BUSY
    ) -> tuple[bool, int, int]:
        """Record by `w1`: whether the lease was held, how many slots are open, and changed."""
        change = Change(verb, slots, failure, self.world.clock.now() + timedelta(seconds=pause))
        lease = None if ends else LEASE
        found = await self.world.bundles.record(self.world.home, self.number, "w1", lease, [change])
        return found.held, found.open, len(found.changed[0])

    async def cancel(self, number: int) -> None:
        await self.world.accounts.cancel(self.world.home.app, self.ids[number])

    async def account(self, number: int) -> SmallAccount:
        (account,) = await self.world.accounts.read(self.world.home.app, [self.ids[number]])
        assert account is not None
        return account

    async def state(self, number: int) -> State:
        return (await self.account(number)).slots[0].state


@pytest.mark.parametrize("verb", [Verb.TRIED, Verb.UNCONFIRMED])
async def test_an_attempt_that_is_recorded_twice_counts_once(
    redis: Redis, clock: SetClock, verb: Verb
) -> None:
    bundle = await OneBundle.begin(redis, clock)
    assert await bundle.record(verb, 0) == (True, 2, 1)
    assert await bundle.record(verb, 0) == (True, 2, 0)
    assert (await bundle.account(0)).slots[0].attempts == 1
    clock.advance(5)
    assert await bundle.record(verb, 0) == (True, 2, 1)
    assert (await bundle.account(0)).slots[0].attempts == 2


async def test_attempts_are_counted_up_to_255(redis: Redis, clock: SetClock) -> None:
    bundle = await OneBundle.begin(redis, clock)
    for _ in range(257):
        await bundle.record(Verb.TRIED, 0, pause=0)
    assert (await bundle.account(0)).slots[0].attempts == 255
    await bundle.record(Verb.ACCEPTED, 0)
    assert (await bundle.account(0)).slots[0].attempts == 255


@pytest.mark.parametrize("verb", [Verb.RELEASE, Verb.TRIED, Verb.POSTPONED])
async def test_a_reserved_push_of_a_cancelled_message_is_not_sent_again(
    redis: Redis, clock: SetClock, verb: Verb
) -> None:
    bundle = await OneBundle.begin(redis, clock)
    assert await bundle.record(Verb.RESERVE, 0, 1) == (True, 2, 2)
    await bundle.cancel(0)
    assert await bundle.record(verb, 0, 1, ends=True, pause=0) == (True, 1, 2)
    assert [await bundle.state(number) for number in range(2)] == [State.CANCELLED, State.PENDING]
    assert await bundle.world.segments.waiting(bundle.world.home) == (0, 1)
    await bundle.record(Verb.ACCEPTED, 0)
    assert await bundle.state(0) is State.ACCEPTED


@pytest.mark.parametrize("ended_by", ["expired", "cancelled", "unanswered"])
async def test_an_acceptance_counts_however_late_it_comes(
    redis: Redis, clock: SetClock, ended_by: str
) -> None:
    bundle = await OneBundle.begin(redis, clock, 1)
    if ended_by == "expired":
        await bundle.record(Verb.EXPIRED, 0)
    elif ended_by == "cancelled":
        await bundle.cancel(0)
    else:
        await bundle.record(Verb.RESERVE, 0)
        clock.advance(60)
        assert await bundle.world.bundles.look_after(bundle.world.home, PATIENCE, 10) == (1, [])
        assert await bundle.state(0) is State.REJECTED
    clock.advance(600)
    for changed in (1, 0):
        assert await bundle.record(Verb.ACCEPTED, 0) == (False, 0, changed)
    slot = (await bundle.account(0)).slots[0]
    assert (slot.state, slot.label, slot.in_doubt) == (State.ACCEPTED, "", False)
    assert await bundle.record(Verb.INVALID, 0) == (False, 0, 0)
    assert await bundle.world.segments.waiting(bundle.world.home) == (0, 0)
    await bundle.world.bundles.look_after(bundle.world.home, PATIENCE, 10)
    assert await bundle.world.segments.next_due_at([bundle.world.home]) == [NOTHING_DUE]


async def test_more_reasons_than_a_bundle_tells_apart_are_one(redis: Redis, clock: SetClock) -> None:
    bundle = await OneBundle.begin(redis, clock, 40)
    for slot in range(40):
        await bundle.record(Verb.REJECTED, slot, failure=Failure("fcm", f"code{slot}", "one\nother"))
    labels = [(await bundle.account(number)).slots[0].label for number in (0, 31, 32, 39)]
    assert labels == [
        "fcm|rejected|code0|one other",
        "fcm|rejected|code31|one other",
        "fcm|rejected|other|more codes than are told apart",
        "fcm|rejected|other|more codes than are told apart",
    ]


@pytest.mark.parametrize("held", [True, False])
async def test_failures_are_pending_again_once_for_each_request(
    redis: Redis, clock: SetClock, held: bool
) -> None:
    bundle = await OneBundle.begin(redis, clock)
    world = bundle.world
    await bundle.record(Verb.REJECTED, 0)
    await bundle.record(Verb.ACCEPTED, 1, ends=not held)
    for number, request, resumed in ((1, b"again", 1), (1, b"again", 1), (1, b"another", 0)):
        found = await world.accounts.resume(
            world.home.app,
            bundle.ids[0],
            number=number,
            states=[State.REJECTED],
            staying=[],
            expires_at=clock.now() + PATIENCE,
            request=request,
        )
        assert found == resumed
    assert await world.segments.waiting(world.home) == (0, 1)
    assert (await bundle.account(1)).slots[0].expires_s > (await bundle.account(0)).slots[0].expires_s
    if held:
        await bundle.record(Verb.ACCEPTED, 1, ends=True)
    looked_at, due = await world.bundles.look_after(world.home, PATIENCE, 10)
    assert (looked_at, [one.number for one in due]) == (1, [bundle.number])
    clock.advance(61)
    assert await world.bundles.look_after(world.home, PATIENCE, 10) == (1, [])
    assert await bundle.state(0) is State.EXPIRED


async def test_cancelling_one_message_leaves_the_look_after_the_others(redis: Redis, clock: SetClock) -> None:
    bundle = await OneBundle.begin(redis, clock)
    world = bundle.world
    await bundle.record(Verb.TRIED, 0, 1, ends=True)
    before = await world.segments.next_due_at([world.home])
    await bundle.cancel(0)
    assert await world.segments.next_due_at([world.home]) == before
    await bundle.cancel(1)
    assert await world.segments.next_due_at([world.home]) == [NOTHING_DUE]


async def test_a_reserved_push_of_a_dead_worker_is_never_sent_again(redis: Redis, clock: SetClock) -> None:
    bundle = await OneBundle.begin(redis, clock)
    await bundle.record(Verb.RESERVE, 0)
    clock.advance(31)
    taken = await bundle.world.bundles.take(bundle.world.home, bundle.number, "w2", LEASE)
    assert not isinstance(taken, timedelta)
    assert [slot.number for slot in taken.due] == [1]
    slot = (await bundle.account(0)).slots[0]
    assert (slot.state, slot.in_doubt, slot.label.split("|")[2]) == (State.REJECTED, True, "unanswered")
    assert taken.flags[0] == slot.flags
    assert await bundle.world.segments.waiting(bundle.world.home) == (0, 1)


async def test_outcomes_of_a_lost_bundle_are_not_those_of_another_with_its_number(
    redis: Redis, clock: SetClock
) -> None:
    """As after a failover, in which Redis lost its latest writes: segments and plan."""
    world = SmallWorld(redis, clock)
    await world.put([small(push_at=clock.now())] * 2)
    (lost,) = await world.place(await world.claim())
    taken = await world.bundles.take(world.home, lost.number, "w1", LEASE)
    assert isinstance(taken, TakenBundle)
    await redis.delete(*[key async for key in redis.scan_iter("{shop:0}:*")])
    ids, _ = await world.put([small("another", push_at=clock.now())], number=1)
    (other,) = await world.place(await world.claim())
    assert other.number == lost.number
    late = await world.bundles.record(
        world.home, lost.number, "w1", None, [Change(Verb.ACCEPTED, [0])], taken.digest
    )
    assert (late.held, late.changed) == (False, [()])
    assert await OneBundle(world, ids, other.number).state(0) is State.PENDING
    again = await world.bundles.take(world.home, other.number, "w2", LEASE)
    assert isinstance(again, TakenBundle)
    accepted = Change(Verb.ACCEPTED, [0])
    found = await world.bundles.record(world.home, other.number, "w2", None, [accepted], again.digest)
    assert (found.held, found.open, found.changed) == (True, 0, [(0,)])
