"""A message is paused in the middle, and goes on later."""

import asyncio

import pytest
from tests.support.engines import wait_until
from tests.support.pipeline import APP, LEASE, Pipeline
from tests.support.sandbox import Sandbox

from pushgate.domain.message import Delivery, Message, Options, Status
from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, MessageShard, Move, MoveKind
from pushgate.pausing import pause, resume


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_workers_stop_when_a_message_is_paused_and_the_rest_is_sent_once_after_it(
    pipeline: Pipeline, sandbox: Sandbox, delivery: Delivery
) -> None:
    await pipeline.register(3000, "huawei")
    message = await pipeline.dispatch(options=Options(delivery=delivery))
    sandbox.misbehave({"vendor": "huawei", "delay": 0.4, "path": "send"})
    (job,) = pipeline.jobs
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pipeline.run_job(job))
        taken = lambda: sandbox.summary("huawei")["pushes"] > 0  # noqa: E731  # asked again and again
        await asyncio.to_thread(wait_until, taken, 10, "the first request")
        assert (await pause(pipeline.stores, APP, message.id)).status is Status.PAUSED
    states = await pipeline.states(message)
    assert states["pending"] > 0
    assert states["accepted"] == sandbox.summary("huawei")["accepted"], "what was taken counts as taken"
    assert states["pending"] + states["accepted"] == 3000
    pipeline.jobs.clear()
    await pipeline.run_job(job)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == states, "a job of a paused message does nothing"

    assert (await resume(pipeline.stores, APP, message.id)).status is Status.DISPATCHING
    await pipeline.dispatch_due()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"accepted": 3000}
    assert sandbox.summary("huawei")["duplicates"] == 0
    assert await pipeline.status(message) is Status.SENT


async def test_the_last_answers_end_a_message_that_was_paused_meanwhile(pipeline: Pipeline) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    scope, block = await _take(pipeline, message)
    await pause(pipeline.stores, APP, message.id)
    recorded = await pipeline.stores.outcomes.record(
        scope, "worker", LEASE, [block], [Move(block, 0b11111, State.ACCEPTED)]
    )
    assert (recorded.paused, recorded.ended, recorded.open) == (True, None, 0)
    await pipeline.stores.lifecycle.finish("shop", message.id)
    assert await pipeline.status(message) is Status.SENT


async def test_nothing_is_reserved_while_a_message_is_paused(pipeline: Pipeline) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    scope, block = await _take(pipeline, message)
    moves = [Move(block, bits, State.REJECTED, kind=MoveKind.RESERVE) for bits in (0b00001, 0b00010)]
    record = pipeline.stores.outcomes.record
    assert (await record(scope, "worker", LEASE, [block], moves[:1])).moved == [0b00001]
    await pause(pipeline.stores, APP, message.id)
    assert (await record(scope, "worker", LEASE, [block], moves[1:])).moved == [0]
    back = Move(block, 0b00001, State.PENDING, origin=State.REJECTED, kind=MoveKind.RELEASE)
    assert (await record(scope, "worker", LEASE, [block], [back])).moved == [0b00001]
    assert await pipeline.states(message) == {"pending": 5}


async def test_a_note_of_an_earlier_pause_that_comes_late_changes_nothing(pipeline: Pipeline) -> None:
    await pipeline.register(5)
    message = await pipeline.dispatch()
    until = pipeline.stores.retention.keep_until(message)
    notes = pipeline.stores.paused_shards
    await notes.resume(APP, message.id, 1, until)
    await notes.pause(APP, message.id, 1, until)
    _, block = await _take(pipeline, message)
    await pipeline.stores.leases.release(MessageShard(APP, 0, message.id, until), "worker", [block])
    await notes.pause(APP, message.id, 2, until)
    await notes.resume(APP, message.id, 1, until)
    with pytest.raises(ValueError, match="not enough values"):
        await _take(pipeline, message)


async def _take(pipeline: Pipeline, message: Message) -> tuple[MessageShard, Block]:
    """Lease the only block."""
    scope = MessageShard(APP, 0, message.id, pipeline.stores.retention.keep_until(message))
    blocks = await pipeline.stores.pending.blocks(scope)
    (taken,) = (await pipeline.stores.leases.take(scope, "worker", LEASE, blocks)).pending
    return scope, taken
