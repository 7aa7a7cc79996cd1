"""What expires says what happened to it before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.pipeline import APP, Pipeline
from tests.support.rate_limits import WorkerLimits
from tests.support.sandbox import Sandbox

from pushgate.domain.app import PushRate
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.message import Content, Delivery, Message, Options, Status
from pushgate.domain.message_id import new_id
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block
from pushgate.scheduler.jobs import jobs_for
from pushgate.worker.route import Route


async def test_a_message_whose_time_is_over_expires_and_is_not_sent(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5)
    now = pipeline.clock.now()
    message = Message(
        id=new_id(now),
        app="shop",
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=now,
        created_at=now,
        audience=AudienceSummary(),
        options=Options(ttl=timedelta(seconds=60)),
    )
    await pipeline.stores.messages.put(message)
    pipeline.clock.advance(61)  # all schedulers were down
    await pipeline.dispatch_due()
    assert pipeline.jobs == []
    assert await pipeline.states(message) == {"expired": 5}
    assert await pipeline.status(message) is Status.SENT
    assert [(failure.state, failure.code) for failure in (await pipeline.report(message)).failures] == [
        ("expired", "ttl")
    ]
    assert sandbox.summary("apns")["requests"] == 0


@pytest.mark.parametrize(
    ("vendor", "rule", "delivery", "code", "reason"),
    [
        ("apns", None, Delivery.AT_LEAST_ONCE, "ttl", "never sent"),
        ("apns", {"error": "ServiceUnavailable"}, Delivery.AT_LEAST_ONCE, "ServiceUnavailable", "not taken"),
        ("apns", {"error": "TooManyRequests"}, Delivery.AT_MOST_ONCE, "TooManyRequests", "not taken"),
        (
            "fcm",
            {"error": "QUOTA_EXCEEDED", "path": "send"},
            Delivery.AT_LEAST_ONCE,
            "QUOTA_EXCEEDED",
            "not taken",
        ),
        ("apns", {"drop": "after"}, Delivery.AT_LEAST_ONCE, "no_answer", "sent, but no answer came"),
        ("xiaomi", {"drop": "after"}, Delivery.AT_LEAST_ONCE, "no_answer", "sent, but no answer came"),
    ],
)
async def test_an_expired_push_says_what_happened_to_it(
    pipeline: Pipeline,
    sandbox: Sandbox,
    vendor: str,
    rule: dict[str, object] | None,
    delivery: Delivery,
    code: str,
    reason: str,
) -> None:
    await pipeline.register(1, vendor)
    message = await pipeline.dispatch(options=Options(ttl=timedelta(minutes=10), delivery=delivery))
    if rule:
        sandbox.misbehave({"vendor": vendor, **rule})
        await pipeline.run_jobs()
    pipeline.clock.advance(601)
    await pipeline.end(message, State.EXPIRED)
    (failure,) = (await pipeline.report(message)).failures
    assert (failure.state, failure.code, failure.count) == ("expired", code, 1)
    assert reason in failure.reason
    assert [(state, known) for state, known, _ in await pipeline.failures(message)] == [("expired", code)]


async def test_pushes_that_the_rate_limit_kept_from_being_sent_report_no_pause(
    pipeline: Pipeline, redis: Redis
) -> None:
    """Though a call failed a moment ago: nothing is paused before five of them."""
    await pipeline.register(20)
    pipeline.vendors["apns"] = replace(pipeline.vendors["apns"], rate=PushRate(1))
    other = WorkerLimits(redis, pipeline.clock, PushRate(1))
    route = Route("shop", "apns")
    assert (await other.acquire(route, 20)).granted == 1
    await other.record_failure(route, VendorUnavailable("down", "it is down"))
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    await pipeline.end(message, State.EXPIRED)
    assert {code for _, code, _ in await pipeline.failures(message)} == {"ttl"}


async def test_pushes_that_an_outage_kept_from_being_sent_report_the_outage(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """Unsent pushes, too: blocks that the job had not begun, and jobs that the breaker stopped."""
    await pipeline.register(1500, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "path": "send"})
    options = Options(ttl=timedelta(minutes=10))
    first = await pipeline.dispatch(options=options)
    for _ in range(5):
        await pipeline.dispatch(options=options)
    last = await pipeline.dispatch(options=options)
    await pipeline.run_jobs()
    for message in (first, last):
        await pipeline.stores.pending.end(
            APP, message.id, pipeline.stores.retention.keep_until(message), State.EXPIRED
        )
    codes = {item.code: item for item in (await pipeline.report(first)).failures}
    assert set(codes) == {"UNAVAILABLE", "vendor_paused"}
    assert sum(item.count for item in codes.values()) == 1500
    (held,) = (await pipeline.report(last)).failures
    assert (held.code, held.count) == ("vendor_paused", 1500)
    assert "never sent: pushes were paused after UNAVAILABLE" in held.reason


async def test_retries_stop_at_the_end_of_the_time_to_live(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(3, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "retry_after": 100, "path": "send"})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(seconds=50)))
    await pipeline.run_jobs()
    assert await pipeline.stores.retries.next_due_at() is None, "it would come too late"
    pipeline.clock.advance(51)
    for job in jobs_for(message.envelope, 0, [Block(Group("fcm", "en"), 0)]):
        await pipeline.run_job(job)
    assert await pipeline.states(message) == {"pending": 3}, "recovery expires them; nothing is sent any more"
    assert sandbox.summary("fcm")["accepted"] == 0
