"""Unanswered pushes are sent again by default, never where the message asked for at most once."""

import re

import pytest
from tests.support.pipeline import APP, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.dispatch.job import decode
from pushgate.domain.message import Delivery, Options, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block


async def test_at_least_once_sends_unanswered_pushes_again(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(1)
    sandbox.misbehave({"vendor": "apns", "drop": "after", "times": 1})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 1}
    pipeline.clock.advance(3600)
    (raw,) = await pipeline.stores.retries.take(pipeline.clock.now(), pipeline.clock.now(), 10)
    await pipeline.run_job(decode(raw))
    assert await pipeline.states(message) == {"accepted": 1}
    assert sandbox.summary("apns")["duplicates"] == 1


async def test_at_most_once_never_sends_unanswered_pushes_again(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(3)
    sandbox.misbehave({"vendor": "apns", "drop": "after", "times": 1})
    message = await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await pipeline.run_jobs()
    states = await pipeline.states(message)
    assert states.get("pending", 0) == 0
    assert states["rejected"] >= 1
    assert {failure.code for failure in (await pipeline.report(message)).failures} == {"unanswered"}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert await pipeline.status(message) is Status.SENT


async def test_at_most_once_still_retries_pushes_that_the_vendor_did_not_accept(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE", "times": 10, "path": "send"})
    message = await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 3}
    assert await pipeline.status(message) is Status.SENDING
    sandbox.reset()
    pipeline.clock.advance(3600)
    (raw,) = await pipeline.stores.retries.take(pipeline.clock.now(), pipeline.clock.now(), 10)
    await pipeline.run_job(decode(raw))
    assert await pipeline.states(message) == {"accepted": 3}
    assert (await pipeline.report(message)).failures == ()


async def test_an_unanswered_push_that_must_not_be_sent_twice_says_the_cause(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1)
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    message = await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await pipeline.run_jobs()
    (failure,) = (await pipeline.report(message)).failures
    assert (failure.state, failure.code) == ("rejected", "unanswered")
    assert re.search(r"no answer came \(.+\), and the message asked not to be sent twice", failure.reason)


async def test_an_unanswered_push_sent_at_most_once_is_not_resent_on_request(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(1)  # of several on one connection some may be on their way when it is cut
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    message = await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    await pipeline.run_jobs()
    sandbox.api.delete("/faults")
    assert await pipeline.states(message) == {"rejected": 1}
    assert sandbox.summary("apns")["accepted"] == 1
    await pipeline.resend(message, State.REJECTED)
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"rejected": 1}
    assert sandbox.summary("apns")["accepted"] == 1


@pytest.mark.parametrize("delivery", [Delivery.AT_LEAST_ONCE, Delivery.AT_MOST_ONCE])
async def test_terminals_without_an_answer_are_recallable(
    pipeline: Pipeline, sandbox: Sandbox, delivery: Delivery
) -> None:
    """So that a recall asks them too."""
    await pipeline.register(3, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "drop": "after", "path": "regid"})
    message = await pipeline.dispatch(options=Options(delivery=delivery))
    await pipeline.run_jobs()
    recallable = await pipeline.stores.results.recallable(APP, message.id, 0, ["xiaomi"])
    assert recallable == {Block(Group("xiaomi", "en"), 0): 0b111}
    assert (await pipeline.states(message)).get("accepted", 0) == 0
