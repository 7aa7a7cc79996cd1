"""Series in a real store: written, moved on by one of many schedulers, and forgotten."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import RETENTION
from tests.support.series import recurring

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.app import App
from pushgate.domain.audience import ByUser, Everyone, Saved
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Status
from pushgate.series.recurrence import Missed, Overlap, due_step, part_id
from pushgate.series.store import SeriesChanged
from pushgate.series.values import Moved, NoPart, Part, Series, SeriesStatus
from pushgate.stores import Stores

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def full_minute(clock: SetClock) -> None:
    clock.at = clock.at.replace(second=0)


@pytest.fixture
async def series(stores: Stores, clock: SetClock) -> Series:
    """A series for each minute, to everyone."""
    return await stores.series.write(recurring("* * * * *", clock.now()), Everyone())


async def parts_of(stores: Stores, series: Series) -> list[Part]:
    """All parts that are kept, oldest first."""
    now = await stores.series.read(series.app, series.id)
    return (await stores.series.parts(series.app, series.id, now.number, 10_000))[::-1]


async def test_a_series_is_read_back_as_it_was_written(stores: Stores, series: Series) -> None:
    assert await stores.series.read("shop", "news") == series
    assert (series.revision, series.number) == (1, 1)
    with pytest.raises(NotFound):
        await stores.series.read("other", "news")


async def test_of_two_changes_at_the_same_time_one_is_refused(stores: Stores, series: Series) -> None:
    paused = await stores.series.write(replace(series, status=SeriesStatus.PAUSED))
    assert (paused.status, paused.revision) == (SeriesStatus.PAUSED, 2)
    assert paused.template == series.template
    with pytest.raises(Conflict):
        await stores.series.write(replace(series, written=b"{}", definition=b"{}"))
    with pytest.raises(Conflict):
        await stores.series.write(replace(series, revision=0, definition=b"{}"), Everyone())


async def test_a_pause_is_not_taken_for_another_change_that_kept_the_definition(
    stores: Stores, series: Series
) -> None:
    await stores.series.write(series)
    with pytest.raises(SeriesChanged):
        await stores.series.write(replace(series, status=SeriesStatus.PAUSED))


async def test_a_repeated_write_changes_nothing(stores: Stores, series: Series) -> None:
    assert await stores.series.write(replace(series, revision=0), Everyone()) == series


async def test_a_due_series_makes_its_message_and_moves_on(
    stores: Stores, series: Series, clock: SetClock
) -> None:
    assert await stores.series.due(clock.now(), 10) == []
    clock.advance(60)
    assert await stores.series.due(clock.now(), 10) == [series]
    assert await stores.series.due_times(clock.now(), 10) == [to_ms(clock.now())]
    step = due_step(series, clock.now())
    assert await stores.series.move(series, step) is Moved.MADE
    assert await stores.series.move(series, step) is Moved.STALE
    assert await stores.series.due(clock.now(), 10) == []
    (part,) = await parts_of(stores, series)
    assert part.message_id == part_id("shop", "news", to_ms(clock.now()))
    stored = await stores.messages.read("shop", part.message_id)
    assert (stored.status, stored.message.push_at) == (Status.SCHEDULED, clock.now())
    claimed = await stores.claims.claim(clock.now(), MINUTE, "one", 10)
    assert [one.id for one in claimed] == [part.message_id]


async def test_each_part_gets_the_audience(stores: Stores, clock: SetClock) -> None:
    audience = ByUser(tuple(f"u{n}" for n in range(1200)))
    written = recurring("* * * * *", clock.now())
    written = replace(
        written, template=structs.replace(written.template, audience=summarize_audience(audience))
    )
    series = await stores.series.write(written, audience)
    for _ in range(2):
        clock.advance(60)
        await stores.series.move(series, due_step(series, clock.now()))
        series = await stores.series.read("shop", "news")
    for part in await parts_of(stores, series):
        assert part.message_id
        pieces = [raw async for raw in stores.audiences.read_raw(part.message_id)]
        assert len(pieces) == 3


async def test_nothing_is_made_for_a_series_that_was_paused_changed_or_deleted(
    stores: Stores, series: Series, clock: SetClock
) -> None:
    clock.advance(60)
    step = due_step(series, clock.now())
    paused = await stores.series.write(replace(series, status=SeriesStatus.PAUSED))
    assert await stores.series.move(series, step) is Moved.STALE
    assert await stores.series.move(paused, step) is Moved.STALE
    assert await stores.series.move(paused, due_step(paused, clock.now())) is Moved.MOVED
    (part,) = await parts_of(stores, series)
    assert (part.message_id, part.reason) == (None, NoPart.PAUSED)
    assert await stores.series.delete("shop", "news")
    assert not await stores.series.delete("shop", "news")
    assert await stores.series.move(paused, step) is Moved.GONE
    assert await stores.message_index.ids("shop", None, None, 10) == []


async def test_a_forgotten_series_leaves_the_schedule(
    stores: Stores, series: Series, clock: SetClock, redis: Redis
) -> None:
    await redis.delete("{q}:s:shop:news")
    clock.advance(60)
    assert await stores.series.due(clock.now(), 10) == []
    assert await stores.series.due_times(clock.now(), 10) == []


async def test_a_series_that_another_scheduler_just_moved_is_not_due(
    stores: Stores, series: Series, clock: SetClock, redis: Redis
) -> None:
    """Its place in the schedule is read first, and the series then."""
    await redis.zadd("{q}:series", {"shop news": to_ms(clock.now())})
    assert await stores.series.due(clock.now(), 10) == []


async def test_a_series_ends_with_its_last_instant(stores: Stores, clock: SetClock) -> None:
    rule = recurring("* * * * *", clock.now(), end=clock.now() + MINUTE)
    series = await stores.series.write(rule, Everyone())
    clock.advance(60)
    await stores.series.move(series, due_step(series, clock.now()))
    ended = await stores.series.read("shop", "news")
    assert (ended.status, ended.next_ms) == (SeriesStatus.ENDED, None)
    assert await stores.series.due(clock.now() + 10 * MINUTE, 10) == []


async def test_an_instant_is_left_out_while_the_last_message_is_sent_where_the_series_says_so(
    stores: Stores, clock: SetClock
) -> None:
    rule = recurring("* * * * *", clock.now(), overlap=Overlap.SKIP)
    series = await stores.series.write(rule, Everyone())
    for _ in range(3):
        clock.advance(60)
        await stores.series.move(series, due_step(series, clock.now()))
        series = await stores.series.read("shop", "news")
        if series.number == 3:  # the first message comes to its end
            (first, _) = await parts_of(stores, series)
            assert first.message_id
            await stores.messages.cancel("shop", first.message_id)
    reasons = [part.reason for part in await parts_of(stores, series)]
    assert reasons == [None, NoPart.OVERLAP, None]


async def test_a_part_has_no_message_beyond_what_may_wait(
    stores: Stores, series: Series, clock: SetClock
) -> None:
    for _ in range(2):
        clock.advance(60)
        await stores.series.move(series, due_step(series, clock.now()), max_waiting=1)
        series = await stores.series.read("shop", "news")
    assert [part.reason for part in await parts_of(stores, series)] == [None, NoPart.TOO_MANY_WAITING]


async def test_a_saved_audience_that_is_gone_is_told(stores: Stores, clock: SetClock) -> None:
    app = App("shop")
    await stores.saved_audiences.save(app, "vip", Everyone(), "audience")
    with pytest.raises(Conflict):
        await stores.series.write(recurring("* * * * *", clock.now()), Saved("other"))
    series = await stores.series.write(recurring("* * * * *", clock.now()), Saved("vip"))
    assert await stores.series.naming("shop", "vip") == ["news"]
    assert await stores.series.naming("shop", "vi") == []
    await stores.saved_audiences.delete(app, "vip")
    clock.advance(60)
    await stores.series.move(series, due_step(series, clock.now()))
    (part,) = await parts_of(stores, series)
    assert (part.message_id, part.reason) == (None, NoPart.AUDIENCE_DELETED)


async def test_lists_go_on_where_they_ended(stores: Stores, clock: SetClock) -> None:
    names = [f"s{n}" for n in range(5)]
    for name in names:
        await stores.series.write(recurring("0 9 * * *", clock.now(), name=name), Everyone())
    listed, after = [], ""
    while True:
        some, following = await stores.series.listed("shop", after, 2)
        listed += [one.id for one in some]
        if following is None:
            break
        after = following
    assert listed == names
    assert await stores.series.listed("other", "", 10) == ([], None)


async def test_a_series_with_a_retention_is_not_listed_and_forgotten(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    rule = recurring("* * * * *", clock.now())
    until = clock.now() + timedelta(days=2)
    series = await stores.series.write(rule, ByUser(("u",)), keep_until=until)
    clock.advance(60)
    await stores.series.move(series, due_step(series, clock.now()))
    assert await stores.series.listed("shop", "", 10) == ([], None)
    for key in ("{q}:s:shop:news", "{q}:s:shop:news:audience", "{q}:parts:shop:news"):
        assert await redis.pexpiretime(key) == to_ms(until)


async def test_the_newest_parts_are_kept(stores: Stores, series: Series, clock: SetClock) -> None:
    clock.advance(60 * 2500)
    while True:
        due = await stores.series.due(clock.now(), 1)
        if not due:
            break
        await stores.series.move(due[0], due_step(due[0], clock.now()))
    parts = await parts_of(stores, series)
    assert [part.number for part in parts] == list(range(1501, 2501))
    assert parts[-1].at == clock.now()
    assert await stores.series.parts("shop", "news", 1502, 10) == parts[:1]


async def test_what_was_due_before_the_store_went_back_is_not_made_up_for(
    stores: Stores, clock: SetClock
) -> None:
    rule = recurring("* * * * *", clock.now(), missed=Missed.ALL)
    series = await stores.series.write(rule, Everyone())
    clock.advance(5 * 60)
    await stores.series.hold(clock.now() - 3 * MINUTE)
    await stores.series.hold(clock.now() - 4 * MINUTE)  # an earlier hold is no longer one
    while due := await stores.series.due(clock.now(), 1):
        await stores.series.move(due[0], due_step(due[0], clock.now()))
    reasons = [part.reason for part in await parts_of(stores, series)]
    assert reasons == [NoPart.RESTORED] * 2 + [None] * 3


async def test_nothing_is_made_while_a_store_is_being_held(
    stores: Stores, series: Series, clock: SetClock, redis: Redis
) -> None:
    await redis.hset("{q}:restored", "state", "holding")
    clock.advance(60)
    assert await stores.series.move(series, due_step(series, clock.now())) is Moved.STALE


async def test_three_schedulers_make_each_instant_once(redis: Redis, clock: SetClock) -> None:
    """Three stores race over the instants of three series."""
    rivals = [Stores.open(redis, clock, RETENTION) for _ in range(3)]
    begin, instants = clock.now(), 300
    for name in ("a", "b", "c"):
        rule = recurring("* * * * *", begin, missed=Missed.ALL, name=name)
        await rivals[0].series.write(rule, Everyone())
    tries = 0

    async def schedule(stores: Stores) -> None:
        nonlocal tries
        while due := await stores.series.due(clock.now(), 10):
            for series in due:
                step = due_step(series, clock.now())
                await asyncio.sleep(0)
                tries += 1
                moved = await stores.series.move(series, step)
                assert moved is not Moved.GONE

    for _ in range(instants // 50):
        clock.advance(50 * 60)
        await asyncio.gather(*map(schedule, rivals))
    expected = [begin + n * MINUTE for n in range(1, instants + 1)]
    ids = set[str]()
    for name in ("a", "b", "c"):
        parts = await parts_of(rivals[0], await rivals[0].series.read("shop", name))
        assert (len(parts), parts[0].number) == (instants, 1)
        assert [part.at for part in parts] == expected
        ids |= {part.message_id for part in parts if part.message_id}
    stored = await rivals[0].message_index.ids("shop", None, None, 10_000)
    assert len(stored) == len(set(stored)) == 3 * instants
    assert set(stored) == ids
    assert tries > 3 * instants
