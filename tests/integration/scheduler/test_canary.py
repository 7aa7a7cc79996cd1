"""Schedulers look after a canary together, and begin anew after a crash."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.support.apps import capped_app
from tests.support.gearman import block_job
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.canary import Canary, CanaryState, Finding, Limits, Measure, Phase
from pushgate.domain.message import InQuietHours, Message, Options, Status
from pushgate.domain.outcome import State
from pushgate.eventlog.entries import QUEUE_SHARD, AppEvent, MessageChanged
from pushgate.ledger.values import MessageShard, Move
from pushgate.messages.stored import message_key
from pushgate.pausing import resume
from pushgate.redis.hash_tags import QUEUE
from pushgate.scheduler.canaries import CanaryRounds

WAIT = timedelta(minutes=10)
CANARY = Canary(share=50, wait=WAIT, hold_if=Limits(rejected=5))
FINDING = Finding(measure=Measure.REJECTED, vendor="apns", count=40, answers=160, limit=5)


@pytest.fixture
async def message(parts: SchedulerParts) -> Message:
    return await parts.dispatch(400, Options(canary=CANARY))


def shards(parts: SchedulerParts, message: Message) -> list[MessageShard]:
    keep_until = parts.stores.retention.keep_until(message)
    return [MessageShard(APP, shard, message.id, keep_until) for shard in range(APP.shards)]


async def answer(parts: SchedulerParts, message: Message, to: State, slots: int) -> None:
    """A worker sends so many slots of each block of the canary."""
    for scope in shards(parts, message):
        held = await parts.stores.pending.blocks(scope)
        lease = timedelta(seconds=5)
        taken = await parts.stores.leases.take(scope, "worker", lease, held, of_canary=True)
        moves = [Move(block, bits & (1 << slots) - 1, to) for block, bits in taken.pending.items()]
        await parts.stores.outcomes.record(scope, "worker", lease, held, moves)
        until = parts.clock.now() + WAIT
        await parts.stores.leases.release(scope, "worker", list(taken.pending), until)


async def state(parts: SchedulerParts, message: Message) -> CanaryState:
    found = await parts.stores.canaries.find(message.id)
    assert found is not None
    return found


def late_ms(logs: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """The messages that were dispatched, and how late they were."""
    return [(one["message"], one["late_ms"]) for one in logs if one["action"] == "dispatched"]


async def look(parts: SchedulerParts) -> None:
    await CanaryRounds(parts.context).run_once()
    await parts.dispatch_due()


async def test_while_it_runs_only_its_jobs_get_blocks_and_afterwards_only_the_others(
    parts: SchedulerParts, message: Message
) -> None:
    assert [await parts.takeable(message, of_canary=one) for one in (True, False)] == [2, 0]
    parts.clock.advance(600)
    await look(parts)
    assert [await parts.takeable(message, of_canary=one) for one in (True, False)] == [0, 2]


async def test_the_wait_of_the_rest_is_no_delay(parts: SchedulerParts, message: Message) -> None:
    parts.clock.advance(600)
    await CanaryRounds(parts.context).run_once()
    parts.clock.advance(2)
    with capture_logs() as logs:
        await parts.dispatch_due()
    assert late_ms(logs) == [(message.id, 2000)]


async def test_the_time_for_which_a_canary_was_held_is_no_delay(
    parts: SchedulerParts, message: Message
) -> None:
    until = (await state(parts, message)).until
    assert until
    await parts.stores.canaries.decide(message.envelope, until, Phase.HELD, FINDING)
    parts.clock.advance(3 * 3600)
    await resume(parts.stores, APP, message.id)
    parts.clock.advance(2)
    with capture_logs() as logs:
        await parts.dispatch_due()
    assert late_ms(logs) == [(message.id, 2000)]


async def test_a_guard_with_too_few_answers_says_so(parts: SchedulerParts, message: Message) -> None:
    await answer(parts, message, State.REJECTED, 20)
    parts.clock.advance(600)
    await look(parts)
    found = await state(parts, message)
    assert found.phase is Phase.PASSED, "nothing can be judged"
    (few,) = found.few_answers
    assert few.vendor == "apns"
    assert 0 < few.answers < 100
    assert found.decided_at == parts.clock.now()


async def test_a_canary_that_cannot_be_looked_at_does_not_stop_the_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    broken, other = [await parts.dispatch(400, Options(canary=CANARY)) for _ in range(2)]
    await redis.hset(message_key(broken.id), "canary", "odd")
    await redis.zadd(f"{QUEUE}:canaries", {broken.id: 0, other.id: 1})
    parts.clock.advance(600)
    with capture_logs() as logs:
        await look(parts)
    assert (await state(parts, other)).phase is Phase.PASSED
    assert [(one["action"], one["message"]) for one in logs if "exc_info" in one] == [
        ("canary_failed", broken.id)
    ]


async def test_lost_jobs_of_the_canary_are_found_and_the_rest_is_left_alone(
    parts: SchedulerParts, message: Message
) -> None:
    parts.clock.advance(70)
    assert await parts.recovery.run_once() == 2
    await answer(parts, message, State.ACCEPTED, 100)
    parts.clock.advance(70)
    assert await parts.recovery.run_once() == 0
    assert await parts.takeable(message, of_canary=False) == 0


async def test_a_scheduler_that_begins_anew_has_the_canary_run_anew(
    parts: SchedulerParts, message: Message
) -> None:
    before = await state(parts, message)
    parts.clock.advance(100)
    await parts.stores.lifecycle.replan("shop", message.id)
    await parts.dispatch_due()
    after = await state(parts, message)
    assert before.until
    assert after == CanaryState(Phase.RUNNING, before.until + timedelta(seconds=100))
    envelope = message.envelope
    decided = await parts.stores.canaries.decide(envelope, before.until, Phase.HELD, FINDING)
    assert decided == (Status.SENDING, 0, False), "what was seen before counts no more"


async def test_it_is_decided_once(parts: SchedulerParts, message: Message) -> None:
    until = (await state(parts, message)).until
    assert until
    decide = parts.stores.canaries.decide
    assert await decide(message.envelope, until, Phase.HELD, FINDING) == (Status.PAUSED, 1, True)
    for phase in (Phase.PASSED, Phase.SLOWED, Phase.HELD):
        assert await decide(message.envelope, until, phase, None) == (Status.PAUSED, 1, False)
    found = await state(parts, message)
    assert (found.phase, found.finding) == (Phase.HELD, FINDING)
    assert await parts.takeable(message, of_canary=True) == 2, "the shards know nothing yet"
    await parts.recovery.run_once()
    assert await parts.takeable(message, of_canary=True) == 0, "recovery told them"
    await resume(parts.stores, APP, message.id)
    await parts.dispatch_due()
    assert await parts.takeable(message, of_canary=False) == 2, "what somebody resumes is judged no more"


async def test_a_scheduler_that_looked_before_does_not_let_a_held_message_pass(
    parts: SchedulerParts, message: Message
) -> None:
    until = (await state(parts, message)).until
    assert until
    await parts.stores.canaries.decide(message.envelope, until, Phase.HELD, FINDING)
    await parts.stores.canaries.begin(message.id, until + WAIT)
    found = await state(parts, message)
    assert (found.phase, found.finding) == (Phase.HELD, FINDING)


async def test_who_is_held_in_quiet_hours_gets_it_at_the_slower_pace(parts: SchedulerParts) -> None:
    now = parts.clock.now()
    parts.clock.at = now.replace(hour=22, minute=30, second=0, microsecond=0) + timedelta(days=1)
    quiet = {"all": {"begin": "22:00", "end": "23:00"}}
    parts.context.catalog.change({"shop": capped_app(APP, {}, quiet_hours=quiet, timezone="UTC")})
    canary = replace(CANARY, slower_if=Limits(rejected=5))
    spread = timedelta(minutes=40)
    options = Options(quiet_hours=InQuietHours.HOLD, spread=spread, canary=canary)
    message = await parts.dispatch(400, options)
    until = (await state(parts, message)).until
    assert until
    await parts.stores.canaries.decide(message.envelope, until, Phase.SLOWED, FINDING)
    await parts.dispatch_due()
    assert await parts.stores.retries.count() == 0
    parts.clock.advance(30 * 60)
    await parts.recovery.run_once()
    raw = [job async for some in parts.stores.retries.all() for job in some]
    shares = [share for job in map(block_job, raw) if (share := job.next_share)]
    assert [share.left * timedelta(milliseconds=share.step_ms) for share in shares] == [2 * spread] * 2


async def test_readers_are_told_of_a_held_message(parts: SchedulerParts, message: Message) -> None:
    places = await parts.stores.event_log.subscribe(APP, "backend")
    await answer(parts, message, State.REJECTED, 1024)
    await look(parts)
    read = await parts.stores.event_log.read(APP, QUEUE_SHARD, places[QUEUE_SHARD], 10)
    reason = "100 % rejected (400 of 400 terminals of apns), above the limit of 5 %"
    fields = {"message": message.id, "vendor": "apns", "code": "rejected", "reason": reason}
    assert [part for entry in read.entries for part in entry.parts] == [
        MessageChanged(message.id, Status.PAUSED),
        AppEvent("message.held", fields),
    ]


async def test_a_canary_runs_anew_while_its_app_is_paused(parts: SchedulerParts, message: Message) -> None:
    await parts.pause_app()
    parts.clock.advance(600)
    await look(parts)
    assert await state(parts, message) == CanaryState(Phase.RUNNING, parts.clock.now() + WAIT)


async def test_a_note_that_went_back_with_its_server_does_not_keep_the_rest_for_ever(
    parts: SchedulerParts, message: Message
) -> None:
    parts.clock.advance(600)
    await look(parts)
    for scope in shards(parts, message):
        await parts.stores.canary_shards._redis.set(f"{scope.key}:canary", "running")
    assert await parts.takeable(message, of_canary=False) == 0
    parts.clock.advance(70)
    assert await parts.recovery.run_once() == 2
    assert await parts.takeable(message, of_canary=False) == 2


async def test_a_message_that_expires_with_its_canary_is_looked_at_no_more(parts: SchedulerParts) -> None:
    options = Options(ttl=timedelta(minutes=20), canary=replace(CANARY, wait=timedelta(minutes=15)))
    message = await parts.dispatch(400, options)
    parts.clock.advance(1200)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"expired": 400}
    await look(parts)
    assert await parts.stores.canaries.due(parts.clock.now() + WAIT, parts.clock.now() + WAIT, 10) == []


async def test_a_message_that_is_put_aside_is_not_said_to_be_decided_again_and_again(
    parts: SchedulerParts, message: Message
) -> None:
    await parts.stores.canaries._redis.zadd("{q}:restored:shop", {message.id: 0})
    parts.clock.advance(600)
    with capture_logs() as logged:
        await look(parts)
    assert [line["action"] for line in logged if line["action"].startswith("canary")] == []
    await parts.stores.canaries._redis.delete("{q}:restored:shop")
    parts.clock.advance(1)
    with capture_logs() as logged:
        await look(parts)
    assert [line["action"] for line in logged if line["action"].startswith("canary")] == ["canary_decided"]


async def test_a_message_that_was_held_until_it_expired_was_not_passed(
    parts: SchedulerParts, message: Message
) -> None:
    await answer(parts, message, State.REJECTED, 1024)
    await look(parts)
    held = await state(parts, message)
    assert held.phase is Phase.HELD
    parts.clock.advance(message.options.ttl.total_seconds())
    await parts.recovery.run_once()
    await parts.dispatch_due()
    parts.clock.advance(2)
    await parts.recovery.run_once()
    assert (await parts.states(message)).get("pending", 0) == 0
    assert await parts.status(message) is Status.SENT
    assert await state(parts, message) == held
