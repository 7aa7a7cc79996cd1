"""The retry set in Redis: a crash between taking a job and submitting it loses nothing."""

from datetime import timedelta

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.dispatch.job import BlockJob, encode_waiting
from pushgate.dispatch.retries import Retries
from pushgate.domain.clock import to_ms
from pushgate.domain.terminal import Group
from pushgate.redis.hash_tags import QUEUE

KEY = f"{QUEUE}:retries"
LEASE = timedelta(seconds=30)
JOB = BlockJob(app="shop", message_id="0" * 30, group=Group("apns", "en"), shard=0, blocks=(0,))
OTHER = replace(JOB, shard=1)


async def test_a_due_retry_is_taken_once_until_it_is_removed_or_its_taker_died(
    redis: Redis, clock: SetClock
) -> None:
    retries, due_at = Retries(redis), clock.now() + timedelta(seconds=10)
    job = encode_waiting(JOB, due_at)
    await retries.add(JOB, due_at)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(10)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [job]
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(31)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [job], "its taker died"
    until = clock.now() + LEASE
    await retries.remove([job], until + timedelta(seconds=1))
    assert await retries.next_due_at() is not None, "that was another taking"
    await retries.remove([job], until)
    assert await retries.next_due_at() is None


async def test_a_retry_added_again_while_it_is_being_submitted_stays(redis: Redis, clock: SetClock) -> None:
    retries, until = Retries(redis), clock.now() + LEASE
    await retries.add(JOB, clock.now())
    (job,) = await retries.take(clock.now(), until, 10)
    await redis.zadd(KEY, {job: to_ms(clock.now() + timedelta(seconds=99))})
    await retries.remove([job], until)
    assert await retries.next_due_at() is not None


async def test_a_retry_that_could_not_be_submitted_is_due_again(redis: Redis, clock: SetClock) -> None:
    retries, until = Retries(redis), clock.now() + LEASE
    one, other = encode_waiting(JOB, clock.now()), encode_waiting(OTHER, clock.now())
    await retries.add_all([(JOB, clock.now()), (OTHER, clock.now())])
    assert set(await retries.take(clock.now(), until, 10)) == {one, other}
    await redis.zadd(KEY, {other: to_ms(clock.now() + timedelta(seconds=99))})
    await retries.put_back([one, other], until, clock.now() + timedelta(seconds=1))
    clock.advance(2)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [one], "the other was added again"
