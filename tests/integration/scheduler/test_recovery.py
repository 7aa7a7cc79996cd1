"""Lost work is submitted again and what is over is ended, with a real Gearman server."""

import signal
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.support.scheduler import APP, LEASE, SchedulerParts

from pushgate.dispatch.job import BlockJob
from pushgate.domain.message import Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Move, message_key
from pushgate.messages.stored import StoredEnvelope
from pushgate.pausing import pause
from pushgate.redis.hash_tags import QUEUE


async def test_jobs_of_a_lost_queue_are_submitted_again_within_seconds(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    submitted = await parts.queued()
    assert submitted == 2, "one job a shard"
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    assert await parts.queued() == 0
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == 2
    assert await parts.queued() == submitted
    assert await parts.status(message) is Status.SENDING


async def test_a_message_that_cannot_be_checked_does_not_stop_the_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    broken, _ = [await parts.dispatch() for _ in range(2)]
    await redis.hset(f"{message_key(APP, 0, broken.id)}:counts", "|open", "odd")
    parts.clock.advance(61)
    with capture_logs() as logs:
        assert await parts.recovery.run_once() == 2, "the other one"
    assert [(one["action"], one["message"]) for one in logs if "exc_info" in one] == [
        ("sweep_failed", broken.id)
    ]


async def test_a_paused_message_that_cannot_be_checked_does_not_stop_the_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    broken, paused, _ = [await parts.dispatch() for _ in range(3)]
    for message in (broken, paused):
        await pause(parts.stores, APP, message.id)
    await redis.hset(f"{QUEUE}:message:{broken.id}", "pauses", "odd")
    note = f"{message_key(APP, 0, paused.id)}:pause"
    lost = await redis.getdel(note)
    parts.clock.advance(61)
    with capture_logs() as logs:
        assert await parts.recovery.run_once() > 0, "the one that is not paused"
    assert [(one["action"], one["message"]) for one in logs if "exc_info" in one] == [
        ("sweep_failed", broken.id)
    ]
    assert lost is not None
    assert await redis.get(note) == lost


async def test_a_finished_message_that_cannot_be_checked_does_not_stop_the_others(
    parts: SchedulerParts, redis: Redis
) -> None:
    broken, other = [await parts.dispatch() for _ in range(2)]
    for message in (broken, other):
        await parts.work(message)
    await redis.hset(f"{message_key(APP, 0, broken.id)}:counts", "|open", "odd")
    parts.clock.advance(61)
    for _ in range(2):
        await parts.recovery.run_once()
    assert await redis.zscore(f"{QUEUE}:settling", other.id) is None
    assert await redis.zscore(f"{QUEUE}:settling", broken.id) is not None


async def test_a_queue_with_jobs_in_it_is_given_time(parts: SchedulerParts) -> None:
    await parts.dispatch()
    parts.clock.advance(30)
    assert await parts.recovery.run_once() == 0
    parts.clock.advance(31)
    assert await parts.recovery.run_once() == 2, "after a minute nobody will come for them"


async def test_jobs_of_a_lost_queue_are_submitted_again_although_other_jobs_wait(
    parts: SchedulerParts,
) -> None:
    message = await parts.dispatch()
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    parts.clock.advance(5)
    later = await parts.dispatch()
    assert await parts.queued() == 2, "the jobs of the later message alone"
    assert await parts.recovery.run_once() == 2, "a server that was lost shortens the wait"
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == 0, "once"
    assert {await parts.status(message), await parts.status(later)} == {Status.SENDING}


async def test_retries_of_a_lost_queue_are_submitted_again_within_seconds(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    keep_until, due = parts.stores.retention.keep_until(message), parts.clock.now() + timedelta(seconds=3)
    for shard in range(APP.shards):
        scope, block = MessageShard(APP, shard, message.id, keep_until), Block(Group("apns", "en"), 0)
        await parts.stores.leases.take(scope, "w", LEASE, [block])
        await parts.stores.leases.release(scope, "w", [block], due)
    parts.clock.advance(10)
    assert await parts.recovery.run_once() == 0, "their jobs may wait in Gearman"
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == APP.shards
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == 0, "once"


async def test_messages_dispatched_while_gearman_is_down_go_out_when_it_is_back(
    parts: SchedulerParts,
) -> None:
    parts.server.stop(signal.SIGKILL)
    message = await parts.dispatch()
    assert await parts.status(message) is Status.SENDING
    parts.server.start()
    parts.clock.advance(15)
    assert await parts.recovery.run_once() == 2
    assert await parts.queued() == 2


async def test_pending_slots_expire_at_the_end_of_the_time_to_live(parts: SchedulerParts) -> None:
    message = await parts.dispatch(options=Options(ttl=timedelta(seconds=30)))
    parts.clock.advance(31)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"expired": 5}
    assert await parts.status(message) is Status.SENT


async def test_a_message_that_got_more_time_since_recovery_read_it_does_not_expire(
    parts: SchedulerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message is finished and its failures are sent again while recovery is busy with others."""
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
            await parts.dispatch_due()
        return found

    monkeypatch.setattr(lifecycle, "unfinished", read_too_early)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"pending": 5}
    assert await parts.status(message) is Status.SENDING


async def test_expiry_and_cancelling_need_no_gearman(parts: SchedulerParts) -> None:
    """One message whose jobs cannot be submitted must not keep the others from being ended."""
    stuck = await parts.dispatch()
    expiring = await parts.dispatch(options=Options(ttl=timedelta(seconds=30)))
    parts.server.stop(signal.SIGKILL)
    parts.clock.advance(90)
    await parts.recovery.run_once()
    assert await parts.states(expiring) == {"expired": 5}
    assert await parts.states(stuck) == {"pending": 5}


async def test_a_cancelled_message_is_ended_even_if_whoever_cancelled_it_died(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    await parts.stores.messages.cancel("shop", message.id)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"cancelled": 5}
    assert await parts.status(message) is Status.CANCELLED
    assert (await parts.stores.message_index.counts())["sending"] == 0


async def test_a_message_with_nothing_left_is_finished_though_its_worker_died_before_it_could_say_so(
    parts: SchedulerParts,
) -> None:
    message = await parts.dispatch()
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, parts.stores.retention.keep_until(message))
        block = Block(Group("apns", "en"), 0)
        taken = await parts.stores.leases.take(scope, "dead", LEASE, [block])
        await parts.stores.outcomes.record(
            scope, "dead", LEASE, [block], [Move(block, taken.pending[block], State.ACCEPTED)]
        )
    parts.clock.advance(5)
    await parts.recovery.run_once()
    assert await parts.states(message) == {"accepted": 5}
    assert await parts.status(message) is Status.SENT


async def test_a_message_finished_a_moment_too_early_is_reopened(parts: SchedulerParts) -> None:
    message = await parts.dispatch()
    await parts.stores.lifecycle.finish("shop", message.id)
    assert await parts.status(message) is Status.SENT
    parts.clock.advance(61)
    await parts.recovery.run_once()
    assert await parts.status(message) is Status.SENDING
    await parts.recovery.run_once()
    assert await parts.queued() == 4, "its blocks are submitted again"


async def test_jobs_that_no_worker_takes_do_not_delay_the_recovery_of_other_apps(
    parts: SchedulerParts,
) -> None:
    """Jobs of an app that no worker has settings for wait in Gearman until one has."""
    await parts.dispatch()
    parts.server.stop(signal.SIGKILL)
    parts.server.start()
    await parts.job_limiter.submit(
        [BlockJob(app="news", message_id="0" * 30, group=Group("fcm", "en"), shard=0, blocks=(0,))]
    )
    assert await parts.queued() == 1
    parts.clock.advance(5)
    assert await parts.recovery.run_once() == 2
