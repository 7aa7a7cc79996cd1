"""The retry set in Redis: a crash between taking a job and submitting it loses nothing."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.dispatch.retries import Retries

LEASE = timedelta(seconds=30)


async def test_a_due_retry_is_taken_once_until_it_is_removed_or_its_taker_died(
    redis: Redis, clock: SetClock
) -> None:
    retries, soon = Retries(redis), timedelta(seconds=10)
    await retries.add(b"job", clock.now() + soon)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(10)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [b"job"]
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(31)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [b"job"], "its taker died"
    until = clock.now() + LEASE
    await retries.remove([b"job"], until + timedelta(seconds=1))
    assert await retries.next_due_at() is not None, "that was another taking"
    await retries.remove([b"job"], until)
    assert await retries.next_due_at() is None


async def test_a_retry_added_again_while_it_is_being_submitted_stays(redis: Redis, clock: SetClock) -> None:
    retries, until = Retries(redis), clock.now() + LEASE
    await retries.add(b"job", clock.now())
    assert await retries.take(clock.now(), until, 10) == [b"job"]
    await retries.add(b"job", clock.now() + timedelta(seconds=99))
    await retries.remove([b"job"], until)
    assert await retries.next_due_at() is not None


async def test_a_retry_that_could_not_be_submitted_is_due_again(redis: Redis, clock: SetClock) -> None:
    retries, until = Retries(redis), clock.now() + LEASE
    for job in (b"one", b"other"):
        await retries.add(job, clock.now())
    assert sorted(await retries.take(clock.now(), until, 10)) == [b"one", b"other"]
    await retries.add(b"other", clock.now() + timedelta(seconds=99))
    await retries.put_back([b"one", b"other"], until, clock.now() + timedelta(seconds=1))
    clock.advance(2)
    assert await retries.take(clock.now(), clock.now() + LEASE, 10) == [b"one"], "the other was added again"
