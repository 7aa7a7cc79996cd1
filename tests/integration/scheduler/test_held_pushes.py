"""Terminals of large messages that are held until quiet hours end: not targeted before, then
targeted once.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from redis.asyncio import Redis
from tests.support.accounting import assert_law
from tests.support.messages import with_variants
from tests.support.quiet_nights import EVENING, HOUR, MORNING, NEWS, YEAR, ZONES, begin_evening, terminal
from tests.support.scheduler import APP, SchedulerParts, lose_plans

from pushgate import cancellation, pausing
from pushgate.domain.audience import ByTerminal, Everyone, OnePerUser
from pushgate.domain.errors import Conflict
from pushgate.domain.experiment import Split, Unit
from pushgate.domain.message import Category, InQuietHours, Message, Options, Status
from pushgate.domain.terminal import Terminal
from pushgate.ledger.slot_sets import HELD_OUT
from pushgate.ledger.values import MessageShard, message_key


async def begin(
    parts: SchedulerParts, options: Options = NEWS, caps: dict[str, int] | None = None
) -> Message:
    """Dispatch a message to 90 terminals in three zones, and let what is pending be accepted."""
    begin_evening(parts, APP, caps=caps)
    await parts.stores.registry.register(APP, [terminal(number) for number in range(90)])
    message = await parts.store(Everyone(), options)
    await parts.dispatch_due()
    await parts.work(message)
    return message


async def go_on(parts: SchedulerParts, at: datetime) -> None:
    """What the scheduler does at an instant."""
    parts.clock.at = at
    await parts.dispatch_due()
    await parts.recovery.run_once()


async def held(redis: Redis, parts: SchedulerParts, message: Message) -> tuple[int, datetime | None]:
    shards = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    await assert_law(redis, parts.stores.results, shards)
    report = await parts.stores.results.report(APP, message.id)
    return report.held, report.held_until


async def held_out(redis: Redis, message: Message) -> int:
    counts = [f"{message_key(APP, shard, message.id)}:counts" for shard in range(APP.shards)]
    return sum([int(await redis.hget(key, f"|{HELD_OUT}") or 0) for key in counts])


async def test_who_is_in_quiet_hours_gets_it_when_they_end(redis: Redis, parts: SchedulerParts) -> None:
    message = await begin(parts)
    assert await held(redis, parts, message) == (30, MORNING)
    assert await parts.states(message) == {"accepted": 60}
    await go_on(parts, MORNING - timedelta(seconds=1))
    assert (await held(redis, parts, message), await parts.status(message)) == ((30, MORNING), Status.SENDING)
    await go_on(parts, MORNING)
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "pending": 30}
    assert await parts.queued()
    await parts.work(message)
    assert (await parts.states(message), await parts.status(message)) == ({"accepted": 90}, Status.SENT)


async def test_who_comes_to_quiet_hours_during_a_spread_is_held(redis: Redis, parts: SchedulerParts) -> None:
    options = Options(quiet_hours=InQuietHours.HOLD, spread=timedelta(minutes=40))
    message = await begin(parts, options)
    assert await held(redis, parts, message) == (60, MORNING)


async def test_a_repeated_release_targets_nobody_twice(redis: Redis, parts: SchedulerParts) -> None:
    message = await begin(parts)
    parts.clock.at = MORNING
    for _ in range(2):
        await parts.stores.messages.read("shop", message.id)
        await parts.recovery.run_once()
        await redis.zadd("{q}:sending", {message.id: 0})
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "pending": 30}


async def test_where_they_end_too_late_terminals_are_left_out(redis: Redis, parts: SchedulerParts) -> None:
    message = await begin(parts, Options(quiet_hours=InQuietHours.HOLD, ttl=8 * HOUR))
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "cancelled": 30}


async def test_a_scheduler_that_comes_too_late_counts_them_as_expired(
    redis: Redis, parts: SchedulerParts
) -> None:
    message = await begin(parts)
    await go_on(parts, message.expires_at + 10 * HOUR)
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "expired": 30}
    assert await parts.status(message) is Status.SENT


async def test_a_cancelled_message_holds_nobody(redis: Redis, parts: SchedulerParts) -> None:
    message = await begin(parts)
    await cancellation.cancel(parts.stores, APP, message.id)
    assert await held(redis, parts, message) == (0, None)
    await go_on(parts, MORNING)
    assert await parts.states(message) == {"accepted": 60}
    assert await parts.status(message) is Status.CANCELLED


async def test_a_message_that_holds_pushes_says_how_to_change_it(parts: SchedulerParts) -> None:
    message = await begin(parts)
    with pytest.raises(Conflict, match="cancel"):
        await parts.stores.tracked.changes.reschedule(APP, message.id, lambda known: known)
    await cancellation.cancel(parts.stores, APP, message.id)
    with pytest.raises(Conflict, match=r"only a scheduled one can be changed$"):
        await parts.stores.tracked.changes.reschedule(APP, message.id, lambda known: known)


async def test_a_paused_message_releases_them_when_it_goes_on(redis: Redis, parts: SchedulerParts) -> None:
    message = await begin(parts)
    await pausing.pause(parts.stores, APP, message.id)
    await go_on(parts, MORNING + HOUR)
    assert await held(redis, parts, message) == (30, MORNING)
    await pausing.resume(parts.stores, APP, message.id)
    await go_on(parts, MORNING + 2 * HOUR)
    await go_on(parts, MORNING + 3 * HOUR)
    assert await parts.states(message) == {"accepted": 60, "pending": 30}
    assert await held(redis, parts, message) == (0, None)


async def test_opt_outs_and_caps_are_those_of_the_morning(redis: Redis, parts: SchedulerParts) -> None:
    """t0 opts out at night; t3 gets another message of the morning's day before this one."""
    message = await begin(parts, caps={"news": 1})
    await parts.stores.registry.register(APP, [structs.replace(terminal(0), opt_out=("news",))])
    parts.clock.at = MORNING
    urgent = Options(category=Category.NEWS, quiet_hours=InQuietHours.IGNORE)
    await parts.store(ByTerminal(("t3",)), urgent)
    await parts.dispatch_due()
    await parts.recovery.run_once()
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "pending": 28, "cancelled": 2}
    report = await parts.stores.results.report(APP, message.id)
    assert {(one.code, one.count) for one in report.failures} == {("opt_out", 1), ("frequency_cap", 1)}


