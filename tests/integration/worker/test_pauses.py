"""When the worker pauses, and when it goes on: rate limit, outages, delays of a vendor."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.gearman import block_job
from tests.support.pipeline import APP, Pipeline, token
from tests.support.sandbox import Sandbox

from pushgate.domain.app import PushRate
from pushgate.domain.message import Options, Status
from pushgate.ledger.values import MessageShard


async def test_pushes_never_exceed_the_rate_and_the_rest_comes_back_in_order(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    pipeline.vendors["apns"] = replace(pipeline.vendors["apns"], rate=PushRate(100))
    await pipeline.register(450)
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    sent = [sandbox.summary("apns")["pushes"]]
    for _ in range(20):
        if not (await pipeline.states(message)).get("pending"):
            break
        pipeline.clock.advance(1)
        await pipeline.run_due_jobs()
        sent.append(sandbox.summary("apns")["pushes"])
    assert await pipeline.states(message) == {"accepted": 450}
    assert sandbox.summary("apns")["duplicates"] == 0
    assert sent[0] == 90, "a tenth is reserved for urgent pushes"
    assert all(later - earlier <= 101 for earlier, later in itertools.pairwise(sent))
    assert len(sent) <= 9, "the rate is used"


async def test_terminals_that_must_be_tried_again_tomorrow_let_the_rest_come_back_at_the_rate(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    pipeline.vendors["meizu"] = replace(pipeline.vendors["meizu"], rate=PushRate(100))
    await pipeline.register(900, "meizu")
    sandbox.misbehave(refused={"meizu": {token(f"meizu-{number}"): "110011" for number in range(0, 900, 4)}})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    for _ in range(20):
        pipeline.clock.advance(1)
        await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 675, "pending": 225}


async def test_no_block_waits_until_after_the_message_expires(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(10, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10027", "retry_after": 3600, "times": 1})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(minutes=10)))
    await pipeline.run_jobs()
    scopes = [MessageShard(APP, shard, message.id, message.expires_at) for shard in range(APP.shards)]
    due = [await pipeline.stores.due_blocks.read(scope, [0], pipeline.clock.now()) for scope in scopes]
    (found,) = [at for of_shard in due for at in of_shard.values()]
    assert pipeline.clock.now() < found <= message.expires_at


async def test_nothing_is_sent_for_as_long_as_a_throttling_vendor_asks(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(10, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10027", "retry_after": 30, "times": 1})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 10}
    assert (
        await pipeline.stores.retries.take(
            pipeline.clock.now() + timedelta(seconds=29), pipeline.clock.now(), 10
        )
        == []
    )
    pipeline.clock.advance(34)
    (raw,) = await pipeline.stores.retries.take(pipeline.clock.now(), pipeline.clock.now(), 10)
    again = block_job(raw)
    assert (again.attempt, again.blocks) == (1, (0,))
    await pipeline.run_job(again)
    assert await pipeline.states(message) == {"accepted": 10}
    assert await pipeline.status(message) is Status.SENT


@pytest.mark.parametrize("spread", [None, timedelta(minutes=10)], ids=["throttled", "spread"])
async def test_a_job_whose_time_has_come_runs_though_the_worker_s_clock_is_behind(
    pipeline: Pipeline, sandbox: Sandbox, spread: timedelta | None
) -> None:
    await pipeline.register(10, "xiaomi")
    sandbox.misbehave({"vendor": "xiaomi", "error": "10027", "retry_after": 30, "times": 1})
    message = await pipeline.dispatch(options=Options(spread=spread))
    await pipeline.run_jobs()
    for _ in range(700):
        scheduler_s = pipeline.clock.now() + timedelta(seconds=5)
        raw = await pipeline.stores.retries.take(scheduler_s, scheduler_s, 10)
        await pipeline.stores.retries.remove(raw, scheduler_s)
        for job in raw:
            await pipeline.run_job(block_job(job))
        if not (await pipeline.states(message)).get("pending"):
            break
        pipeline.clock.advance(1)
    assert await pipeline.states(message) == {"accepted": 10}
    assert sandbox.summary("xiaomi")["duplicates"] == 0


async def test_a_provider_token_that_changed_too_often_is_kept_and_retried_in_seconds(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """The 20 minutes are for making tokens, not for sending. See
    docs/reference/vendors/apns.md#codes.
    """
    await pipeline.register(5)
    sandbox.misbehave({"vendor": "apns", "error": "TooManyProviderTokenUpdates", "times": 1})
    message = await pipeline.dispatch(options=Options(ttl=timedelta(seconds=60)))
    await pipeline.run_jobs()
    pipeline.clock.advance(8)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": 5}


async def test_the_terminals_of_a_broken_vendor_stay_pending_and_others_go_on(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(10, "apns")
    await pipeline.register(10, "fcm")
    sandbox.misbehave({"vendor": "fcm", "error": "UNAVAILABLE"})
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": 10, "accepted": 10}
    assert await pipeline.status(message) is Status.SENDING


async def test_a_few_server_errors_among_accepted_pushes_pause_nothing(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(100, dead=1)
    sandbox.misbehave({"vendor": "apns", "error": "ServiceUnavailable", "path": "/dead"})
    for _ in range(7):
        message = await pipeline.dispatch()
        await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 99, "pending": 1}


async def test_a_vendor_that_is_down_costs_a_few_calls_and_is_tested_by_one_job(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    """Of ten messages five calls fail: then no request is made until the pause is over."""
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "send"})
    await pipeline.register(40, "huawei")
    messages = [await pipeline.dispatch(options=Options(ttl=timedelta(days=1))) for _ in range(10)]
    await pipeline.run_jobs()
    calls = sandbox.summary("huawei")["requests"]
    assert calls <= 5 + 1, "and one for the credential"
    for _ in range(3):
        pipeline.clock.advance(1)
        await pipeline.run_due_jobs()
    assert sandbox.summary("huawei")["requests"] == calls
    pipeline.clock.advance(60)
    await pipeline.run_due_jobs()
    assert sandbox.summary("huawei")["requests"] == calls + 1, "one tries"
    sandbox.reset()
    for _ in range(12):
        pipeline.clock.advance(300)
        await pipeline.run_due_jobs()
    assert [await pipeline.states(message) for message in messages] == [{"accepted": 40}] * 10


async def test_a_dry_run_without_calls_says_nothing_of_the_vendor(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": "meizu", "error": "1001"})
    await pipeline.register(5, "meizu")
    for _ in range(4):
        await pipeline.dispatch()
    await pipeline.run_jobs()
    dry = await pipeline.dispatch(options=Options(dry_run=True))
    await pipeline.run_jobs()
    assert await pipeline.states(dry) == {"accepted": 5}
    for _ in range(3):
        await pipeline.dispatch()
    await pipeline.run_jobs()
    assert sandbox.summary("meizu")["requests"] == 5, "five failed in a row"


async def test_one_vendors_outage_does_not_concern_other_vendors(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "send"})
    await pipeline.register(5, "huawei")
    for _ in range(6):
        await pipeline.dispatch()
    await pipeline.run_jobs()
    await pipeline.register(20, "apns")
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert (await pipeline.states(message))["accepted"] == 20


async def test_a_vendor_that_does_not_answer_at_all_is_paused_too(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    sandbox.misbehave({"vendor": "apns", "drop": "after"})
    await pipeline.register(3)
    for _ in range(8):
        await pipeline.dispatch(options=Options(ttl=timedelta(days=1)))
    await pipeline.run_jobs()
    assert 5 <= sandbox.summary("apns")["requests"] <= 5 * 3
