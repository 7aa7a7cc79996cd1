"""Steps that follow where a message does not reach a user: who gets them, when, and only once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import capped_app, catalog_of
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import APP, SchedulerParts
from tests.support.series import recurring, template
from tests.support.store_copy import go_back, marked_copy
from tests.support.told_events import FeedReader, of_type

from pushgate.adapters.topics import summarize_audience
from pushgate.cancellation import cancel
from pushgate.domain.audience import ByTerminal
from pushgate.domain.errors import Conflict
from pushgate.domain.escalation import MadeStep, NoStep, Step, Unless
from pushgate.domain.message import Content, InQuietHours, Options, Status
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Terminal
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Form
from pushgate.fleet.pause import Pause
from pushgate.ledger.values import Failure
from pushgate.pausing import pause, resume
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice
from pushgate.restore.resuming import resume as resume_held
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.series import SeriesRounds
from pushgate.scheduler.store_hold import StoreHoldRounds

DELIVERED, CLICKED = ReceiptKind.DELIVERED, ReceiptKind.CLICKED
SECOND = replace(NEXT, after=2 * AFTER)
NOBODY = MadeStep(None, NoStep.NOBODY_LEFT)


@pytest.fixture
def played(redis: Redis, parts: SchedulerParts) -> PlayedEscalations:
    return PlayedEscalations(redis, parts)


async def test_an_undelivered_message_goes_to_the_terminal_of_the_user_that_was_seen_last(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["old", "tablet", "phone"], bob=["pad", "cell"])
    message = await played.send(NEXT, audience=ByTerminal(("phone", "cell")))
    await played.report(message, DELIVERED, "cell")
    await played.advance(AFTER - timedelta(seconds=1))
    assert (await played.steps(message)).made == []
    await played.advance(timedelta(seconds=1))
    step = await played.step(message)
    assert await played.targeted(step) == ["tablet"]
    assert step.content == message.content
    assert step.push_at == message.push_at + AFTER
    assert step.expires_at == message.expires_at
    await parts.work(step)
    assert await parts.states(step) == {"accepted": 1}
    assert await parts.status(step) is Status.SENT


async def test_a_user_of_whom_one_terminal_got_the_message_gets_no_step(played: PlayedEscalations) -> None:
    await played.register(ann=["old", "tablet", "phone"])
    message = await played.send(NEXT, audience=ByTerminal(("phone", "tablet")))
    await played.report(message, CLICKED, "tablet")
    await played.advance()
    assert (await played.steps(message)).made == [NOBODY]


async def test_terminals_that_failed_or_wait_are_not_delivered_and_cancelled_ones_get_nothing(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["a2", "a1"], bob=["b2", "b1"], eve=["e2", "e1"])
    failed = await played.store(NEXT, audience=ByTerminal(("a1",)))
    waiting = await played.store(NEXT, audience=ByTerminal(("b1",)))
    gone = await played.store(NEXT, audience=ByTerminal(("e1",)))
    await parts.dispatch_due()
    await parts.answer(failed, State.INVALID, Failure("apns", "Unregistered", "the token is dead"))
    await parts.stores.registry.forget(APP, ["a1"])
    await parts.answer(gone, State.CANCELLED)
    await played.advance()
    assert await played.targeted(await played.step(failed)) == ["a2"]
    assert await played.targeted(await played.step(waiting)) == ["b2"]
    assert (await played.steps(gone)).made == [NOBODY]


async def test_a_step_to_a_vendor_goes_to_all_terminals_of_it_that_got_nothing_yet(
    played: PlayedEscalations,
) -> None:
    await played.register(ann=["fcm1", "fcm2", "tablet", "phone"])
    step = replace(NEXT, to="vendor:fcm")
    message = await played.send(step, replace(step, after=2 * AFTER), audience=PHONE)
    await played.advance()
    assert await played.targeted(await played.step(message)) == ["fcm1", "fcm2"]
    await played.advance()
    assert (await played.steps(message)).made[1] == NOBODY


async def test_a_second_step_leaves_out_whom_the_first_one_reached_or_tried(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["a3", "a2", "a1"], bob=["b3", "b2", "b1"])
    message = await played.send(NEXT, SECOND, audience=ByTerminal(("a1", "b1")))
    await played.advance()
    first = await played.step(message)
    assert await played.targeted(first) == ["a2", "b2"]
    await parts.work(first)
    await played.report(first, DELIVERED, "b2")
    await played.advance()
    assert await played.targeted(await played.step(message, 2)) == ["a3"]


async def test_a_delivered_message_that_nobody_clicked_is_escalated_where_the_step_asks_for_clicks(
    played: PlayedEscalations,
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(Step(after=AFTER, unless=Unless.CLICKED, to="next_terminal"), audience=PHONE)
    await played.report(message, DELIVERED, "phone")
    await played.advance()
    assert await played.targeted(await played.step(message)) == ["tablet"]


async def test_what_a_vendor_accepted_of_which_nobody_reports_deliveries_is_not_escalated(
    played: PlayedEscalations, redis: Redis
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(NEXT, audience=PHONE)
    await redis.delete("{q}:reporting:shop")
    await played.advance()
    assert (await played.steps(message)).made == [NOBODY]


async def test_a_step_is_made_once_by_any_number_of_schedulers(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    messages = [await played.send(NEXT, audience=PHONE) for _ in range(5)]
    parts.clock.advance(AFTER.total_seconds())
    await asyncio.gather(*(played.rounds() for _ in range(4)))
    ids = {(await played.step(message)).id for message in messages}
    listed = await parts.stores.message_index.ids(APP.name, None, None, 99)
    assert set(listed) == ids | {message.id for message in messages}


async def test_a_scheduler_without_settings_of_the_app_leaves_steps_to_others(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(NEXT, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    without = catalog_of(parts.stores.registered_apps, APP, [])
    await EscalationRounds(parts.stores, parts.clock, without).run_once()
    assert (await played.steps(message)).made == []
    await played.advance(timedelta(seconds=1))
    assert await played.targeted(await played.step(message)) == ["tablet"]


async def test_a_step_waits_for_the_plan_of_its_message_and_for_the_end_of_a_pause(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.store(NEXT, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    await played.rounds()
    assert (await played.steps(message)).made == []
    await parts.dispatch_due()
    await pause(parts.stores, APP, message.id)
    await played.advance()
    assert (await played.steps(message)).made == []
    await resume(parts.stores, APP, message.id)
    await parts.dispatch_due()
    await played.advance(AFTER - timedelta(seconds=1))
    assert (await played.steps(message)).made == []
    await played.advance(timedelta(seconds=1))
    assert await played.targeted(await played.step(message)) == ["tablet"]


async def test_a_step_waits_for_a_process_that_can_read_its_message(
    played: PlayedEscalations, redis: Redis
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(NEXT)
    key = f"{{q}}:message:{message.id}"
    body = await redis.hget(key, "body")
    await redis.hset(key, "body", '{"of": "a later version"}')
    await played.advance()
    await redis.hset(key, "body", body)
    await played.advance(timedelta(minutes=1))
    assert await played.targeted(await played.step(message)) == ["tablet"]


async def test_a_step_waits_while_its_app_is_paused(played: PlayedEscalations, parts: SchedulerParts) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(NEXT)
    await parts.stores.pauses.pause("shop", "", Pause(at=parts.clock.now(), key_id="k", key_name="on call"))
    await parts.stores.pauses.refresh()
    await played.advance()
    assert (await played.steps(message)).made == []
    await parts.stores.pauses.resume("shop", "")
    await parts.stores.pauses.refresh()
    await played.advance()
    assert await played.targeted(await played.step(message)) == ["tablet"]


async def test_a_step_comes_no_later_than_the_time_to_live(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.send(NEXT, audience=PHONE, options=Options(ttl=AFTER + timedelta(minutes=1)))
    await played.advance(AFTER + timedelta(minutes=1))
    assert (await played.steps(message)).made == [MadeStep(None, NoStep.EXPIRED)]
    assert await parts.stores.escalations.due(parts.clock.now() + timedelta(days=9), 9) == []


async def test_a_change_carries_to_the_steps_and_moves_them(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = await played.store(NEXT, audience=PHONE)
    later = message.push_at + timedelta(hours=1)
    content = {"en": Content("new", "b")}
    await played.change(message, lambda found: replace(found, content=content, push_at=later))
    soon = message.push_at + timedelta(minutes=1)
    await played.change(message, lambda found: replace(found, push_at=soon))
    await played.advance(timedelta(minutes=1))
    await parts.work(message)
    await played.advance()
    step = await played.step(message)
    assert step.content == content
    assert step.push_at == soon + AFTER


async def test_cancelling_a_sent_message_stops_its_steps(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["a3", "a2", "a1"])
    message = await played.send(NEXT, SECOND, audience=ByTerminal(("a1",)))
    await played.advance()
    for _ in range(2):
        assert (await cancel(parts.stores, APP, message.id)).status is Status.SENT
    step = await played.step(message)
    assert await parts.status(step) is Status.CANCELLED
    assert await parts.states(step) == {"cancelled": 1}
    await played.advance()
    assert len((await played.steps(message)).made) == 1
    plain = await played.send(audience=PHONE)
    with pytest.raises(Conflict, match="already sent"):
        await cancel(parts.stores, APP, plain.id)


async def test_a_step_whose_plan_was_cut_short_gives_a_user_one_terminal(
    played: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    names = [f"t{number}" for number in range(8)]
    await played.register(ann=[*names, "phone"])
    message = await played.send(NEXT, audience=PHONE)
    await played.advance()
    step = await played.step(message)
    (chosen,) = await played.targeted(step)
    # The shard of the chosen terminal keeps its plan, the other one lost its own.
    keys = [key async for key in redis.scan_iter(f"*:m:{step.id}:marker")]
    planned = {
        shard
        for shard in range(APP.shards)
        if (await parts.stores.step_audiences.select(APP, step.escalates, {}))[shard]  # type: ignore[arg-type]
    }
    (kept,) = planned
    await redis.delete(*(key for key in keys if f":{kept}}}" not in key.decode()))
    await played.register(ann=["phone", chosen, *(name for name in names if name != chosen)])
    await parts.stores.lifecycle.replan(APP.name, step.id)
    await parts.dispatch_due()
    assert await played.targeted(step) == [chosen]


async def test_each_run_of_a_schedule_has_steps_of_its_own(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    await played.register(ann=["tablet", "phone"])
    message = replace(template(), escalate=(replace(NEXT, unless=Unless.CLICKED),))
    message = replace(message, audience=summarize_audience(PHONE))
    series = recurring("0 * * * *", parts.clock.now(), message=message)
    await parts.stores.series.write(series, PHONE)
    parts.clock.advance(3600 - parts.clock.now().timestamp() % 3600)
    await SeriesRounds(parts.context).move_due()
    await parts.dispatch_due()
    (run,) = await parts.stores.message_index.ids(APP.name, None, None, 9)
    await played.advance()
    sent = (await parts.stores.messages.read(APP.name, run)).message
    assert await played.targeted(await played.step(sent)) == ["tablet"]


async def test_a_restored_store_holds_steps_that_it_may_have_sent(
    played: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await played.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    soon = await played.send(replace(NEXT, after=timedelta(minutes=1)), audience=PHONE)
    late = await played.send(replace(NEXT, after=timedelta(hours=1)), audience=ByTerminal(("cell",)))
    parts.clock.advance(61)  # neither is among those that were sent a moment ago
    for _ in range(2):
        await parts.recovery.run_once()
    copy = await marked_copy(parts.stores, redis)
    await go_back(parts, redis, copy)
    await StoreHoldRounds(parts.context).run_once()
    await played.advance(timedelta(minutes=1))
    assert (await played.steps(soon)).made == []
    held = [one.id async for one in held_messages(parts.stores, APP)]
    assert soon.id in held
    assert late.id not in held
    await resume_held(parts.stores, [APP], Choice.SEND)
    await played.advance(timedelta(hours=1))
    assert (await played.steps(soon)).made != []
    assert await played.targeted(await played.step(late)) == ["pad"]


async def test_a_step_to_the_backend_tells_once_whom_the_message_did_not_reach(
    played: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await played.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    await parts.stores.registry.register(APP, [Terminal("lone", "apns", "ab" * 32, "en")])
    feed = EventFeed(parts.stores, redis, parts.clock, timedelta(days=3))
    reader = FeedReader(feed, APP, Form.EXPANDED)
    await reader.begin()
    steps = NEXT, replace(SECOND, to="webhook")
    message = await played.send(*steps, audience=ByTerminal(("phone", "cell", "lone")))
    await played.advance()
    await played.report(await played.step(message), DELIVERED, "pad")
    await played.advance()
    assert (await played.steps(message)).made[1] == MadeStep(None, NoStep.TOLD, 2)
    # A scheduler that died before it noted the step does it again.
    await redis.hset(f"{{q}}:message:{message.id}", "steps", (await played.step(message)).id)
    await redis.zadd("{q}:escalations", {message.id: 0})
    await played.rounds()
    assert (await played.steps(message)).made[1] == MadeStep(None, NoStep.TOLD, 2)
    told = of_type(await reader.read(), "terminal.not_reached")
    found = {(one["terminal"], one["user"], one["step"], one["unless"]) for one in told}
    assert found == {("phone", "ann", 2, "delivered"), ("lone", None, 2, "delivered")}
    assert len(told) == 2
    assert {one["message"] for one in told} == {message.id}


async def test_a_terminal_without_a_user_that_a_silent_vendor_accepted_is_not_told(
    played: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await played.register(ann=["phone"])
    lone = [Terminal("lone", "apns", "ab" * 32, "en"), Terminal("fcm-lone", "fcm", "cd" * 32, "en")]
    await parts.stores.registry.register(APP, lone)
    audience = ByTerminal(("phone", "lone", "fcm-lone"))
    message = await played.send(replace(NEXT, to="webhook"), audience=audience)
    await redis.hdel("{q}:reporting:shop", "apns")
    await played.advance()
    assert (await played.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]


async def test_a_terminal_that_gets_the_message_when_quiet_hours_end_gets_no_step(
    played: PlayedEscalations, parts: SchedulerParts
) -> None:
    night = {"begin": "22:00", "end": "08:00"}
    parts.clock.at = datetime(datetime.now(UTC).year + 1, 1, 15, 15, 30, tzinfo=UTC)
    configured = capped_app(APP, {}, quiet_hours={"all": night}, timezone="UTC")
    parts.context.catalog.change({APP.name: configured})
    zones = {"phone": "Europe/Paris", "tablet": "Asia/Shanghai"}
    terminals = [
        Terminal(name, "apns", name.encode().hex().ljust(64, "0"), "en", user="ann", timezone=zone)
        for name, zone in zones.items()
    ]
    await parts.stores.registry.register(APP, terminals)
    options = Options(quiet_hours=InQuietHours.HOLD)
    message = await played.send(NEXT, audience=ByTerminal(tuple(zones)), options=options)
    assert await played.targeted(message) == ["phone"]
    await played.advance()
    assert (await played.steps(message)).made == [NOBODY]
