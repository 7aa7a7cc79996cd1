"""A request under an idempotency key takes effect once and is answered alike."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import message, request_key

from pushgate.domain.errors import Conflict, IdempotencyKeyReused
from pushgate.domain.message import Message
from pushgate.messages.idempotency import RECORD_LIFETIME_MS
from pushgate.messages.revisions import IdempotentAnswer
from pushgate.stores import Stores


async def test_an_idempotency_key_gives_the_first_answer_again(stores: Stores, clock: SetClock) -> None:
    assert await stores.messages.put_once(message(clock, 60), request_key("k"), b"first") == b"first"
    assert await stores.messages.put_once(message(clock, 60), request_key("k"), b"second") == b"first"
    assert await stores.idempotency.read(request_key("k")) == b"first"
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
    assert await stores.messages.put_once(other, request_key("k", app="other"), b"other") == b"other"


async def test_a_change_and_its_answer_are_stored_together(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    stored = await stores.messages.put(message(clock, 60))
    answer = IdempotentAnswer(request_key("k"), lambda entry: entry.message.default_language.encode())

    def change(before: Message) -> Message:
        return replace(before, default_language="ja")

    await stores.revisions.reschedule("shop", stored.id, change, answer)
    assert await stores.idempotency.read(request_key("k")) == b"ja"
    with pytest.raises(Conflict):
        await stores.revisions.reschedule(
            "shop", stored.id, lambda m: replace(m, default_language="de"), answer
        )
    assert (await stores.messages.read("shop", stored.id)).message.default_language == "ja"
    ttl = await redis.pttl(request_key("k").redis_key)
    assert 0 < ttl <= RECORD_LIFETIME_MS, "no record stays for ever"
