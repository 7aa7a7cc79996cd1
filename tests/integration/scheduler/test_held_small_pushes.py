"""Pushes of small messages that are held in their bundle until quiet hours end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from tests.support.bundles import small as small_message
from tests.support.pauses import pause
from tests.support.quiet_nights import EVENING, HOUR, MORNING, NEWS, begin_evening, terminal
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate import cancellation
from pushgate.bundles.values import Home
from pushgate.domain.audience import ByTerminal
from pushgate.domain.errors import Conflict
from pushgate.domain.message import Category, InQuietHours, Options, Priority
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


async def held_for_the_morning(small: SmallScheduler, number: int, options: Options = NEWS) -> list[str]:
    """Messages to so many terminals, one to each, all of which are held."""
    begin_evening(small, SHOP, zone="Asia/Shanghai", caps={"news": 1})
    names = [f"t{3 * n}" for n in range(number)]
    await small.stores.registry.register(SHOP, [terminal(3 * n) for n in range(number)])
    ids = await small.store(
        [small_message(push_at=EVENING, audience=ByTerminal((name,)), options=options) for name in names]
    )
    await small.run_rounds()
    assert await small_counts(small, ids) == [(1, 1, 0)] * number
    return ids


async def test_opt_outs_caps_and_zones_are_those_of_the_morning(small: SmallScheduler) -> None:
    """t0 opts out at night, t3 gets another message of the morning's day before this one, t6 has
    gone to Paris, t9 opts out in another language; t12 is as it was.
    """
    ids = await held_for_the_morning(small, 5)
    paris = structs.replace(terminal(6, "de"), timezone="Europe/Paris")
    gone = structs.replace(terminal(9, "de"), opt_out=("news",))
    await small.stores.registry.register(SHOP, [structs.replace(terminal(0), opt_out=("news",)), paris, gone])
    small.clock.at = MORNING
    urgent = Options(category=Category.NEWS, quiet_hours=InQuietHours.IGNORE)
    await small.store([small_message(push_at=MORNING, audience=ByTerminal(("t3",)), options=urgent)])
    await small.run_rounds()
    await send_all(small, ids)
    assert await small_counts(small, ids) == [(1, 1, 0)] * 5, "a worker that comes first"
    small.clock.advance(1)
    await small.look()
    assert await small_counts(small, ids) == [(0, 0, 1), (0, 0, 1), (1, 1, 0), (0, 0, 1), (1, 0, 0)]
    codes = [account.slots[0].label.split("|")[1:3] for account in await small.accounts(ids)]
    assert [code for _, code in codes[:2]] == ["opt_out", "frequency_cap"]
    await send_all(small, ids)
    small.clock.at = MORNING + 7 * HOUR
    await small.look()
    await send_all(small, ids)
    assert await small_counts(small, ids) == [(0, 0, 1), (0, 0, 1), (0, 0, 0), (0, 0, 1), (0, 0, 0)]


async def test_held_pushes_of_a_paused_app_are_judged_when_it_goes_on(small: SmallScheduler) -> None:
    """It is the next night by then."""
    ids = await held_for_the_morning(small, 1)
    small.clock.at = MORNING
    await small.stores.pauses.pause("shop", "", pause(MORNING))
    await small.look()
    assert await small_counts(small, ids) == [(1, 1, 0)]
    small.clock.at = EVENING + 24 * HOUR - HOUR / 2
    await small.stores.pauses.resume("shop", "")
    await small.look()
    await send_all(small, ids)
    assert await small_counts(small, ids) == [(0, 0, 1)], "the time to live ends before that night"


async def test_who_is_held_takes_no_place_of_a_cap(small: SmallScheduler) -> None:
    """A held message is cancelled in place of a change, and lets another one through."""
    (held,) = await held_for_the_morning(small, 1)
    with pytest.raises(Conflict, match="cancel"):
        await small.stores.tracked.changes.reschedule(SHOP, held, lambda known: known)
    await cancellation.cancel(small.stores, SHOP, held)
    small.clock.at = MORNING
    ids = await small.store([small_message(push_at=MORNING, audience=ByTerminal(("t0",)), options=NEWS)])
    await small.run_rounds()
    assert await small_counts(small, ids) == [(1, 0, 0)]


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
