"""A vendor's daily quota is shared by all processes, and never passed."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.push_class import PushClass, next_vendor_day
from pushgate.quotas.quota import Quota, QuotaState
from pushgate.quotas.store import VendorQuotas

LIMIT = 1000
QUOTA = Quota("shop", "vivo", PushClass.MARKETING, LIMIT)
PATIENCE = timedelta(minutes=6)
HIGH, NORMAL, LOW = 0, 1, 2
LOST = 0.1


@pytest.fixture(autouse=True)
def morning(clock: SetClock) -> None:
    clock.to_morning()


class Worker:
    """A run that takes, and may be lost before it settles."""

    def __init__(self, quotas: VendorQuotas, rank: int, claimant: str, run: str) -> None:
        self._quotas = quotas
        self._rank = rank
        self._claimant = claimant
        self._run = run
        self._day = ""

    async def take(self, **parts: int) -> dict[str, int]:
        self._day, granted = await self._quotas.take(
            QUOTA, self._rank, self._claimant, self._run, parts, PATIENCE
        )
        return granted

    async def refuse(self) -> None:
        await self._quotas.refuse(QUOTA, self._day)

    async def settle(self, **used: int) -> None:
        await self._quotas.settle(QUOTA, self._day, self._claimant, self._run, used)


async def state(quotas: VendorQuotas) -> QuotaState:
    (found,) = await quotas.read([QUOTA])
    return found


async def test_what_is_not_used_goes_back(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    worker = Worker(quotas, NORMAL, "m", "1")
    assert await worker.take(a=700, b=700) == {"a": 700, "b": 300}
    assert await state(quotas) == QuotaState(LIMIT, 0, 1000, wanted=(0, 400, 0))
    await worker.settle(a=600, b=0)
    assert await state(quotas) == QuotaState(LIMIT, 600, 0, wanted=(0, 400, 0))
    assert await Worker(quotas, NORMAL, "m", "2").take(b=700) == {"b": 400}


async def test_a_part_that_is_taken_again_gets_its_own_back(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    assert await Worker(quotas, NORMAL, "m", "lost").take(a=800) == {"a": 800}
    assert await Worker(quotas, NORMAL, "n", "1").take(z=800) == {"z": 200}
    again = Worker(quotas, NORMAL, "m", "again")
    assert await again.take(a=300) == {"a": 300}, "500 of 800 were recorded by the run that was lost"
    assert (await state(quotas)).used == 500
    await Worker(quotas, NORMAL, "m", "lost").settle(a=800)
    assert (await state(quotas)).used == 500, "the lost run settles nothing that another one has"
    await again.settle(a=300)
    assert (await state(quotas)).used == 800


async def test_what_a_lost_run_sent_of_a_part_that_has_grown_counts_as_used_whole(
    redis: Redis, clock: SetClock
) -> None:
    quotas = VendorQuotas(redis, clock)
    assert await Worker(quotas, NORMAL, "m", "lost").take(a=100) == {"a": 100}
    assert await Worker(quotas, NORMAL, "m", "again").take(a=500) == {"a": 500}
    assert await state(quotas) == QuotaState(LIMIT, used=100, reserved=500)


async def test_higher_priorities_come_first(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    await quotas.want(QUOTA, HIGH, "high", 800, PATIENCE)
    low, high = Worker(quotas, LOW, "low", "1"), Worker(quotas, HIGH, "high", "1")
    assert await low.take(a=500) == {"a": 200}
    assert await high.take(b=800) == {"b": 800}
    await high.settle(b=400)
    await quotas.want(QUOTA, HIGH, "high", 400, PATIENCE)
    assert await Worker(quotas, LOW, "low", "2").take(c=300) == {"c": 0}, "high still wants what came back"
    await quotas.want(QUOTA, HIGH, "high", 0, PATIENCE)
    assert await Worker(quotas, LOW, "low", "3").take(c=300) == {"c": 300}


async def test_a_want_that_nobody_renews_keeps_nobody_waiting(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    await quotas.want(QUOTA, HIGH, "paused", LIMIT, timedelta(seconds=30))
    assert await Worker(quotas, LOW, "low", "1").take(a=5) == {"a": 0}
    clock.advance(31)
    assert (await state(quotas)).wanted == (0, 0, 5), "what was refused is still wanted"
    assert await Worker(quotas, LOW, "low", "2").take(a=5) == {"a": 5}
    assert (await state(quotas)).wanted == (0, 0, 0)


async def test_a_message_wants_what_it_has_not_reserved(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    await Worker(quotas, HIGH, "m", "1").take(a=300)
    await quotas.want(QUOTA, HIGH, "m", 500, PATIENCE)
    assert (await state(quotas)).wanted == (200, 0, 0)


async def test_nothing_is_sent_once_the_vendor_refuses(redis: Redis, clock: SetClock) -> None:
    clock.at = next_vendor_day(clock.now()) + timedelta(hours=1)
    quotas = VendorQuotas(redis, clock)
    worker = Worker(quotas, NORMAL, "m", "1")
    await worker.take(a=100)
    await worker.refuse()
    await worker.settle(a=10)
    found = await state(quotas)
    assert (found.used, found.left, found.refused_at) == (10, 0, clock.now())
    assert await Worker(quotas, NORMAL, "m", "2").take(a=90) == {"a": 0}
    await quotas.reopen("shop", "vivo")
    assert await Worker(quotas, NORMAL, "m", "3").take(a=90) == {"a": 90}


async def test_a_refusal_that_is_told_after_midnight_is_of_the_day_before(
    redis: Redis, clock: SetClock
) -> None:
    quotas = VendorQuotas(redis, clock)
    clock.at = next_vendor_day(clock.now()) - timedelta(seconds=1)
    late = Worker(quotas, NORMAL, "m", "1")
    await late.take(a=100)
    clock.advance(2)
    await late.refuse()
    assert await state(quotas) == QuotaState(LIMIT)
    early = Worker(quotas, NORMAL, "m", "2")
    assert await early.take(b=LIMIT) == {"b": LIMIT}
    await early.refuse()
    assert (await state(quotas)).refused_at is None, "the vendor's midnight may be a little later"
    clock.advance(600)
    await early.refuse()
    assert (await state(quotas)).refused_at == clock.now()


async def test_each_day_in_shanghai_has_its_own(redis: Redis, clock: SetClock) -> None:
    quotas = VendorQuotas(redis, clock)
    clock.at = next_vendor_day(clock.now()) - timedelta(seconds=1)
    late = Worker(quotas, NORMAL, "m", "1")
    await late.take(a=LIMIT)
    clock.advance(1)
    assert await Worker(quotas, NORMAL, "m", "2").take(b=LIMIT) == {"b": LIMIT}
    await late.settle(a=7)
    assert (await state(quotas)).used == 0, "it counts on the day on which it was taken"
    keys = [key async for key in redis.scan_iter("{q}:quota:*")]
    assert len([key for key in keys if not key.endswith(b":wants")]) == 2
    lives = [await redis.pttl(key) for key in keys]
    assert min(lives) > 0
    assert max(lives) <= 4 * 86_400_000, "the clock is up to a day ahead"


_plays = st.lists(
    st.tuples(
        st.integers(0, 2),  # rank
        st.integers(0, 5),  # block
        st.integers(0, 400),  # pending
        st.integers(0, 100),  # per cent that are sent
        st.booleans(),  # whether the run is lost before it settles
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_plays)
async def test_used_is_what_was_sent_whatever_is_lost(
    redis: Redis, clock: SetClock, plays: list[tuple[int, int, int, int, bool]]
) -> None:
    """Against a plain model: a block has pending pushes, of which a run sends some and records all
    that it sent. A lost run settles nothing.
    """
    await redis.flushdb()
    quotas, sent = VendorQuotas(redis, clock), 0
    pending: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for run, (rank, block, more, share, is_lost) in enumerate(plays):
        part = f"b{block}"
        if not pending[part] and not lost[part]:
            pending[part] = more
        worker = Worker(quotas, rank, f"{rank}", f"{run}")
        granted = (await worker.take(**{part: pending[part]}))[part]
        now_sent = granted * share // 100
        pending[part] -= now_sent
        sent += now_sent
        lost[part] = now_sent if is_lost else 0
        if not is_lost:
            await worker.settle(**{part: now_sent})
        found = await state(quotas)
        assert sent <= found.used + found.reserved <= LIMIT
        assert found.used == sent - sum(lost.values())
        assert sum(found.wanted) == await _wanted_by_claimants(redis)


async def _wanted_by_claimants(redis: Redis) -> int:
    keys = [key async for key in redis.scan_iter("{q}:quota:*") if not key.endswith(b":wants")]
    rows = [cast("dict[bytes, bytes]", await redis.hgetall(key)) for key in keys]
    return sum(int(value) for row in rows for name, value in row.items() if name.startswith(b"m:"))


async def _use(quotas: VendorQuotas, quota: Quota, name: str) -> tuple[int, int]:
    """A worker takes in 20 turns what a few blocks want, sends some of that, and settles, unless
    the turn is one of those that are lost; returns what it sent in settled turns, and what it had
    taken in lost ones.
    """
    draw, used, lost = random.Random(name), 0, 0  # a play that repeats
    for turn in range(20):
        run = f"{name}:{turn}"
        parts = {f"{run}:{block}": draw.randrange(1, 60) for block in range(4)}
        day, granted = await quotas.take(quota, draw.randrange(3), name, run, parts, PATIENCE)
        sent = {part: draw.randint(0, pushes) for part, pushes in granted.items()}
        if draw.random() < LOST:
            lost += sum(granted.values())
        else:
            used += sum(sent.values())
            await quotas.settle(quota, day, name, run, sent)
    return used, lost


async def test_four_workers_at_once_never_pass_the_limit(redis: Redis, clock: SetClock) -> None:
    """They lose a tenth of what they took, and want three times the limit together. What they share
    is in Redis alone. Whoever comes then gets all that is left.
    """
    quotas, quota = VendorQuotas(redis, clock), Quota("shop", "vivo", PushClass.MARKETING, 3000)
    of_workers = await asyncio.gather(*(_use(quotas, quota, name) for name in "abcd"))
    used, lost = (sum(counts) for counts in zip(*of_workers, strict=True))
    (found,) = await quotas.read([quota])
    assert lost > 0, "some turns were lost"
    assert (found.used, found.reserved) == (used, lost)
    assert used + lost <= quota.limit
    _, granted = await quotas.take(quota, 0, "last", "last", {"part": quota.limit}, PATIENCE)
    assert granted == {"part": quota.limit - used - lost}
