"""Pushes of small messages that are held in their bundle until quiet hours end."""

from dataclasses import replace
from datetime import timedelta

from msgspec import structs
from tests.support.bundles import small as small_message
from tests.support.quiet_nights import EVENING, HOUR, MORNING, NEWS, begin_evening, terminal
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.values import Home
from pushgate.domain.audience import ByTerminal
from pushgate.domain.message import InQuietHours, Options, Priority
from pushgate.tracking.small_status import small_report


async def send_all(small: SmallScheduler, ids: list[str]) -> None:
    """A worker takes every bundle of the messages, and the vendor accepts what is due."""
    for account in await small.accounts(ids):
        for slot in account.slots:
            await small.send(Home(SHOP, account.position.shard), slot.bundle)


async def small_counts(small: SmallScheduler, ids: list[str]) -> list[tuple[int, int, int]]:
    """How many pushes of each message are pending, held and cancelled."""
    reports = [small_report(account) for account in await small.accounts(ids)]
    return [(one.states["pending"], one.held, one.states["cancelled"]) for one in reports]


async def test_small_messages_keep_quiet_hours_of_people(small: SmallScheduler) -> None:
    small.clock.at = EVENING
    await small.stores.registry.register(SHOP, [structs.replace(terminal(1), user="ann"), terminal(4)])
    await small.stores.people.change(SHOP, "ann", quiet_hours="16:00-08:30")
    both = ByTerminal(("t1", "t4"))
    ids = await small.store(
        [
            small_message(push_at=EVENING, audience=both, options=Options(quiet_hours=option))
            for option in (InQuietHours.HOLD, InQuietHours.LEAVE_OUT, InQuietHours.IGNORE)
        ]
    )
    await small.run_rounds()
    assert await small_counts(small, ids) == [(2, 1, 0), (1, 0, 1), (2, 0, 0)]


async def test_small_messages_wait_in_their_bundle(small: SmallScheduler) -> None:
    begin_evening(small, SHOP)
    await small.stores.registry.register(SHOP, [terminal(number) for number in range(2)])
    low = replace(NEWS, priority=Priority.LOW)
    short = Options(quiet_hours=InQuietHours.HOLD, ttl=8 * HOUR)
    both, alone = ByTerminal(("t0", "t1")), ByTerminal(("t0",))
    ids = await small.store(
        [
            small_message(push_at=EVENING, audience=audience, options=options)
            for audience, options in ((both, NEWS), (alone, low), (alone, short))
        ]
    )
    await small.run_rounds()
    assert await small_counts(small, ids) == [(2, 1, 0), (1, 1, 0), (0, 0, 1)]
    # The bundle of the low message has nothing to send before the morning.
    assert sum((await small.queued()).values()) == 1
    await send_all(small, ids)
    # What waits for the vendor is tried at once when its section changes; this is not.
    for shard in range(SHOP.shards):
        async for _ in small.stores.bundles.hasten(Home(SHOP, shard), "apns"):
            pass
    await send_all(small, ids)
    assert await small_counts(small, ids) == [(1, 1, 0), (1, 1, 0), (0, 0, 1)]
    for at, expected in (
        (MORNING - timedelta(seconds=1), [(1, 1, 0), (1, 1, 0), (0, 0, 1)]),
        (MORNING, [(0, 0, 0), (0, 0, 0), (0, 0, 1)]),
    ):
        small.clock.at = at
        await small.look()
        await send_all(small, ids)
        assert await small_counts(small, ids) == expected
    assert sum((await small.queued()).values()) == 2
