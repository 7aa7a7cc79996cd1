"""Callback keys in Redis: sealed, followed by every process, rotated, and outlived by those of a
configuration.
"""

from datetime import timedelta

import pytest
import structlog
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_dump import secrets_in_dump
from tests.support.sealing import sealer_of

from pushgate.domain.errors import ConfigurationError, Conflict
from pushgate.receipts.callback_key_store import CallbackKeys, stored_callback_keys
from pushgate.receipts.callback_keys import DEFAULT_OVERLAP, SIGNS_AFTER
from pushgate.redis.key_space import CALLBACK_KEYS, open_store, restore_store
from pushgate.sealing.sealer import Sealer, is_sealed

DAY = timedelta(days=1)
MESSAGE = "0" * 30
SEALER = sealer_of(b"a")


async def opened(
    redis: Redis, clock: SetClock, sealer: Sealer = SEALER, configured: tuple[bytes, ...] = ()
) -> CallbackKeys:
    """The keys as a process has them after its start."""
    keys = CallbackKeys(redis, sealer, clock, configured)
    await keys.load()
    return keys


async def test_processes_share_a_key_that_is_in_redis_sealed_alone(redis: Redis, clock: SetClock) -> None:
    one, two = await opened(redis, clock), await opened(redis, clock)
    assert two.tokens.verify(one.tokens.sign("shop", MESSAGE)) == ("shop", MESSAGE)
    assert await secrets_in_dump(redis, [found.key for found in one.ring.keys]) == []


@pytest.mark.parametrize("first", [b"\x01", b"{", b"k"])
async def test_a_key_in_clear_is_read_and_then_sealed(redis: Redis, clock: SetClock, first: bytes) -> None:
    """Earlier versions stored a single key as it is, which may begin as a sealed value does."""
    key = first + b"k" * 31
    await redis.set(CALLBACK_KEYS, key)
    without = await opened(redis, clock, sealer_of())
    token = without.tokens.sign("shop", MESSAGE)
    assert len(await secrets_in_dump(redis, [key])) == 1
    sealed = await opened(redis, clock)
    assert sealed.tokens.verify(token)
    assert await secrets_in_dump(redis, [key]) == []
    assert [found.key for found in sealed.ring.keys] == [key]


async def test_a_rotation_is_known_to_every_process_before_the_new_key_signs(
    redis: Redis, clock: SetClock
) -> None:
    one, two = await opened(redis, clock), await opened(redis, clock)
    before, address = one.tokens.sign("shop", MESSAGE), one.tokens.address("huawei", "shop")
    await one.rotate(30 * DAY)
    assert one.tokens.sign("shop", MESSAGE) == before
    await two.refresh()
    clock.advance(SIGNS_AFTER.total_seconds())
    await one.refresh()
    after = one.tokens.sign("shop", MESSAGE)
    assert after != before
    assert one.tokens.address("huawei", "shop") != address
    for token in (before, after):
        assert two.tokens.verify(token) == ("shop", MESSAGE)
    assert two.tokens.is_address("huawei", "shop", address)
    clock.advance((30 * DAY).total_seconds())
    await two.refresh()
    assert two.tokens.verify(before) is None
    assert not two.tokens.is_address("huawei", "shop", address)
    assert two.tokens.verify(after)
    restarted = await opened(redis, clock)
    assert [found.key for found in restarted.ring.keys] == [one.ring.keys[0].key], "ended keys are forgotten"


async def test_two_rotations_at_once_both_count(redis: Redis, clock: SetClock) -> None:
    one, two = await opened(redis, clock), await opened(redis, clock)
    await one.rotate(DAY)
    await two.rotate(DAY)
    assert len(two.ring.keys) == 3


async def test_configured_keys_outlive_a_loss_of_redis(redis: Redis, clock: SetClock) -> None:
    configured = (b"n" * 32, b"o" * 32)
    before = await opened(redis, clock, configured=configured)
    address, token = before.tokens.address("huawei", "shop"), before.tokens.sign("shop", MESSAGE)
    await redis.flushdb()
    after = await opened(redis, clock, sealer_of(), configured)
    assert after.tokens.is_address("huawei", "shop", address)
    assert after.tokens.verify(token)
    assert await secrets_in_dump(redis, configured) == [], "the configuration has them, Redis need not"
    with pytest.raises(Conflict, match=r"secrets\.callback_key_file"):
        await after.rotate(DAY)


