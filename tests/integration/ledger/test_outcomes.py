"""Outcomes are recorded once, and their failures are bounded."""

from redis.asyncio import Redis
from tests.support.accounting import APP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, GONE, LEASE, message_shard

from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure, Move, Planned
from pushgate.stores import Stores


async def test_recording_twice_counts_once(stores: Stores, redis: Redis, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b1111)])
    moves = [Move(BLOCKS[0], 0b0011, State.ACCEPTED), Move(BLOCKS[0], 0b0100, State.INVALID, GONE)]
    assert list((await stores.outcomes.record(shard, "w", LEASE, [], moves)).moved) == [0b11, 0b100]
    assert list((await stores.outcomes.record(shard, "w", LEASE, [], moves)).moved) == [0, 0]
    report = await stores.results.report(APP, "m1")
    assert (report.states["accepted"], report.states["invalid"], report.failures[0].count) == (2, 1, 1)
    await assert_law(redis, stores.results, [shard])


async def test_an_acceptance_after_the_end_is_recorded(stores: Stores, redis: Redis, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], 0b111)])
    await stores.pending.end(APP, "m1", shard.keep_until, State.EXPIRED)
    flushed = await stores.outcomes.record(
        shard, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b001, State.ACCEPTED)]
    )
    assert (flushed.ended, list(flushed.moved)) == (State.EXPIRED, [0b1])
    report = await stores.results.report(APP, "m1")
    assert (report.states["accepted"], report.states["expired"]) == (1, 2)
    await assert_law(redis, stores.results, [shard])


async def test_a_vendor_that_invents_codes_cannot_fill_the_memory(stores: Stores, clock: SetClock) -> None:
    shard = message_shard(clock)
    await stores.plans.write(shard, [Planned(BLOCKS[0], (1 << 1024) - 1)])
    for start in range(0, 1024, 64):
        moves = [
            Move(BLOCKS[0], 1 << n, State.REJECTED, Failure("apns", f"code-{n}" * 50, "x" * 5000))
            for n in range(start, start + 64)
        ]
        await stores.outcomes.record(shard, "w", LEASE, [], moves)
    failures = (await stores.results.report(APP, "m1")).failures
    assert len(failures) <= 501
    assert sum(item.count for item in failures) == 1024
    assert max(len(item.code) + len(item.reason) for item in failures) <= 264