async def test_a_terminal_that_moved_meanwhile_is_judged_where_it_is(
    redis: Redis, parts: SchedulerParts
) -> None:
    """t0 has another language, and has gone to Paris; t3 has another language alone."""
    message = await begin(parts)
    moved = Terminal("t0", "apns", f"{0:032x}", "de", timezone="Europe/Paris")
    await parts.stores.registry.register(APP, [moved, terminal(3, "de")])
    await go_on(parts, MORNING)
    assert await held(redis, parts, message) == (1, MORNING + 7 * HOUR)
    await go_on(parts, MORNING + 7 * HOUR)
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"accepted": 60, "pending": 30}


async def hold_one_that_moves(parts: SchedulerParts, vendor: str) -> Message:
    """A message to t3, whose terminal has another language by the morning."""
    held = structs.replace(terminal(3), vendor=vendor)
    await parts.stores.registry.register(APP, [held])
    message = await parts.store(ByTerminal(("t3",)), NEWS)
    await parts.dispatch_due()
    await parts.stores.registry.register(APP, [structs.replace(held, language="de")])
    parts.clock.at = MORNING
    return message


async def test_a_terminal_that_moved_meanwhile_keeps_its_place_of_a_cap(
    redis: Redis, parts: SchedulerParts
) -> None:
    begin_evening(parts, APP, caps={"news": 1})
    message = await hold_one_that_moves(parts, "apns")
    await go_on(parts, MORNING)
    await parts.work(message)
    assert await parts.stores.frequency_caps.give_back(APP, message.id) == 0
    second = await parts.store(ByTerminal(("t3",)), NEWS)
    await parts.dispatch_due()
    assert await parts.states(second) == {"cancelled": 1}


async def test_a_terminal_that_moved_meanwhile_has_its_device_limit(
    redis: Redis, parts: SchedulerParts
) -> None:
    begin_evening(parts, APP, per_device=1)
    message = await hold_one_that_moves(parts, "huawei")
    await parts.store(ByTerminal(("t3",)), NEWS)
    await parts.dispatch_due()
    await parts.recovery.run_once()
    assert await parts.states(message) == {"cancelled": 1}
    report = await parts.stores.results.report(APP, message.id)
    assert [one.code for one in report.failures] == ["device_limit"]


@pytest.mark.parametrize("evening", [datetime(YEAR, 3, 27, tzinfo=UTC), datetime(YEAR, 10, 30, tzinfo=UTC)])
async def test_in_each_zone_the_first_hour_that_is_not_quiet_targets(
    redis: Redis, parts: SchedulerParts, evening: datetime
) -> None:
    """Hour by hour over nights of which in some years one has a change of clocks."""
    await begin(parts)
    parts.clock.at = evening + 21 * HOUR
    message = await parts.store(Everyone(), NEWS)
    await parts.dispatch_due()
    reached = 0
    for _ in range(14):
        now = parts.clock.now()
        quiet = [zone for zone in ZONES if not 8 <= now.astimezone(ZoneInfo(zone)).hour < 22]
        reached = max(reached, 90 - 30 * len(quiet))
        assert (await parts.stores.results.report(APP, message.id)).targeted == reached
        assert (await held(redis, parts, message))[0] == 90 - reached
        await go_on(parts, now + HOUR)
    assert await parts.states(message) == {"pending": 90}


