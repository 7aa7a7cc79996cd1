"""Dead tokens leave the registry on the vendor's word, unless so many die that the fault must be ours."""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from pushgate.terminals.removal import ENOUGH, WINDOW, RemovalGuard, Told


@pytest.fixture
def guard(redis: Redis) -> RemovalGuard:
    return RemovalGuard(redis)


def of(answered: int, dead: int) -> Callable[[], Awaitable[Told]]:
    """What is known of the whole message."""

    async def told() -> Told:
        return Told(answered, dead)

    return told


async def holds(
    guard: RemovalGuard, answered: int, dead: int, message: Callable[[], Awaitable[Told]] | None = None
) -> bool:
    return await guard.holds("shop", "fcm", answered, dead, message or of(answered, dead))


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
    assert not await guard.holds("news", "fcm", 10, 2, of(10, 2))
    assert not await guard.holds("shop", "apns", 10, 2, of(10, 2))


async def test_no_more_is_kept_than_the_window(guard: RemovalGuard, redis: Redis) -> None:
    for _ in range(20):
        await holds(guard, 1000, 1)
    assert await redis.llen("{q}:removal:shop:fcm") <= WINDOW // 1000 + 1
    assert await redis.hgetall("{q}:removal:shop:fcm:sum") == {b"answered": b"2000", b"dead": b"2"}


async def test_what_a_crash_has_left_of_a_message_is_judged_with_the_rest_of_it(guard: RemovalGuard) -> None:
    """The answers before the crash are in the message, though the worker did not live to count them here."""
    assert not await holds(guard, 20, 20, of(1000, 20))


async def test_what_is_left_of_a_message_that_is_dead_as_a_whole_is_held(guard: RemovalGuard) -> None:
    assert await holds(guard, 20, 20, of(1000, 900))


async def test_a_credential_that_goes_wrong_in_the_middle_of_a_broadcast_is_noticed(
    guard: RemovalGuard,
) -> None:
    """However many took it before."""
    for _ in range(10):
        assert not await holds(guard, 1000, 5, of(500_000, 2000))
    held = [await holds(guard, 500, 500, of(500_000, 2000)) for _ in range(4)]
    assert held == [False, True, True, True]
