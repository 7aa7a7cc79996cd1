"""Jobs whose next attempt is due go to Gearman."""

import signal

import pytest
from redis.asyncio import Redis
from tests.support.scheduler import SchedulerParts

from pushgate.dispatch.job import BlockJob
from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group
from pushgate.redis.hash_tags import QUEUE

JOB = BlockJob(app="shop", message_id="0" * 30, group=Group("apns", "en"), shard=0, blocks=(0,), attempt=3)


async def test_due_retries_are_submitted_and_unreadable_ones_dropped(
    parts: SchedulerParts, redis: Redis
) -> None:
    await parts.stores.retries.add(JOB, parts.clock.now())
    await redis.zadd(f"{QUEUE}:retries", {b"nonsense": to_ms(parts.clock.now())})
    assert await parts.retry_submitter.submit_due() == 1
    assert await parts.queued() == 1
    assert await parts.stores.retries.next_due_at() is None


async def test_retries_wait_for_gearman(parts: SchedulerParts) -> None:
    await parts.stores.retries.add(JOB, parts.clock.now())
    parts.server.stop(signal.SIGKILL)
    with pytest.raises(Exception, match="Gearman"):
        await parts.retry_submitter.submit_due()
    parts.server.start()
    parts.clock.advance(31)
    assert await parts.retry_submitter.submit_due() == 1
