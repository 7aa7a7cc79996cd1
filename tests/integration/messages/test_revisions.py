"""A message is changed only in the right status, and no change is lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import LEASE, message, request_key

from pushgate.domain.errors import Conflict
from pushgate.domain.message import Content, Message, Resend
from pushgate.domain.outcome import State
from pushgate.messages.stored import message_key
from pushgate.redis.scripts import Value
from pushgate.stores import Stores


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("sent", [True, False])
async def test_a_change_that_is_made_again_in_mid_call_is_no_conflict(
    stores: Stores, clock: SetClock, monkeypatch: pytest.MonkeyPatch, sent: bool, keyed: bool
) -> None:
    stored = await stores.messages.put(message(clock))
    if sent:
        await stores.claims.claim(clock.now(), LEASE, "one", 10)
        await stores.claims.mark_submitted(stored.id, "one", clock.now())
        await stores.lifecycle.finish("shop", stored.id)
    once = stores.revisions._run

    async def twice(name: str, *args: Value) -> object:
        await once(name, *args)
        return await once(name, *args)

    def change(known: Message) -> Message:
        resend = Resend(1, (State.REJECTED,), clock.now())
        return replace(known, resend=resend) if sent else replace(known, default_language="ja")

    monkeypatch.setattr(stores.revisions, "_run", twice)
    verb = stores.revisions.resend if sent else stores.revisions.reschedule
    entry = await verb("shop", stored.id, change, request_key("k") if keyed else None)
    assert entry == await stores.messages.read("shop", stored.id)
    assert entry.message == change(stored)


async def test_a_scheduled_message_can_be_changed(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock, 60))
    sooner = clock.now() + timedelta(seconds=5)
    entry = await stores.revisions.reschedule("shop", stored.id, lambda m: replace(m, push_at=sooner))
    assert entry.message.push_at == sooner
    clock.advance(5)
    assert await stores.claims.claim(clock.now(), LEASE, "one", 10) == [
        replace(stored, push_at=sooner).envelope
    ]


async def test_a_message_past_its_schedule_cannot_be_changed(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock))
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    with pytest.raises(Conflict, match="dispatching"):
        await stores.revisions.reschedule("shop", stored.id, lambda m: replace(m, push_at=clock.now()))


async def test_changes_at_the_same_time_all_take_effect(stores: Stores, clock: SetClock) -> None:
    stored = await stores.messages.put(message(clock, 60))

    def titled(text: str) -> Callable[[Message], Message]:
        return lambda m: replace(m, content={**m.content, text: Content(text, "b")})

    await asyncio.gather(
        *(stores.revisions.reschedule("shop", stored.id, titled(text)) for text in ("fr", "ja", "de"))
    )
    assert set((await stores.messages.read("shop", stored.id)).message.content) == {"en", "fr", "ja", "de"}


async def test_a_change_keeps_fields_of_a_later_version(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    stored = await stores.messages.put(message(clock, 60))
    key = message_key(stored.id)
    for field in ("body", "envelope"):
        raw = cast("bytes", await redis.hget(key, field))
        await redis.hset(key, field, raw[:-1] + b',"later":[1]}')
    await stores.revisions.reschedule("shop", stored.id, lambda known: replace(known, default_language="ja"))
    for raw in cast("list[bytes]", await redis.hmget(key, ["body", "envelope"])):
        assert msgspec.json.decode(raw)["later"] == [1]
    assert (await stores.messages.read("shop", stored.id)).message == replace(stored, default_language="ja")
