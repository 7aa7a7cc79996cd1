"""Dead tokens leave the registry on the vendor's word, unless so many die that the fault must be ours."""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from pushgate.terminals.removal_guard import ABNORMAL_SHARE, ENOUGH, WINDOW, RemovalGuard, Share

NOTHING = Share(0, 0)


@pytest.fixture
def guard(redis: Redis) -> RemovalGuard:
    return RemovalGuard(redis)


def earlier(answered: int, dead: int) -> Callable[[], Awaitable[Share]]:
    """What was answered before for the blocks of a batch."""

    async def read() -> Share:
        return Share(answered, dead)

    return read


async def holds(guard: RemovalGuard, answered: int, dead: int, before: Share = NOTHING) -> bool:
    return await guard.holds("shop", "fcm", Share(answered, dead), earlier(before.answered, before.dead))


async def test_a_usual_share_of_dead_tokens_is_let_go(guard: RemovalGuard) -> None:
    assert not any([await holds(guard, 1000, 50) for _ in range(20)])


async def test_a_single_push_to_a_dead_token_lets_it_go(guard: RemovalGuard) -> None:
    assert not await holds(guard, 1, 1)


async def test_a_batch_that_is_dead_as_a_whole_is_held(guard: RemovalGuard) -> None:
    assert await holds(guard, 1000, 1000)


async def test_a_batch_that_is_dead_as_a_whole_is_held_after_much_healthy_traffic_too(
    guard: RemovalGuard,
) -> None:
    for _ in range(10):
        assert not await holds(guard, 1000, 5)
    assert await holds(guard, 1000, 1000)


async def test_many_small_pushes_that_all_die_are_held_whichever_workers_send_them(redis: Redis) -> None:
    workers = [RemovalGuard(redis) for _ in range(ENOUGH)]
    assert [await holds(worker, 1, 1) for worker in workers] == [False] * (ENOUGH - 1) + [True]


async def test_removal_goes_on_once_most_tokens_live_again(guard: RemovalGuard) -> None:
    assert await holds(guard, 1000, 1000)
    for _ in range(WINDOW // 1000):
        await holds(guard, 1000, 0)
    assert not await holds(guard, 1000, 10)


async def test_apps_and_vendors_are_watched_by_themselves(guard: RemovalGuard) -> None:
    assert await holds(guard, 1000, 1000)
    assert not await guard.holds("news", "fcm", Share(10, 2), earlier(0, 0))
    assert not await guard.holds("shop", "apns", Share(10, 2), earlier(0, 0))


async def test_no_more_is_kept_than_the_window(guard: RemovalGuard, redis: Redis) -> None:
    for _ in range(20):
        await holds(guard, 1000, 1)
    assert await redis.llen("{q}:removal:shop:fcm") <= WINDOW // 1000 + 1
    assert await redis.hgetall("{q}:removal:shop:fcm:sum") == {b"answered": b"2000", b"dead": b"2"}


@pytest.mark.parametrize(
    ("before", "held"),
    [
        (Share(980, 0), False),
        (Share(980, 15), False),
        (Share(21, 0), False),
        (Share(20, 0), True),
        (Share(900, 880), True),
        (NOTHING, True),
    ],
    ids=lambda value: f"{value.dead} of {value.answered}" if isinstance(value, Share) else str(value),
)
async def test_what_a_crash_has_left_of_its_blocks_is_judged_with_the_rest_of_them(
    guard: RemovalGuard, before: Share, held: bool
) -> None:
    """The answers before the crash are recorded, though the worker did not live to count them here."""
    assert await holds(guard, 20, 20, before) is held


async def test_a_credential_that_goes_wrong_in_the_middle_of_a_broadcast_takes_no_token(
    guard: RemovalGuard,
) -> None:
    """However many the vendor took before of other blocks."""
    for _ in range(10):
        assert not await holds(guard, 1000, 5)
    assert all([await holds(guard, dead, dead) for dead in (500, 20, 1000, 10)])


async def test_no_more_dead_tokens_leave_than_a_full_window_takes_for_usual(guard: RemovalGuard) -> None:
    """Every block was half sent when all workers were stopped; since then the credential is wrong."""
    for _ in range(WINDOW // 1000):
        assert not await holds(guard, 1000, 0)
    gone = sum([0 if await holds(guard, 400, 400, Share(600, 0)) else 400 for _ in range(20)])
    assert gone < WINDOW * ABNORMAL_SHARE
