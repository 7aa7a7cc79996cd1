"""Schedulers die while a message is spread: its blocks keep their due times."""

from datetime import datetime, timedelta

from tests.support.gearman import block_job
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.message import Message, Options, Status
from pushgate.ledger.values import MessageShard

SPREAD = timedelta(minutes=10)
OPTIONS = Options(ttl=timedelta(hours=1), spread=SPREAD)


async def planned(parts: SchedulerParts, message: Message) -> dict[tuple[int, int], datetime]:
    """When the blocks of all shards are due."""
    found: dict[tuple[int, int], datetime] = {}
    for shard in range(APP.shards):
        scope = MessageShard(APP, shard, message.id, parts.stores.retention.keep_until(message))
        numbers = [block.number for block in await parts.stores.pending.blocks(scope)]
        due = await parts.stores.due_blocks.read(scope, numbers, parts.clock.now() - timedelta(seconds=1))
        found |= {(shard, number): at for number, at in due.items()}
    return found


async def jobs(parts: SchedulerParts) -> list[tuple[int, int]]:
    """The blocks of all jobs that wait, each as often as it has a job."""
    raw = [job async for some in parts.stores.retries.all() for job in some]
    return sorted((job.shard, number) for job in map(block_job, raw) for number in job.blocks)


async def test_recovery_leaves_blocks_alone_that_are_due_later(parts: SchedulerParts) -> None:
    message = await parts.dispatch(400, OPTIONS)
    assert await parts.status(message) is Status.SENDING
    assert await parts.queued() == 0
    before = await planned(parts, message)
    assert len(before) == 2
    for _ in range(3):
        parts.clock.advance(5)
        assert await parts.recovery.run_once() == 0
    assert await planned(parts, message) == {
        block: at for block, at in before.items() if at > parts.clock.now() - timedelta(seconds=1)
    }


async def test_lost_jobs_are_found_and_go_on_at_the_pace_of_the_message(parts: SchedulerParts) -> None:
    message = await parts.dispatch(400, OPTIONS)
    raw = [job async for some in parts.stores.retries.all() for job in some]
    hidden = parts.clock.now() + timedelta(days=1)
    parts.clock.advance(90)
    await parts.stores.retries.take(parts.clock.now(), hidden, 1000)
    await parts.stores.retries.remove(raw, hidden)
    assert await parts.stores.retries.count() == 0
    assert await parts.recovery.run_once() == 2
    found = [block_job(job) async for some in parts.stores.retries.all() for job in some]
    assert [job.next_share.left for job in found if job.next_share] == [30, 30]
    assert await parts.queued() == 0, "nothing goes out beside the spread"
    assert len(await planned(parts, message)) == 2


async def test_a_scheduler_that_begins_anew_keeps_the_due_times(parts: SchedulerParts) -> None:
    message = await parts.dispatch(400, OPTIONS)
    before, waiting = await planned(parts, message), await jobs(parts)
    await parts.stores.lifecycle.replan("shop", message.id)
    parts.clock.advance(0.001)
    await parts.dispatch_due()
    after = await planned(parts, message)
    later = {block for block, at in before.items() if at > parts.clock.now()}
    assert {block: at for block, at in after.items() if block in later} == {
        block: at for block, at in before.items() if block in later
    }
    assert set(await jobs(parts)) == set(waiting)
