"""The sweep: what got lost is sent on its way again, what is over is ended; with a real Gearman server's word on its queue."""

import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from tests.support.scheduler import APP, LEASE, Parts

from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.backlog import BacklogPosition
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.job import Job, decode, encode
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Options, Priority, Resend, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.pending import Block, MessageShard, Move
from pushgate.messages.stored import StoredEnvelope
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Intervals, Recovery


async def test_jobs_of_a_lost_queue_are_submitted_again_within_seconds(parts: Parts) -> None:
    message = await parts.dispatch()
    submitted = await parts.queued()
    assert submitted == 2, "one job a shard"
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    assert await parts.queued() == 0
    parts.clock.advance(5)
    assert await parts.sweep.run_once() == 2
    assert await parts.queued() == submitted
    assert await parts.status(message) is Status.SENDING


async def test_a_queue_with_jobs_in_it_is_given_time(parts: Parts) -> None:
    await parts.dispatch()
    parts.clock.advance(30)
    assert await parts.sweep.run_once() == 0
    parts.clock.advance(31)
    assert await parts.sweep.run_once() == 2, "after a minute nobody will come for them"


async def test_messages_dispatched_while_gearman_is_down_go_out_when_it_is_back(parts: Parts) -> None:
    parts.server.stop(signal.SIGKILL)
    message = await parts.dispatch()
    assert await parts.status(message) is Status.SENDING
    parts.server.start()
    parts.clock.advance(15)
    assert await parts.sweep.run_once() == 2
    assert await parts.queued() == 2


async def test_what_is_pending_at_the_end_of_the_time_to_live_expires(parts: Parts) -> None:
    message = await parts.dispatch(options=Options(ttl=timedelta(seconds=30)))
    parts.clock.advance(31)
    await parts.sweep.run_once()
    assert await parts.states(message) == {"expired": 5}
    assert await parts.status(message) is Status.SENT


