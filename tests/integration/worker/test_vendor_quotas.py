"""A vendor's daily quota: workers never pass it, and pushes wait for the vendor's next day."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.engines import wait_until
from tests.support.pipeline import Pipeline
from tests.support.quotas import MARKETING, limit, state
from tests.support.sandbox import Sandbox

from pushgate.domain.message import Category, Delivery, Options, Priority
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.push_class import PushClass, next_vendor_day
from pushgate.quotas.quota import Quota, QuotaState


@pytest.fixture(autouse=True)
def morning(pipeline: Pipeline) -> None:
    pipeline.clock.to_morning()


async def test_no_more_is_sent_in_a_day_than_the_quota(pipeline: Pipeline, sandbox: Sandbox) -> None:
    limit(pipeline, marketing=6)
    await pipeline.register(10, "vivo", dead=2)
    message = await pipeline.dispatch(options=MARKETING)
    await pipeline.run_jobs()
    # Those that the quota had room for, two of which are dead, and did not count.
    assert await pipeline.states(message) == {"accepted": 4, "invalid": 2, "pending": 4}
    assert await state(pipeline, 6) == QuotaState(6, used=4, wanted=(0, 4, 0))
    pipeline.clock.advance(300)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 6, "invalid": 2, "pending": 2}
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(minutes=6)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 8, "invalid": 2}
    assert sandbox.summary("vivo")["accepted"] == 8


async def test_another_class_has_a_quota_of_its_own(pipeline: Pipeline) -> None:
    limit(pipeline, marketing=1, service=4)
    await pipeline.register(3, "vivo")
    message = await pipeline.dispatch(options=Options(category=Category.ORDER))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3}
    assert (await state(pipeline, 1)).used == 0


async def test_a_dry_run_uses_nothing(pipeline: Pipeline) -> None:
    limit(pipeline, marketing=1)
    await pipeline.register(3, "vivo")
    message = await pipeline.dispatch(options=replace(MARKETING, dry_run=True))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3}
    assert (await state(pipeline, 1)).used == 0


async def test_what_expires_meanwhile_says_why(pipeline: Pipeline) -> None:
    limit(pipeline, marketing=2)
    await pipeline.register(5, "vivo")
    message = await pipeline.dispatch(options=replace(MARKETING, ttl=timedelta(minutes=1)))
    await pipeline.run_jobs()
    pipeline.clock.advance(61)
    assert await pipeline.end(message, State.EXPIRED) == 3
    (failure,) = (await pipeline.report(message)).failures
    assert (failure.code, failure.count) == (FailureCode.QUOTA, 3)


async def test_the_vendor_knows_better(pipeline: Pipeline, sandbox: Sandbox) -> None:
    """The vendor refuses before the app's own number is reached: nothing more is tried that day."""
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(hours=1)
    limit(pipeline, marketing=100)
    sandbox.misbehave(quotas={"vivo": 4})
    await pipeline.register(10, "vivo")
    message = await pipeline.dispatch(options=MARKETING)
    await pipeline.run_jobs()
    assert (await pipeline.states(message))["pending"] == 10, "a list is refused as a whole"
    found = await state(pipeline, 100)
    assert (found.used, found.reserved, found.refused_at) == (0, 0, pipeline.clock.now())
    requests = sandbox.summary("vivo")["requests"]
    other = await pipeline.dispatch(options=MARKETING)
    await pipeline.run_jobs()
    assert await pipeline.states(other) == {"pending": 10}
    assert sandbox.summary("vivo")["requests"] == requests
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(hours=3)
    sandbox.reset()
    await pipeline.run_due_jobs()
    assert await pipeline.states(other) == {"accepted": 10}
    assert await pipeline.states(message) == {"accepted": 10}


