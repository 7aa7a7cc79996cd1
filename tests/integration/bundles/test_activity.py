"""What the app's activity counts equals what became of the messages, also where that changes
later.
"""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.bundles import APP, LEASE, PATIENCE, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.bundle_values import Change, Verb
from pushgate.domain.outcome import State
from pushgate.ledger.activity import Activity
from pushgate.ledger.values import Failure


async def test_a_slot_counts_in_the_state_that_it_is_in(redis: Redis, clock: SetClock) -> None:
    world, activity = SmallWorld(redis, clock), Activity(redis, clock)
    ids, _ = await world.put([small(f"n{number}", push_at=clock.now()) for number in range(6)])
    (bundle,) = await world.place(await world.claim())

    async def record(*changes: Change) -> None:
        await world.bundles.take(world.home, bundle.number, "w", LEASE)
        await world.bundles.record(world.home, bundle.number, "w", None, changes)

    async def counted() -> dict[str, int]:
        await world.bundles.look_after(world.home, PATIENCE, 10)
        found = {state: count for (_, state), count in (await activity.today(APP)).items() if count}
        accounts = [account for account in await world.accounts.read(APP, ids) if account]
        states = [slot.state.value for account in accounts for slot in account.slots]
        assert found == {state: states.count(state) for state in set(states) - {"pending"}}
        return found

    refused = Failure("fcm", "400", "refused")
    await record(Change(Verb.ACCEPTED, [0]), Change(Verb.REJECTED, [1], refused), Change(Verb.RESERVE, [2]))
    assert await counted() == {"accepted": 1, "rejected": 2}
    await record(Change(Verb.ACCEPTED, [2]))
    assert await counted() == {"accepted": 2, "rejected": 1}
    await world.accounts.cancel(APP, ids[3])
    await record(Change(Verb.ACCEPTED, [3]))
    assert await counted() == {"accepted": 3, "rejected": 1}
    await world.accounts.resume(
        APP,
        ids[1],
        number=1,
        states=[State.REJECTED],
        staying=[],
        expires_at=clock.now() + timedelta(days=1),
        request=b"{}",
    )
    assert await counted() == {"accepted": 3}
    clock.advance(2 * 86400)
    await world.bundles.look_after(world.home, PATIENCE, 10)
    await record(Change(Verb.ACCEPTED, [4]))
    assert {state: count for (_, state), count in (await activity.today(APP)).items() if count} == {
        "accepted": 1,
        "expired": 2,
    }
