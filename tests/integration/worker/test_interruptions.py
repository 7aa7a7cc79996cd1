"""Cancelled messages, copies of a job, and workers that are cut off."""

import asyncio

from msgspec.structs import replace
from tests.support.engines import wait_until
from tests.support.pipeline import APP, LEASE, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.domain.message import Delivery, Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard


async def test_a_cancelled_message_is_not_sent(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    await pipeline.stores.messages.cancel("shop", message.id)
    await pipeline.stores.pending.end(
        APP, message.id, pipeline.stores.retention.keep_until(message), State.CANCELLED
    )
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"cancelled": 5}
    assert sandbox.summary("apns")["requests"] == 0


async def test_cancelling_in_the_middle_stops_before_the_next_block(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(3000, "huawei")
    message = await pipeline.dispatch()
    scope = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    sandbox.misbehave({"vendor": "huawei", "delay": 0.4, "path": "send"})
    (job,) = pipeline.jobs
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pipeline.run_job(job))
        taken = lambda: sandbox.summary("huawei")["pushes"] > 0  # noqa: E731  # asked again and again
        await asyncio.to_thread(wait_until, taken, 10, "the first request")
        await pipeline.stores.pending.end(APP, message.id, scope.keep_until, State.CANCELLED)
    states = await pipeline.states(message)
    assert states["cancelled"] > 0
    assert states.get("pending", 0) == 0
    assert states.get("accepted", 0) == sandbox.summary("huawei")["accepted"], (
        "what was taken counts as taken"
    )


async def test_a_job_done_twice_sends_nothing_twice(pipeline: Pipeline, sandbox: Sandbox) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    (job,) = pipeline.jobs
    await pipeline.run_job(job)
    await pipeline.run_job(job)
    await pipeline.run_job(replace(job, attempt=1))
    assert await pipeline.states(message) == {"accepted": 5}
    assert sandbox.summary("apns")["pushes"] == 5


async def test_a_block_that_another_worker_holds_is_revisited_later(
    pipeline: Pipeline, sandbox: Sandbox
) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    scope = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    await pipeline.stores.leases.take(scope, "another", LEASE, [Block(Group("apns", "en"), 0)])
    await pipeline.run_jobs()
    assert sandbox.summary("apns")["requests"] == 0
    assert await pipeline.states(message) == {"pending": 5}
    due_at = await pipeline.stores.retries.next_due_at()
    assert due_at is not None
    assert due_at > pipeline.clock.now()


async def test_two_copies_of_a_job_at_once_send_nothing_twice(pipeline: Pipeline, sandbox: Sandbox) -> None:
    """The embedded Gearman server does not coalesce, so one worker may run both at once."""
    await pipeline.register(300)
    message = await pipeline.dispatch(options=Options(delivery=Delivery.AT_MOST_ONCE))
    (job,) = pipeline.jobs
    await asyncio.gather(*(pipeline.run_job(job) for _ in range(4)))
    assert await pipeline.states(message) == {"accepted": 300}
    assert sandbox.summary("apns")["pushes"] == 300


async def test_a_worker_that_is_cut_off_records_what_it_knows(pipeline: Pipeline, sandbox: Sandbox) -> None:
    for delivery in Delivery:
        sandbox.reset()
        await pipeline.register(30)
        message = await pipeline.dispatch(options=Options(delivery=delivery))
        # Dropped in the end: an accepted push would count in a later test.
        sandbox.misbehave({"vendor": "apns", "delay": 30, "share": 0.3, "drop": "before"})
        (job,) = pipeline.jobs
        pipeline.jobs.clear()
        delivering = asyncio.create_task(pipeline.run_job(job))
        await asyncio.to_thread(
            wait_until, lambda: sandbox.summary("apns")["pushes"] >= 10, 10, "some pushes"
        )
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        states = await pipeline.states(message)
        taken = sandbox.summary("apns")["accepted"]
        if delivery is Delivery.AT_MOST_ONCE:
            assert states.get("pending", 0) == 0, "what may have been sent is not sent again"
            assert states.get("accepted", 0) + states["rejected"] == 30
        else:
            assert 0 < states["accepted"] <= taken
        assert states["accepted"] > 0
