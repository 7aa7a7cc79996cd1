"""Dead tokens leave the registry on the vendor's word, unless so many die that a mistake is
likelier.
"""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from pushgate.terminals.removal_guard import (
    MAX_DEAD_SHARE,
    MIN_DEAD,
    WINDOW,
    DeadShare,
    Distrust,
    RemovalGuard,
)

NOTHING = DeadShare(0, 0)


@pytest.fixture
def guard(redis: Redis) -> RemovalGuard:
    return RemovalGuard(redis)


def earlier(answered: int, dead: int) -> Callable[[], Awaitable[DeadShare]]:
    """The earlier responses for the blocks of a batch."""

    async def read() -> DeadShare:
        return DeadShare(answered, dead)

    return read


async def distrusts(guard: RemovalGuard, answered: int, dead: int, before: DeadShare = NOTHING) -> bool:
    distrust = await guard.distrusts_responses(
        "shop", "fcm", DeadShare(answered, dead), earlier(before.tokens, before.dead)
    )
    assert not distrust.anonymous
    return distrust.others


async def distrusts_anonymous(guard: RemovalGuard, answered: int, dead: int, anonymous: int) -> Distrust:
    """A batch with so many dead tokens, some of which are those of anonymous terminals."""
    share = DeadShare(answered, dead, anonymous)
    return await guard.distrusts_responses("shop", "fcm", share, earlier(0, 0))


async def test_a_usual_share_of_dead_tokens_is_removed(guard: RemovalGuard) -> None:
    assert not any([await distrusts(guard, 1000, 50) for _ in range(20)])


async def test_a_single_dead_token_is_removed(guard: RemovalGuard) -> None:
    assert not await distrusts(guard, 1, 1)


async def test_a_wholly_dead_batch_is_kept(guard: RemovalGuard) -> None:
    assert await distrusts(guard, 1000, 1000)


async def test_a_wholly_dead_batch_is_kept_after_much_healthy_traffic_too(
    guard: RemovalGuard,
) -> None:
    for _ in range(10):
        assert not await distrusts(guard, 1000, 5)
    assert await distrusts(guard, 1000, 1000)


async def test_small_batches_that_are_all_dead_are_kept_whichever_workers_send_them(redis: Redis) -> None:
    workers = [RemovalGuard(redis) for _ in range(MIN_DEAD)]
    assert [await distrusts(worker, 1, 1) for worker in workers] == [False] * (MIN_DEAD - 1) + [True]


async def test_removal_resumes_once_most_tokens_live_again(guard: RemovalGuard) -> None:
    assert await distrusts(guard, 1000, 1000)
    for _ in range(WINDOW // 1000):
        await distrusts(guard, 1000, 0)
    assert not await distrusts(guard, 1000, 10)


async def test_each_app_and_vendor_has_a_window_of_its_own(guard: RemovalGuard) -> None:
    assert await distrusts(guard, 1000, 1000)
    for app, vendor in (("news", "fcm"), ("shop", "apns")):
        distrust = await guard.distrusts_responses(app, vendor, DeadShare(10, 2), earlier(0, 0))
        assert not distrust.others


async def test_redis_keeps_no_more_than_the_window(guard: RemovalGuard, redis: Redis) -> None:
    for _ in range(20):
        await distrusts(guard, 1000, 1)
    assert await redis.llen("{q}:removal:shop:fcm") <= WINDOW // 1000 + 1
    assert await redis.hgetall("{q}:removal:shop:fcm:sum") == {b"answered": b"2000", b"dead": b"2"}


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (DeadShare(980, 0), False),
        (DeadShare(980, 15), False),
        (DeadShare(21, 0), False),
        (DeadShare(20, 0), True),
        (DeadShare(900, 880), True),
        (NOTHING, True),
    ],
    ids=lambda value: f"{value.dead} of {value.tokens}" if isinstance(value, DeadShare) else str(value),
)
async def test_the_rest_of_a_block_after_a_crash_is_judged_with_its_earlier_responses(
    guard: RemovalGuard, before: DeadShare, kept: bool
) -> None:
    """The ledger has the responses from before the crash, although the worker never counted them
    here.
    """
    assert await distrusts(guard, 20, 20, before) is kept