async def test_the_vendors_word_is_the_reason_without_a_number_of_the_apps(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    sandbox.misbehave(quotas={"vivo": 4})
    await pipeline.register(10, "vivo")
    tried = await pipeline.dispatch(options=MARKETING)
    await pipeline.run_jobs()
    waits = await pipeline.dispatch(options=MARKETING)
    await pipeline.run_jobs()
    for message in (tried, waits):
        await pipeline.end(message, State.EXPIRED)
        (failure,) = (await pipeline.report(message)).failures
        assert (failure.code, failure.count) == (FailureCode.QUOTA, 10)
        assert "10070" in failure.reason


async def test_a_worker_that_is_lost_takes_the_quota_of_nobody_twice(pipeline: Pipeline) -> None:
    limit(pipeline, marketing=10)
    await pipeline.register(10, "vivo")
    message = await pipeline.dispatch(options=MARKETING)
    part = f"{message.id}:0:0"
    quota = Quota("shop", "vivo", PushClass.MARKETING, 10)
    await pipeline.stores.quotas.take(quota, 1, message.id, "lost", {part: 10}, timedelta(minutes=6))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 10}
    assert await state(pipeline, 10) == QuotaState(10, used=10)


async def test_high_priority_is_not_kept_waiting_by_low(pipeline: Pipeline) -> None:
    limit(pipeline, marketing=10)
    await pipeline.register(8, "vivo")
    low = await pipeline.dispatch(options=replace(MARKETING, priority=Priority.LOW))
    quota = Quota("shop", "vivo", PushClass.MARKETING, 10)
    await pipeline.stores.quotas.want(quota, 0, "high", 6, timedelta(minutes=6))
    await pipeline.run_jobs()
    assert await pipeline.states(low) == {"accepted": 4, "pending": 4}


async def test_of_pushes_sent_at_most_once_those_over_the_quota_wait(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """An unanswered push counts as used, and is not sent again."""
    limit(pipeline, marketing=3)
    await pipeline.register(5, "vivo")
    sandbox.misbehave({"vendor": "vivo", "drop": "after", "times": 1, "path": "pushToList"})
    message = await pipeline.dispatch(options=replace(MARKETING, delivery=Delivery.AT_MOST_ONCE))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"rejected": 3, "pending": 2}
    assert await state(pipeline, 3) == QuotaState(3, used=3, wanted=(0, 2, 0))
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(minutes=6)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"rejected": 3, "accepted": 2}
    assert sandbox.summary("vivo")["duplicates"] == 0


async def _let_pass(pipeline: Pipeline, minutes: int) -> None:
    for _ in range(6 * minutes):
        await pipeline.run_jobs()
        await pipeline.run_due_jobs()
        pipeline.clock.advance(10)


async def test_a_message_that_is_spread_keeps_to_the_quota(pipeline: Pipeline, sandbox: Sandbox) -> None:
    """One block, which is sent in shares."""
    limit(pipeline, marketing=40)
    await pipeline.register(60, "vivo")
    message = await pipeline.dispatch(options=replace(MARKETING, spread=timedelta(minutes=10)))
    await _let_pass(pipeline, minutes=11)
    assert await pipeline.states(message) == {"accepted": 40, "pending": 20}
    found = await state(pipeline, 40)
    assert (found.used, found.reserved) == (40, 0)
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(minutes=6)
    await _let_pass(pipeline, minutes=11)
    assert await pipeline.states(message) == {"accepted": 60}
    assert sandbox.summary("vivo")["duplicates"] == 0


async def test_a_job_that_is_cut_off_uses_what_may_have_been_sent(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    limit(pipeline, marketing=100)
    await pipeline.register(30, "vivo")
    sandbox.misbehave({"vendor": "vivo", "delay": 30, "drop": "before", "path": "pushToList"})
    message = await pipeline.dispatch(options=MARKETING)
    (job,) = pipeline.jobs
    pipeline.jobs.clear()
    delivering = asyncio.create_task(pipeline.run_job(job))
    await asyncio.to_thread(wait_until, lambda: sandbox.summary("vivo")["requests"] > 0, 10, "a request")
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    assert await pipeline.states(message) == {"pending": 30}
    found = await state(pipeline, 100)
    assert (found.used, found.reserved) == (30, 0)
