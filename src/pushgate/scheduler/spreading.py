"""The blocks of a message that is spread over time: each waits as a job that is due at its instant.

The instants are stored with the blocks, so they survive a crash.
"""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.message import Envelope
from pushgate.ledger.values import Block, MessageShard
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.jobs import jobs_for
from pushgate.scheduler.spread import DueJob, is_in_shares, spread_jobs


async def spread_blocks(
    context: SchedulerContext, message: Envelope, app: App, shard: int, blocks: Sequence[Block]
) -> int:
    """Store waiting jobs that send these pending blocks of a shard; returns how many jobs.

    Blocks that have a later due time keep it. All others are spread from now on at the message's
    pace, so blocks that waited during a pause are not sent at once. Raises EngineUnavailable.
    """
    stores, now = context.stores, context.clock.now()
    scope = MessageShard(app, shard, message.id, stores.retention.keep_until(message))
    planned = await stores.due_blocks.read(scope, [block.number for block in blocks], now)
    targeted = await stores.due_blocks.count_targeted(scope)
    fresh = [block for block in blocks if block.number not in planned]
    jobs = spread_jobs(message, shard, app.shards, fresh, targeted, now)
    await stores.due_blocks.write(scope, {number: one.due_at for one in jobs for number in one.job.blocks})
    if not is_in_shares(targeted, app.shards):
        # The process that planned them may have died before it added the jobs.
        again = [block for block in blocks if block.number in planned]
        jobs += [
            DueJob(job, planned[block.number]) for block in again for job in jobs_for(message, shard, [block])
        ]
    await stores.retries.add_all([(one.job, one.due_at) for one in jobs])
    return len(jobs)