async def test_a_credential_that_becomes_wrong_during_a_broadcast_removes_no_token(
    guard: RemovalGuard,
) -> None:
    """Whatever number of other tokens the vendor accepted before."""
    for _ in range(10):
        assert not await distrusts(guard, 1000, 5)
    assert all([await distrusts(guard, dead, dead) for dead in (500, 20, 1000, 10)])


async def test_no_more_dead_tokens_are_removed_than_a_full_window_allows(guard: RemovalGuard) -> None:
    """Every block was half sent when all workers stopped; since then the credential is wrong."""
    for _ in range(WINDOW // 1000):
        assert not await distrusts(guard, 1000, 0)
    removed = sum([0 if await distrusts(guard, 400, 400, DeadShare(600, 0)) else 400 for _ in range(20)])
    assert removed < WINDOW * MAX_DEAD_SHARE


@pytest.mark.parametrize(
    ("accepted", "dead", "kept"),
    [(20, 9, False), (20, 10, True), (1000, 499, False), (1000, 500, True), (3, 3, False)],
)
async def test_receipts_follow_the_same_rule_against_all_terminals_of_the_message(
    guard: RemovalGuard, accepted: int, dead: int, kept: bool
) -> None:
    assert guard.distrusts_receipts(DeadShare(accepted, dead)).others is kept
    assert guard.distrusts_receipts(DeadShare(accepted, dead, dead)).anonymous is kept


async def test_receipts_leave_the_window_of_responses_alone(guard: RemovalGuard, redis: Redis) -> None:
    assert guard.distrusts_receipts(DeadShare(1000, 1000)).others
    assert not await redis.exists("{q}:removal:shop:fcm")
    assert not await distrusts(guard, 20, 9)


async def test_junk_of_anonymous_terminals_keeps_no_token_of_others(guard: RemovalGuard) -> None:
    for _ in range(10):
        assert not await distrusts(guard, 1000, 5)
    for _ in range(10):
        found = await distrusts_anonymous(guard, 5000, 4020, 4000)
        assert found == Distrust(others=False, anonymous=True)


async def test_junk_of_anonymous_terminals_removes_no_token_of_others(guard: RemovalGuard) -> None:
    """All tokens of others are dead, for the credential is wrong."""
    found = await distrusts_anonymous(guard, 5000, 5000, 4000)
    assert found == Distrust(others=True, anonymous=True)
    assert (await distrusts_anonymous(guard, 1000, 1000, 5)).others


async def test_dead_tokens_of_anonymous_terminals_leave_as_those_of_others(guard: RemovalGuard) -> None:
    for _ in range(3):
        assert not await distrusts(guard, 1000, 0)
    for _ in range(20):
        assert await distrusts_anonymous(guard, 100, 5, 5) == Distrust(others=False, anonymous=False)
        # Each anonymous terminal alone, as small messages reach them, among many that live.
        assert not (await distrusts_anonymous(guard, 1, 1, 1)).anonymous
        assert not await distrusts(guard, 1000, 0)


async def test_an_app_of_anonymous_terminals_alone_is_guarded(guard: RemovalGuard) -> None:
    assert await distrusts_anonymous(guard, 1000, 1000, 1000) == Distrust(others=False, anonymous=True)
    assert (await distrusts_anonymous(guard, 1, 1, 1)).anonymous


async def test_late_responses_of_anonymous_terminals_count_apart(guard: RemovalGuard) -> None:
    await distrusts(guard, WINDOW, 0)
    found = [await guard.distrusts_late_responses("shop", "fcm", 500, 500) for _ in range(5)]
    assert found[0] == Distrust(others=False, anonymous=False)
    assert found[-1] == Distrust(others=False, anonymous=True)
    assert not (await guard.distrusts_late_responses("shop", "fcm", 3)).others


async def test_receipts_of_anonymous_terminals_count_apart(guard: RemovalGuard) -> None:
    assert [await guard.count_gone("shop", "fcm", "m", n) for n in (0, 300, 0, 200)] == [0, 300, 300, 500]
    assert await guard.count_gone("shop", "fcm", "n", 0) == 0
    found = guard.distrusts_receipts(DeadShare(1000, 520, 500))
    assert found == Distrust(others=False, anonymous=True)


async def test_apps_without_anonymous_terminals_have_one_window(guard: RemovalGuard, redis: Redis) -> None:
    await distrusts(guard, 1000, 1000)
    assert await redis.keys("{q}:removal:*anonymous*") == []
