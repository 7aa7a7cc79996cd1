"""Every call finds nothing where the retention is over, and counters find back to zero."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.bundles import LEASE, NOTHING_DUE, PATIENCE, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.accounts import NO_MESSAGE
from pushgate.bundles.bundle_values import Change, Verb
from pushgate.domain.outcome import ReceiptKind, State


async def lose(redis: Redis, *patterns: str) -> None:
    """What Redis does with expired keys."""
    for pattern in patterns:
        async for key in redis.scan_iter(pattern):
            await redis.delete(key)


async def test_a_bundle_that_has_expired_is_looked_after_no_more(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    for number in range(2):
        await world.put([small(push_at=clock.now())], number=number)
        await world.place(await world.claim())
    await world.bundles.take(world.home, 1, "w", LEASE)
    await lose(redis, "*:b:*")
    assert await world.bundles.take(world.home, 1, "w", LEASE) == timedelta(0)
    recorded = await world.bundles.record(world.home, 1, "w", LEASE, [Change(Verb.ACCEPTED, [0])])
    assert (recorded.held, recorded.open, list(recorded.changed)) == (False, 0, [()])
    clock.advance(61)
    assert await world.bundles.look_after(world.home, PATIENCE, 10) == (1, [])
    assert await world.segments.next_due_at([world.home]) == [NOTHING_DUE]
    assert await world.segments.waiting(world.home) == (0, 0)


async def test_a_segment_that_has_expired_waits_no_more(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    await world.put([small(push_at=clock.now())] * 3)
    claimed = await world.claim()
    await lose(redis, "*:c:*", "*:p:*")
    assert await world.place(claimed) == []
    assert await world.claim() == []
    assert await world.segments.waiting(world.home) == (0, 0)
    assert await world.segments.next_due_at([world.home]) == [NOTHING_DUE]


async def test_a_message_that_has_expired_is_no_message(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    app = world.home.app
    (message_id,), _ = await world.put([small(push_at=clock.now())])
    await world.place(await world.claim())
    await lose(redis, "*:c:*")
    (account,) = await world.accounts.read(app, [message_id])
    assert account is not None
    assert account.message is None
    await lose(redis, "*:b:*")
    (account,) = await world.accounts.read(app, [message_id])
    assert account is not None
    assert account.slots == []
    await lose(redis, "*:p:*")
    assert await world.accounts.read(app, [message_id]) == [None]
    assert await world.accounts.cancel(app, message_id) is None
    assert await world.accounts.record_receipts(ReceiptKind.CLICKED, app, [(message_id, [(0, 0)])]) == [
        NO_MESSAGE
    ]
    resumed = await world.accounts.resume(
        app, message_id, number=1, states=[State.EXPIRED], staying=[], expires_at=clock.now(), request=b""
    )
    assert resumed == -1


async def test_bundles_with_many_slots_are_looked_after_in_several_turns(
    redis: Redis, clock: SetClock
) -> None:
    world = SmallWorld(redis, clock)
    for number in range(5):
        await world.put([small(push_at=clock.now())] * 256, number=number)
    for _ in range(5):
        await world.place(await world.claim(limit=256), per_message=2)
    clock.advance(61)
    looked_at, due = await world.bundles.look_after(world.home, PATIENCE, 4)
    assert (looked_at, len(due)) == (4, 4)
    looked_at, due = await world.bundles.look_after(world.home, PATIENCE, 4)
    assert (looked_at, len(due)) == (1, 1)


async def test_a_guessed_id_finds_nothing(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    app = world.home.app
    (message_id,), _ = await world.put([small(push_at=clock.now())])
    guessed = f"{int(message_id[:12], 16) + 1:012x}{message_id[12:]}"
    for attempt in (guessed, f"{message_id[:-1]}1", f"{message_id[:13]}fff{message_id[16:]}"):
        assert await world.accounts.read(app, [attempt]) == [None]
        assert await world.accounts.cancel(app, attempt) is None
        verdicts = await world.accounts.record_receipts(ReceiptKind.CLICKED, app, [(attempt, [(0, 0)])])
        assert verdicts == [NO_MESSAGE]
    assert await world.segments.waiting(world.home) == (1, 0)
