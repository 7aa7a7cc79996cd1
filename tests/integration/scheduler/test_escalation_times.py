"""When steps are made: once, in time, and whatever becomes of their message or of a scheduler."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.support.apps import catalog_of
from tests.support.escalations import AFTER, NEXT, PHONE, PlayedEscalations
from tests.support.scheduler import APP, SchedulerParts
from tests.support.series import recurring, template
from tests.support.store_copy import go_back, marked_copy

from pushgate.adapters.topics import summarize_audience
from pushgate.cancellation import cancel
from pushgate.domain.audience import ByTerminal
from pushgate.domain.errors import Conflict
from pushgate.domain.escalation import MadeStep, NoStep, Unless
from pushgate.domain.message import Content, Options, Status
from pushgate.domain.outcome import ReceiptKind
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


async def test_a_step_is_made_once_by_any_number_of_schedulers(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    messages = [await escalations.send(NEXT, audience=PHONE) for _ in range(5)]
    parts.clock.advance(AFTER.total_seconds())
    await asyncio.gather(*(escalations.rounds() for _ in range(4)))
    ids = {(await escalations.step(message)).id for message in messages}
    listed = await parts.stores.message_index.ids(APP.name, None, None, 99)
    assert set(listed) == ids | {message.id for message in messages}


async def test_a_scheduler_without_settings_of_the_app_leaves_steps_to_others(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(NEXT, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    without = catalog_of(parts.stores.registered_apps, APP, [])
    await EscalationRounds(parts.stores, parts.clock, without).run_once()
    assert (await escalations.steps(message)).made == []
    await escalations.advance(timedelta(seconds=1))
    assert await escalations.targeted(await escalations.step(message)) == ["tablet"]


async def test_a_step_waits_for_the_plan_of_its_message_and_for_the_end_of_a_pause(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.store(NEXT, audience=PHONE)
    parts.clock.advance(AFTER.total_seconds())
    await escalations.rounds()
    assert (await escalations.steps(message)).made == []
    await parts.dispatch_due()
    await pause(parts.stores, APP, message.id)
    await escalations.advance()
    assert (await escalations.steps(message)).made == []
    await resume(parts.stores, APP, message.id)
    await parts.dispatch_due()
    await escalations.advance(AFTER - timedelta(seconds=1))
    assert (await escalations.steps(message)).made == []
    await escalations.advance(timedelta(seconds=1))
    assert await escalations.targeted(await escalations.step(message)) == ["tablet"]


async def test_a_step_waits_for_a_process_that_can_read_its_message(
    escalations: PlayedEscalations, redis: Redis
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(NEXT)
    key = f"{{q}}:message:{message.id}"
    envelope = await redis.hget(key, "envelope")
    assert envelope is not None
    await redis.hset(key, "envelope", '{"of": "a later version"}')
    await escalations.advance()
    await redis.hset(key, "envelope", envelope)
    await escalations.advance(timedelta(minutes=1))
    assert await escalations.targeted(await escalations.step(message)) == ["tablet"]


async def test_a_step_waits_while_its_app_is_paused(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(NEXT)
    await parts.pause_app()
    await escalations.advance()
    assert (await escalations.steps(message)).made == []
    await parts.resume_app()
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(message)) == ["tablet"]


async def test_a_step_comes_no_later_than_the_time_to_live(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.send(NEXT, audience=PHONE, options=Options(ttl=AFTER + timedelta(minutes=1)))
    await escalations.advance(AFTER + timedelta(minutes=1))
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.EXPIRED)]
    assert await parts.stores.escalations.due(parts.clock.now() + timedelta(days=9), 9) == []


async def test_a_change_carries_to_the_steps_and_moves_them(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = await escalations.store(NEXT, audience=PHONE)
    later = message.push_at + timedelta(hours=1)
    content = {"en": Content("new", "b")}
    await escalations.change(message, lambda found: structs.replace(found, content=content, push_at=later))
    soon = message.push_at + timedelta(minutes=1)
    await escalations.change(message, lambda found: structs.replace(found, push_at=soon))
    await escalations.advance(timedelta(minutes=1))
    await parts.work(message)
    await escalations.advance()
    step = await escalations.step(message)
    assert step.content == content
    assert step.push_at == soon + AFTER


async def test_cancelling_a_sent_message_stops_its_steps(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["a3", "a2", "a1"])
    message = await escalations.send(NEXT, SECOND, audience=ByTerminal(("a1",)))
    await escalations.advance()
    for _ in range(2):
        assert (await cancel(parts.stores, APP, message.id)).status is Status.SENT
    step = await escalations.step(message)
    assert await parts.status(step) is Status.CANCELLED
    assert await parts.states(step) == {"cancelled": 1}
    await escalations.advance()
    assert len((await escalations.steps(message)).made) == 1
    plain = await escalations.send(audience=PHONE)
    with pytest.raises(Conflict, match="already sent"):
        await cancel(parts.stores, APP, plain.id)


async def test_a_step_whose_plan_was_cut_short_gives_a_user_one_terminal(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    names = [f"t{number}" for number in range(8)]
    await escalations.register(ann=[*names, "phone"])
    message = await escalations.send(NEXT, audience=PHONE)
    await escalations.advance()
    step = await escalations.step(message)
    (chosen,) = await escalations.targeted(step)
    # The shard of the chosen terminal keeps its plan, the other one lost its own.
    keys = [key async for key in redis.scan_iter(f"*:m:{step.id}:marker")]
    assert step.escalates is not None
    selected = await parts.stores.step_audiences.select(APP, step.escalates, {})
    (kept,) = [shard for shard, groups in enumerate(selected) if groups]
    await redis.delete(*(key for key in keys if f":{kept}}}" not in key.decode()))
    await escalations.register(ann=["phone", chosen, *(name for name in names if name != chosen)])
    await parts.stores.lifecycle.replan(APP.name, step.id)
    await parts.dispatch_due()
    assert await escalations.targeted(step) == [chosen]


async def test_each_run_of_a_schedule_has_steps_of_its_own(
    escalations: PlayedEscalations, parts: SchedulerParts
) -> None:
    await escalations.register(ann=["tablet", "phone"])
    message = structs.replace(template(), escalate=(replace(NEXT, unless=Unless.CLICKED),))
    message = structs.replace(message, audience=summarize_audience(PHONE))
    series = recurring("0 * * * *", parts.clock.now(), message=message)
    await parts.stores.series.write(series, PHONE)
    parts.clock.advance(3600 - parts.clock.now().timestamp() % 3600)
    await SeriesRounds(parts.context).move_due()
    await parts.dispatch_due()
    (run,) = await parts.stores.message_index.ids(APP.name, None, None, 9)
    await escalations.advance()
    sent = (await parts.stores.messages.read(APP.name, run)).message
    assert await escalations.targeted(await escalations.step(sent)) == ["tablet"]


async def test_a_restored_store_holds_steps_that_it_may_have_sent(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    soon = await escalations.send(replace(NEXT, after=timedelta(minutes=1)), audience=PHONE)
    late = await escalations.send(replace(NEXT, after=timedelta(hours=1)), audience=ByTerminal(("cell",)))
    parts.clock.advance(61)  # neither is among those that were sent a moment ago
    for _ in range(2):
        await parts.recovery.run_once()
    copy = await marked_copy(parts.stores, redis)
    await go_back(parts, redis, copy)
    await StoreHoldRounds(parts.context).run_once()
    await escalations.advance(timedelta(minutes=1))
    assert (await escalations.steps(soon)).made == []
    held = [one.id async for one in held_messages(parts.stores, APP)]
    assert soon.id in held
    assert late.id not in held
    await resume_held(parts.stores, [APP], Choice.SEND)
    await escalations.advance(timedelta(hours=1))
    assert (await escalations.steps(soon)).made != []
    assert await escalations.targeted(await escalations.step(late)) == ["pad"]


async def test_a_message_is_read_whole_only_when_a_step_of_it_is_made(
    escalations: PlayedEscalations, parts: SchedulerParts, redis: Redis
) -> None:
    """Contents may be large, and many messages may be due."""
    await escalations.register(ann=["tablet", "phone"])
    steps = replace(NEXT, to="webhook"), SECOND
    message = await escalations.send(*steps, audience=PHONE)
    await redis.hdel(f"{{q}}:message:{message.id}", "body")
    await escalations.advance()
    assert (await escalations.steps(message)).made == [MadeStep(None, NoStep.TOLD, 1)]
    await escalations.advance()
    assert len((await escalations.steps(message)).made) == 1, "there is no content to send"
    assert await redis.zcard("{q}:escalations") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("body", '{"of": "a later version"}'), ("steps", "-later"), ("status", "later")],
)
async def test_what_a_later_version_wrote_of_one_message_stops_no_other(
    escalations: PlayedEscalations, redis: Redis, field: str, value: str
) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    odd = await escalations.send(NEXT, audience=PHONE)
    other = await escalations.send(NEXT, audience=ByTerminal(("cell",)))
    key = f"{{q}}:message:{odd.id}"
    before = await redis.hget(key, field)
    await redis.hset(key, field, value)
    await escalations.advance()
    assert await escalations.targeted(await escalations.step(other)) == ["pad"]
    await (redis.hdel(key, field) if before is None else redis.hset(key, field, before))
    await escalations.advance(timedelta(seconds=30))
    assert (await escalations.steps(odd)).made == [], "it is left to a process that can read it"
    await escalations.advance(timedelta(seconds=30))
    assert await escalations.targeted(await escalations.step(odd)) == ["tablet"]


async def test_a_step_that_cannot_be_looked_at_does_not_stop_the_others(
    escalations: PlayedEscalations, redis: Redis
) -> None:
    await escalations.register(ann=["tablet", "phone"], bob=["pad", "cell"])
    odd = await escalations.send(NEXT, audience=PHONE)
    other = await escalations.send(NEXT, audience=ByTerminal(("cell",)))
    for key in [key async for key in redis.scan_iter(f"*:m:{odd.id}:marker")]:
        await redis.delete(key)
        await redis.hset(key, "odd", "1")
    with capture_logs() as logs:
        await escalations.advance()
    assert await escalations.targeted(await escalations.step(other)) == ["pad"]
    assert [(one["action"], one["message"]) for one in logs if one["log_level"] in ("error", "warning")] == [
        ("step_failed", odd.id)
    ]
