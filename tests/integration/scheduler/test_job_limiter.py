"""Jobs that Gearman's queue has no room for wait in Redis."""

import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.gearman import block_job
from tests.support.scheduler import SchedulerParts

from pushgate.dispatch.backlog import BacklogPosition
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.job import BlockJob, encode
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Options, Priority
from pushgate.domain.terminal import Group
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.retry_submitter import RetrySubmitter

FUNCTION = "push.apns.shop"


async def test_jobs_that_gearman_has_no_room_for_wait_in_redis_and_follow_when_there_is_room(
    parts: SchedulerParts,
) -> None:
    messages = [await parts.dispatch(options=Options(priority=Priority.LOW))]
    messages += [await parts.dispatch() for _ in range(4)]
    assert await parts.queued() == 6, "that is all the room there is; each message has two jobs"
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}
    assert await parts.retry_submitter.submit_due() == 0, "there is no room yet"
    await parts.dispatch(options=Options(priority=Priority.LOW))
    parts.server.stop(signal.SIGKILL)  # its queue is empty then
    parts.server.start()
    assert await parts.retry_submitter.submit_due() == 6
    assert await parts.stores.backlog.sizes() == {}
    assert await parts.queued() == 6


async def test_jobs_that_gearman_does_not_take_are_put_back_at_once(parts: SchedulerParts) -> None:
    """The server answers on its admin port and takes no jobs."""
    submitter = Submitter(["127.0.0.1:1"], 1)
    without_gearman = replace(
        parts.context, job_limiter=JobQueueLimiter(submitter, parts.admin, parts.stores.backlog, 6)
    )
    submitter_without_gearman = RetrySubmitter(without_gearman)
    retried, waiting = (
        BlockJob(app="shop", message_id=f"{n:028x}", group=Group("apns", "en"), shard=0, blocks=(0,))
        for n in range(2)
    )
    await parts.stores.retries.add(retried, parts.clock.now())
    with pytest.raises(EngineUnavailable):
        await submitter_without_gearman.submit_due()
    parts.clock.advance(1)
    assert await parts.retry_submitter.submit_due() == 1, "the lease of who took it has not run out"
    assert await parts.stores.retries.next_due_at() is None
    await parts.stores.backlog.put(FUNCTION, {encode(waiting): BacklogPosition(1)})
    with pytest.raises(EngineUnavailable):
        await submitter_without_gearman.submit_due()
    assert await parts.stores.backlog.sizes() == {FUNCTION: 1}
    assert await parts.retry_submitter.submit_due() == 1
    assert await parts.stores.backlog.sizes() == {}
    await submitter.close()


async def test_waiting_jobs_are_not_taken_for_lost_ones(parts: SchedulerParts) -> None:
    for _ in range(5):
        await parts.dispatch()
    await parts.retry_submitter.submit_due()
    parts.clock.advance(90)
    assert await parts.recovery.run_once() == 0
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}


async def test_jobs_of_high_priority_do_not_wait_behind_a_backlog(parts: SchedulerParts) -> None:
    for _ in range(5):
        await parts.dispatch()
    await parts.dispatch(options=Options(priority=Priority.HIGH))
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}
    assert {item.name: item.queued for item in await parts.admin.status()}["urgent.apns.shop"] == 2


async def test_another_apps_jobs_have_room_of_their_own(parts: SchedulerParts) -> None:
    for _ in range(5):
        await parts.dispatch()
    other = BlockJob(app="other", message_id="0" * 30, group=Group("apns", "en"), shard=0, blocks=(0,))
    await parts.job_limiter.submit([other])
    assert not parts.job_limiter.has_backlog(other)
    assert await parts.queued() == 7


async def test_the_backlog_is_submitted_by_priority_and_unreadable_jobs_stop_nobody(
    parts: SchedulerParts,
) -> None:
    jobs = [
        BlockJob(
            app="shop",
            message_id=f"{n:028x}",
            group=Group("apns", "en"),
            shard=0,
            blocks=(0,),
            priority=priority,
        )
        for n, priority in enumerate((Priority.LOW, Priority.NORMAL, Priority.HIGH))
    ]
    await parts.stores.backlog.put(
        FUNCTION, {encode(job): BacklogPosition(rank) for job, rank in zip(jobs, (2, 1, 0), strict=True)}
    )
    await parts.stores.backlog.put(FUNCTION, {b"nonsense": BacklogPosition(0)})
    assert [encode(jobs[2]), b"nonsense"] == sorted(
        await parts.stores.backlog.take(FUNCTION, 2), reverse=True
    )
    await parts.stores.backlog.put(FUNCTION, {b"nonsense": BacklogPosition(0)})
    await parts.retry_submitter.submit_due()
    assert await parts.queued() == 2


async def test_jobs_that_no_worker_takes_wait_no_longer_than_their_messages_live(
    parts: SchedulerParts,
) -> None:
    """Else an app that posts for ever to a vendor that no worker serves would fill Redis."""
    for priority in Priority:
        for _ in range(5):
            await parts.dispatch(options=Options(ttl=timedelta(seconds=100), priority=priority))
    lasting = await parts.dispatch(options=Options(ttl=timedelta(seconds=300)))
    assert sum((await parts.stores.backlog.sizes()).values()) > 10
    parts.clock.advance(99)
    await parts.recovery.run_once()
    assert sum((await parts.stores.backlog.sizes()).values()) > 10
    parts.clock.advance(1)
    await parts.recovery.run_once()
    assert await parts.stores.backlog.sizes() == {FUNCTION: 2}
    assert {block_job(job).message_id for job in await parts.stores.backlog.take(FUNCTION, 9)} == {lasting.id}