async def test_a_message_that_got_more_time_since_the_sweep_read_it_does_not_expire(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker finishes a message and its caller retries the failures while the sweep is busy with other ones."""
    lifecycle = parts.stores.lifecycle
    message = await parts.dispatch(options=Options(ttl=timedelta(seconds=30)))
    await parts.reject(message)
    parts.clock.advance(31)
    read = lifecycle.unfinished

    async def read_too_early(*args: object) -> list[StoredEnvelope]:
        found = await read(*args)  # type: ignore[arg-type]  # passed on as they are
        if found:
            await lifecycle.finish("shop", message.id)
            resend = Resend(1, (State.REJECTED,), parts.clock.now() + timedelta(seconds=600))
            await parts.stores.revisions.resend(
                "shop", message.id, lambda known: replace(known, resend=resend)
            )
            await parts.fire.dispatch_due()
            await parts.fire.settled()
        return found

    monkeypatch.setattr(lifecycle, "unfinished", read_too_early)
    await parts.sweep.run_once()
    assert await parts.states(message) == {"pending": 5}
    assert await parts.status(message) is Status.SENDING


async def test_expiry_and_cancelling_need_no_gearman(parts: Parts) -> None:
    """One message whose jobs cannot be submitted must not keep the others from being ended."""
    stuck = await parts.dispatch()
    expiring = await parts.dispatch(options=Options(ttl=timedelta(seconds=30)))
    parts.server.stop(signal.SIGKILL)
    parts.clock.advance(90)
    await parts.sweep.run_once()
    assert await parts.states(expiring) == {"expired": 5}
    assert await parts.states(stuck) == {"pending": 5}


async def test_a_cancelled_message_is_ended_even_if_whoever_cancelled_it_died(parts: Parts) -> None:
    message = await parts.dispatch()
    await parts.stores.messages.cancel("shop", message.id)
    await parts.sweep.run_once()
    assert await parts.states(message) == {"cancelled": 5}
    assert await parts.status(message) is Status.CANCELLED
    assert (await parts.stores.message_index.counts())["sending"] == 0


async def test_a_message_with_nothing_left_is_finished_though_its_worker_died_before_it_could_say_so(
    parts: Parts,
) -> None:
    message = await parts.dispatch()
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, parts.stores.retention.keep_until(message))
        block = Block(Group("apns", "en"), 0)
        taken = await parts.stores.pending.take(scope, "dead", LEASE, [block])
        await parts.stores.pending.flush(
            scope, "dead", LEASE, [block], [Move(block, taken.pending[block], State.ACCEPTED)]
        )
    parts.clock.advance(5)
    await parts.sweep.run_once()
    assert await parts.states(message) == {"accepted": 5}
    assert await parts.status(message) is Status.SENT


async def test_a_message_finished_a_moment_too_early_is_taken_up_again(parts: Parts) -> None:
    message = await parts.dispatch()
    await parts.stores.lifecycle.finish("shop", message.id)
    assert await parts.status(message) is Status.SENT
    parts.clock.advance(61)
    await parts.sweep.run_once()
    assert await parts.status(message) is Status.SENDING
    await parts.sweep.run_once()
    assert await parts.queued() == 4, "its blocks are submitted again"


async def test_due_retries_are_submitted_and_nonsense_is_dropped(parts: Parts) -> None:
    await parts.stores.retries.add(
        encode(
            Job(app="shop", message_id="0" * 28, group=Group("apns", "en"), shard=0, blocks=(0,), attempt=3)
        ),
        parts.clock.now(),
    )
    await parts.stores.retries.add(b"nonsense", parts.clock.now())
    assert await parts.sweep.retry() == 1
    assert await parts.queued() == 1
    assert await parts.stores.retries.next_due_at() is None


async def test_retries_wait_for_gearman(parts: Parts) -> None:
    await parts.stores.retries.add(
        encode(
            Job(app="shop", message_id="0" * 28, group=Group("apns", "en"), shard=0, blocks=(0,), attempt=3)
        ),
        parts.clock.now(),
    )
    parts.server.stop(signal.SIGKILL)
    with pytest.raises(Exception, match="Gearman"):
        await parts.sweep.retry()
    parts.server.start()
    parts.clock.advance(31)
    assert await parts.sweep.retry() == 1


FUNCTION = "push.apns.shop"


async def test_what_gearman_has_no_room_for_waits_in_redis_and_follows_in_its_turn(parts: Parts) -> None:
    messages = [await parts.dispatch(options=Options(priority=Priority.LOW))]
    messages += [await parts.dispatch() for _ in range(4)]
    assert await parts.queued() == 6, "that is all the room there is; each message has two jobs"
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}
    assert await parts.sweep.retry() == 0, "there is no room yet"
    await parts.dispatch(options=Options(priority=Priority.LOW))
    parts.server.stop(signal.SIGKILL)  # its queue is empty then
    parts.server.start()
    assert await parts.sweep.retry() == 6
    assert await parts.stores.backlog.sizes() == {}
    assert await parts.queued() == 6


async def test_what_gearman_does_not_take_is_put_back_at_once(parts: Parts) -> None:
    """The server answers on its admin port and takes no jobs."""
    submitter = Submitter(["127.0.0.1:1"], 1)
    outbox = JobQueueLimiter(submitter, parts.admin, parts.stores.backlog, 6)
    intervals = Intervals(timedelta(seconds=5), timedelta(seconds=60))
    metrics = SchedulerMetrics(CollectorRegistry())
    catalog = AppCatalog(parts.stores.registry, {})
    sweep = Recovery(parts.stores, outbox, parts.admin, catalog, parts.clock, intervals, metrics)
    retried, waiting = (
        Job(app="shop", message_id=f"{n:028x}", group=Group("apns", "en"), shard=0, blocks=(0,))
        for n in range(2)
    )
    await parts.stores.retries.add(encode(retried), parts.clock.now())
    with pytest.raises(EngineUnavailable):
        await sweep.retry()
    parts.clock.advance(1)
    assert await parts.sweep.retry() == 1, "the lease of who took it has not run out"
    assert await parts.stores.retries.next_due_at() is None
    await parts.stores.backlog.put(FUNCTION, {encode(waiting): BacklogPosition(1)})
    with pytest.raises(EngineUnavailable):
        await sweep.retry()
    assert await parts.stores.backlog.sizes() == {FUNCTION: 1}
    assert await parts.sweep.retry() == 1
    assert await parts.stores.backlog.sizes() == {}
    await submitter.close()


async def test_waiting_jobs_are_not_taken_for_lost_ones(parts: Parts) -> None:
    for _ in range(5):
        await parts.dispatch()
    await parts.sweep.retry()
    parts.clock.advance(90)
    assert await parts.sweep.run_once() == 0
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}


async def test_jobs_of_high_priority_do_not_wait_behind_a_backlog(parts: Parts) -> None:
    for _ in range(5):
        await parts.dispatch()
    await parts.dispatch(options=Options(priority=Priority.HIGH))
    assert await parts.stores.backlog.sizes() == {FUNCTION: 4}
    assert {item.name: item.queued for item in await parts.admin.status()}["urgent.apns.shop"] == 2


async def test_another_vendors_jobs_have_room_of_their_own(parts: Parts) -> None:
    for _ in range(5):
        await parts.dispatch()
    other = Job(app="other", message_id="0" * 28, group=Group("apns", "en"), shard=0, blocks=(0,))
    await parts.outbox.submit([other])
    assert not parts.outbox.waits(other)
    assert await parts.queued() == 7


async def test_the_backlog_goes_out_by_priority_and_nonsense_in_it_stops_nobody(parts: Parts) -> None:
    jobs = [
        Job(
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
    await parts.sweep.retry()
    assert await parts.queued() == 2


async def test_jobs_that_no_worker_takes_do_not_slow_down_what_was_lost_of_other_apps(parts: Parts) -> None:
    """Jobs of an app that no worker has settings for wait in Gearman until one has."""
    await parts.dispatch()
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    await parts.outbox.submit(
        [Job(app="news", message_id="0" * 28, group=Group("fcm", "en"), shard=0, blocks=(0,))]
    )
    assert await parts.queued() == 1
    parts.clock.advance(5)
    assert await parts.sweep.run_once() == 2


async def test_jobs_that_no_worker_takes_wait_no_longer_than_their_messages_live(parts: Parts) -> None:
    """Else an app that posts for ever to a vendor that no worker serves would fill Redis."""
    for priority in Priority:
        for _ in range(5):
            await parts.dispatch(options=Options(ttl=timedelta(seconds=100), priority=priority))
    lasting = await parts.dispatch(options=Options(ttl=timedelta(seconds=300)))
    assert sum((await parts.stores.backlog.sizes()).values()) > 10
    parts.clock.advance(99)
    await parts.sweep.run_once()
    assert sum((await parts.stores.backlog.sizes()).values()) > 10
    parts.clock.advance(1)
    await parts.sweep.run_once()
    assert await parts.stores.backlog.sizes() == {FUNCTION: 2}
    assert {decode(job).message_id for job in await parts.stores.backlog.take(FUNCTION, 9)} == {lasting.id}