@pytest.mark.parametrize("waits", [True, False])
async def test_quiet_hours_of_a_person_are_kept_beside_those_of_the_app(
    redis: Redis, parts: SchedulerParts, waits: bool
) -> None:
    """t0 and t1 are ann's: t0 in Shanghai (23:30, quiet until 08:00), t1 in Paris (16:30)."""
    begin_evening(parts, APP, category="news")
    ours = [structs.replace(terminal(number), user=f"u{number // 2}") for number in range(8)]
    await parts.stores.registry.register(APP, ours[:1])
    await parts.stores.people.change(APP, "u0", quiet_hours="16:00-08:30")
    await parts.stores.registry.register(APP, ours[1:])
    message = await parts.store(Everyone(), NEWS if waits else Options(category=Category.NEWS))
    await parts.dispatch_due()
    if not waits:
        assert await parts.states(message) == {"cancelled": 4, "pending": 4}
        return
    assert await held(redis, parts, message) == (4, MORNING)
    await go_on(parts, MORNING)
    assert await held(redis, parts, message) == (2, MORNING + HOUR / 2)
    await go_on(parts, MORNING + HOUR / 2)
    assert await held(redis, parts, message) == (1, MORNING + 7.5 * HOUR)
    await parts.stores.people.change(APP, "u0", quiet_hours="")
    await go_on(parts, MORNING + 7.5 * HOUR)
    assert await held(redis, parts, message) == (0, None)
    assert await parts.states(message) == {"pending": 8}


async def test_a_shard_that_lost_its_plan_gives_a_user_who_is_held_no_second_terminal(
    redis: Redis, parts: SchedulerParts
) -> None:
    begin_evening(parts, APP, zone="Asia/Shanghai")
    anns = [
        structs.replace(terminal(3 * n), user="ann", last_seen=EVENING - (n + 2) * HOUR) for n in range(8)
    ]
    await parts.stores.registry.register(APP, anns)
    message = await parts.store(OnePerUser(Everyone()), NEWS)
    await parts.dispatch_due()
    (kept,) = await parts.stores.deferred_slots.waiting(APP, message.id)
    places = await parts.stores.locations.locate(APP, [one.id for one in anns])
    others = [one for one, (ref,) in zip(anns, places, strict=True) if ref.shard != kept]
    await parts.stores.registry.register(APP, [structs.replace(one, last_seen=EVENING) for one in others])
    await redis.delete(
        *(f"{message_key(APP, ref.shard, message.id)}:marker" for (ref,) in places if ref.shard != kept)
    )
    await parts.stores.lifecycle.replan("shop", message.id)
    await parts.dispatch_due()
    waiting = await parts.stores.deferred_slots.waiting(APP, message.id)
    assert {shard: one.count for shard, one in waiting.items()} == {kept: 1}


async def test_a_plan_that_is_lost_at_night_is_made_again_at_night(
    redis: Redis, parts: SchedulerParts
) -> None:
    message = await begin(parts)
    await go_on(parts, EVENING + HOUR / 6)
    await lose_plans(redis, message.id, 0)
    await go_on(parts, EVENING + HOUR / 4)
    await parts.dispatch_due()
    assert not await parts.stores.plans.unplanned(APP, message.id)
    assert (await held(redis, parts, message))[0] == 30


async def test_a_release_cuts_no_pause_short(redis: Redis, parts: SchedulerParts) -> None:
    """The vendor asked for a pause that lasts until after quiet hours."""
    begin_evening(parts, APP)
    await parts.stores.registry.register(APP, [terminal(number) for number in range(90)])
    message = await parts.store(Everyone(), NEWS)
    await parts.dispatch_due()
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, parts.stores.retention.keep_until(message))
        blocks = await parts.stores.pending.blocks(scope)
        await parts.stores.due_blocks.write(scope, {block.number: MORNING + HOUR for block in blocks})
    await go_on(parts, MORNING)
    assert await held(redis, parts, message) == (0, None)
    assert await parts.takeable(message) == 0
    parts.clock.at = MORNING + HOUR
    assert await parts.takeable(message) == 2, "blocks"


async def test_who_comes_to_the_holdout_meanwhile_keeps_no_message_open(
    redis: Redis, parts: SchedulerParts
) -> None:
    """Variants follow users, and each terminal has another user by the morning. Who is held out
    takes no place of a cap, and is counted.
    """
    begin_evening(parts, APP, zone="Asia/Shanghai", caps={"news": 1})

    async def register(user: str) -> None:
        ours = [
            Terminal(f"t{number}", "apns", f"{number:032x}", "en", user=f"{user}{number}")
            for number in range(60)
        ]
        await parts.stores.registry.register(APP, ours)

    await register("ann")
    split = Split(("a", "b"), (50, 50), holdout=50, unit=Unit.USER)
    message = with_variants(parts.clock, split, NEWS)
    await parts.stores.messages.put(message)
    await parts.dispatch_due()
    waiting, _ = await held(redis, parts, message)
    before = await held_out(redis, message)
    await register("bob")
    await go_on(parts, MORNING)
    assert await held(redis, parts, message) == (0, None)
    sent = (await parts.states(message))["pending"]
    assert 0 < sent < waiting
    assert await held_out(redis, message) == before + waiting - sent
    await parts.work(message)
    assert await parts.status(message) is Status.SENT
    other = await parts.store(Everyone(), NEWS)
    await parts.dispatch_due()
    assert await parts.states(other) == {"pending": 60 - sent, "cancelled": sent}
