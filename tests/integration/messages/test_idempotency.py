"""A request under an idempotency key takes effect once and is answered alike."""

from contextlib import suppress

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.interrupted_redis import InterruptedRedis
from tests.support.messages import message, request_key

from pushgate.domain.errors import IdempotencyKeyReused, TooManyWaiting
from pushgate.domain.message import Message, Status
from pushgate.messages.idempotency import RECORD_LIFETIME_MS, parse_creation
from pushgate.messages.store import MessageStore
from pushgate.messages.stored import message_key
from pushgate.stores import Stores


async def test_an_idempotency_key_gives_the_first_answer_again(stores: Stores, clock: SetClock) -> None:
    first = await stores.messages.put_once(message(clock, 60), request_key("k"), b"first")
    assert first[1] == b"first"
    assert await stores.messages.put_once(message(clock, 60), request_key("k"), b"second") == first
    known = await stores.idempotency.read(request_key("k"))
    assert known is not None
    assert parse_creation(known) == first
    assert (await stores.message_index.counts())["scheduled"] == 1


async def test_an_idempotency_key_with_another_body_is_a_conflict(stores: Stores, clock: SetClock) -> None:
    await stores.messages.put_once(message(clock, 60), request_key("k"), b"first")
    with pytest.raises(IdempotencyKeyReused):
        await stores.messages.put_once(message(clock, 60), request_key("k", request=b"another"), b"second")
    with pytest.raises(IdempotencyKeyReused):
        await stores.idempotency.read(request_key("k", request=b"another"))
    assert (await stores.message_index.counts())["scheduled"] == 1


async def test_idempotency_keys_are_each_apps_own(stores: Stores, clock: SetClock) -> None:
    await stores.messages.put_once(message(clock, 60), request_key("k"), b"first")
    other = message(clock, 60, app="other")
    assert await stores.messages.put_once(other, request_key("k", app="other"), b"other") == (
        other.id,
        b"other",
    )


async def test_a_crash_between_the_record_and_the_message_is_mended_by_the_next_request(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    first = await stores.messages.put_once(message(clock, 60), request_key("k"), b"first")
    await redis.delete(message_key(first[0]))
    assert await stores.messages.put_once(message(clock, 60), request_key("k"), b"second") == first
    assert (await stores.messages.read("shop", first[0])).status is Status.SCHEDULED


async def test_of_two_requests_at_once_one_of_which_finds_room_one_message_stays(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    """The second one comes between any two commands of the first one, which finds no room."""
    await stores.messages.put(message(clock, 60))
    for number in range(1, 8):
        key, told = request_key(f"k{number}"), set[str]()

        async def store(into: MessageStore, max_waiting: int = 0) -> None:
            made = message(clock, 60)
            told.add((await into.put_once(made, key, b"answer", max_waiting))[0])  # noqa: B023  # called in this turn of the loop

        async def store_other() -> None:
            await store(stores.messages)

        interrupted = InterruptedRedis.of(redis, {number: store_other})
        with suppress(TooManyWaiting):
            await store(MessageStore(interrupted, stores.retention), 1)
        await store(stores.messages)
        assert len(told) == 1
    assert (await stores.message_index.counts())["scheduled"] == 8


async def test_a_repeated_change_takes_effect_once(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock, 60))

    def change(before: Message) -> Message:
        return replace(before, default_language=before.default_language + "-x")

    for _ in range(2):
        await stores.revisions.reschedule("shop", stored.id, change, request_key("k"))
    assert (await stores.messages.read("shop", stored.id)).message.default_language == "en-x"
    await stores.revisions.reschedule("shop", stored.id, change, request_key("another"))
    assert (await stores.messages.read("shop", stored.id)).message.default_language == "en-x-x"


async def test_no_record_stays_for_ever(stores: Stores, clock: SetClock, redis: Redis) -> None:
    await stores.messages.put_once(message(clock, 60), request_key("k"), b"first")
    ttl = await redis.pttl(request_key("k").redis_key)
    assert 0 < ttl <= RECORD_LIFETIME_MS


async def test_a_message_that_finds_no_room_leaves_its_key_unused(stores: Stores, clock: SetClock) -> None:
    await stores.messages.put(message(clock, 60))
    with pytest.raises(TooManyWaiting):
        await stores.messages.put_once(message(clock, 60), request_key("k"), b"first", 1)
    assert await stores.idempotency.read(request_key("k", request=b"another")) is None
