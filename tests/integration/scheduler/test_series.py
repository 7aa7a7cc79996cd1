"""Schedulers move due series on, and dispatch the messages that these make."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.support.scheduler import APP, SchedulerParts
from tests.support.series import recurring, template
from tests.support.store_copy import go_back, marked_copy

from pushgate.domain.audience import Everyone
from pushgate.domain.message import Status
from pushgate.domain.terminal import Terminal
from pushgate.scheduler.series import SeriesRounds
from pushgate.series.recurrence import Missed
from pushgate.series.values import NoPart, Part, Series, SeriesStatus, Step

MINUTE = timedelta(minutes=1)


async def stored(parts: SchedulerParts, name: str = "news", missed: Missed = Missed.LATEST) -> Series:
    """A series for each minute, to everyone."""
    parts.clock.at = parts.clock.at.replace(second=0)
    rule = recurring("* * * * *", parts.clock.now(), name=name, missed=missed)
    return await parts.stores.series.write(rule, Everyone())


async def parts_of(parts: SchedulerParts, name: str = "news") -> list[Part]:
    return (await parts.stores.series.parts("shop", name, 1000, 1000))[::-1]


async def test_a_run_is_made_dispatched_and_sent(parts: SchedulerParts) -> None:
    await parts.stores.registry.register(APP, [Terminal("t", "apns", "0" * 32, "en")])
    await stored(parts)
    rounds = SeriesRounds(parts.context)
    assert await rounds.move_due() == 0
    parts.clock.advance(60)
    assert await rounds.move_due() == 1
    assert await rounds.move_due() == 0
    await parts.dispatch_due()
    (part,) = await parts_of(parts)
    assert part.message_id
    message = (await parts.stores.messages.read("shop", part.message_id)).message
    await parts.work(message)
    assert await parts.status(message) is Status.SENT
    assert await parts.states(message) == {"accepted": 1}


async def test_all_that_was_missed_is_made_up_for_in_one_go(parts: SchedulerParts) -> None:
    for name in ("a", "b"):
        await stored(parts, name, Missed.ALL)
    parts.clock.advance(60 * 1200)
    assert await SeriesRounds(parts.context).move_due() == 200
    for name in ("a", "b"):
        found = await parts.stores.series.parts("shop", name, 10_000, 10_000)
        assert sum(part.message_id is not None for part in found) == 100


async def test_series_of_other_kinds_and_of_apps_without_settings_are_left_alone(
    parts: SchedulerParts,
) -> None:
    mine = await stored(parts)
    series = parts.stores.series
    for app, kind in (("shop", "later"), ("other", mine.kind)):
        rule = recurring("* * * * *", parts.clock.now() - MINUTE, name=kind)
        other = Series(
            app=app,
            id=rule.id,
            kind=kind,
            status=rule.status,
            next_ms=rule.next_ms,
            definition=rule.definition,
            template=template(app=app),
            written=b"",
        )
        await series.write(other, Everyone())
    parts.clock.advance(60)
    assert await SeriesRounds(parts.context).move_due() == 1
    assert len(await series.due(parts.clock.now(), 10)) == 2


@pytest.mark.parametrize("fault", [ValueError, KeyError, RuntimeError])
async def test_one_series_at_fault_does_not_stop_the_others(
    parts: SchedulerParts, fault: type[Exception]
) -> None:
    await stored(parts, "a")
    await stored(parts, "b")

    async def step_of(series: Series, now: datetime) -> Step:
        if series.id == "a":
            raise fault
        return Step(None)

    parts.clock.advance(60)
    rounds = SeriesRounds(parts.context, kinds={"recurrence": step_of})
    await rounds.move_due()
    assert [one.id for one in await parts.stores.series.due(parts.clock.now(), 10)] == ["a"]


async def test_a_copy_makes_up_for_nothing_that_was_due_before(parts: SchedulerParts, redis: Redis) -> None:
    await stored(parts, missed=Missed.ALL)
    copy = await marked_copy(parts.stores, redis)
    await go_back(parts, redis, copy)
    rounds = SeriesRounds(parts.context)
    assert await rounds.move_due() == 0
    parts.clock.advance(60)
    assert await rounds.move_due() == 1
    found = await parts_of(parts)
    assert [part.reason for part in found] == [NoPart.RESTORED] * 5 + [None]


async def test_an_instant_without_a_message_is_logged_and_a_paused_one_is_not(
    parts: SchedulerParts,
) -> None:
    for name in ("first", "second"):
        await stored(parts, name)
    parts.clock.advance(60)
    with capture_logs() as lines:
        assert await SeriesRounds(parts.context, max_waiting=1).move_due() == 1
    (line,) = [line for line in lines if line["action"] == "part_not_made"]
    assert line["instants"] == 1
    for name in ("first", "second"):
        series = await parts.stores.series.read("shop", name)
        await parts.stores.series.write(replace(series, status=SeriesStatus.PAUSED))
    parts.clock.advance(60)
    with capture_logs() as lines:
        assert await SeriesRounds(parts.context).move_due() == 0
    assert lines == []