async def test_keys_of_redis_hold_for_a_while_after_the_configuration_got_its_own(
    redis: Redis, clock: SetClock
) -> None:
    stored = await opened(redis, clock)
    token = stored.tokens.sign("shop", MESSAGE)
    configured = await opened(redis, clock, configured=(b"n" * 32,))
    assert configured.tokens.verify(token)
    await opened(redis, clock, configured=(b"n" * 32,))
    clock.advance(DEFAULT_OVERLAP.total_seconds())
    again = await opened(redis, clock, configured=(b"n" * 32,))
    assert again.tokens.verify(token) is None
    assert len(again.ring.keys) == 1


async def test_the_key_of_redis_goes_on_in_the_configuration(redis: Redis, clock: SetClock) -> None:
    stored = await opened(redis, clock)
    token = stored.tokens.sign("shop", MESSAGE)
    copied = await opened(redis, clock, configured=tuple(found.key for found in stored.ring.keys))
    assert copied.tokens.sign("shop", MESSAGE) == token
    assert len(copied.ring.keys) == 1


async def test_keys_of_a_configuration_that_is_read_again_are_in_use_at_once(
    redis: Redis, clock: SetClock
) -> None:
    keys = await opened(redis, clock)
    stored = keys.tokens.sign("shop", MESSAGE)
    await keys.configure([b"n" * 32])
    first = keys.tokens.sign("shop", MESSAGE)
    await keys.configure([b"o" * 32, b"n" * 32])
    second = keys.tokens.sign("shop", MESSAGE)
    assert len({stored, first, second}) == 3
    assert all(keys.tokens.verify(token) for token in (stored, first, second))
    await keys.configure([b"o" * 32])
    assert keys.tokens.verify(first) is None, "a key that was taken out verifies no more"
    await keys.configure([])
    third = keys.tokens.sign("shop", MESSAGE)
    assert third not in {first, second}
    assert (await opened(redis, clock)).tokens.verify(third)


async def test_a_wrong_master_key_is_named_and_nothing_is_lost(redis: Redis, clock: SetClock) -> None:
    right = await opened(redis, clock)
    token, stored = right.tokens.sign("shop", MESSAGE), await redis.get(CALLBACK_KEYS)
    assert SEALER.keys
    for wrong in (sealer_of(b"b"), sealer_of()):
        with pytest.raises(ConfigurationError, match=f"master key {SEALER.keys.names[0]}") as caught:
            await opened(redis, clock, wrong)
        assert caught.value.errors[0].field == "secrets.key_file"
    assert await redis.get(CALLBACK_KEYS) == stored
    assert (await opened(redis, clock)).tokens.verify(token)


async def test_a_process_goes_on_where_another_seals_with_a_key_that_it_lacks(
    redis: Redis, clock: SetClock
) -> None:
    running = await opened(redis, clock)
    token = running.tokens.sign("shop", MESSAGE)
    await opened(redis, clock, sealer_of(b"b", b"a"))
    with structlog.testing.capture_logs() as lines:
        await running.refresh()
        await running.refresh()
    assert [line["action"] for line in lines] == ["callback_keys_sealed_elsewhere"], "it is said once"
    assert running.tokens.verify(token)
    with_both = await opened(redis, clock, sealer_of(b"a", b"b"))
    assert with_both.tokens.verify(token)


async def test_a_value_of_somebody_else_is_a_clear_error(redis: Redis, clock: SetClock) -> None:
    await redis.set(CALLBACK_KEYS, b'{"a": "hunter2"}')
    with pytest.raises(ConfigurationError, match="no ring of callback keys") as caught:
        await opened(redis, clock)
    assert "hunter2" not in str(caught.value)


async def test_what_is_restored_after_a_loss_is_the_ring_of_now(redis: Redis, clock: SetClock) -> None:
    store = await open_store(redis)
    keys = await opened(redis, clock)
    await keys.rotate(DAY)
    await redis.flushdb()
    assert await restore_store(redis, store, clock.now(), keys.stored)
    later = await opened(redis, clock)
    assert later.ring == keys.ring


async def test_the_ring_is_sealed_anew_by_its_place(redis: Redis, clock: SetClock) -> None:
    keys = await opened(redis, clock, sealer_of())
    (found,) = [each async for each in stored_callback_keys(redis)]
    assert not is_sealed(found.value)
    assert await found.replace(SEALER.seal(found.value, found.context))
    assert not await found.replace(b"late")
    assert (await opened(redis, clock)).ring == keys.ring
