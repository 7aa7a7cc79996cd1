"""Saved audiences are changed without a gap, and never deleted under a message that needs them."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import LEASE, message

from pushgate.domain.app import App
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    AudienceKind,
    AudienceSummary,
    ByTerminal,
    HasTag,
    Not,
    Saved,
)
from pushgate.domain.errors import Conflict, InvalidRequest, NotFound
from pushgate.domain.message import Message
from pushgate.domain.message_id import Position, small_id
from pushgate.stores import Stores

APP = App("shop")
VIP = HasTag("vip")
SUMMARY = AudienceSummary(AudienceKind.EXPRESSION, expression='{"saved":"vip"}')


SMALL_ID = small_id(1, Position(0, 1, 0, 0))


async def save(stores: Stores, name: str, audience: Audience) -> bool:
    _, is_new = await stores.saved_audiences.save(APP, name, audience, "audience")
    return is_new


async def put(stores: Stores, clock: SetClock, audience: Audience, seconds: float = 60) -> Message:
    made = message(clock, seconds)
    to_saved = Message(
        made.id, made.app, made.content, made.default_language, made.push_at, made.created_at, SUMMARY
    )
    return await stores.messages.put(to_saved, audience=audience)


async def test_an_audience_keeps_the_time_of_its_first_saving(stores: Stores, clock: SetClock) -> None:
    assert await save(stores, "vip", VIP)
    created_at = clock.now()
    clock.advance(5)
    assert not await save(stores, "vip", Not(VIP))
    saved, rule = await stores.saved_audiences.find(APP, "vip")
    assert (saved.created_at, saved.changed_at) == (created_at, clock.now())
    assert (saved.short, rule) == ('{"not":{"tag":"vip"}}', b'{"not":{"tag":"vip"}}')
    with pytest.raises(NotFound):
        await stores.saved_audiences.find(App("other"), "vip")


async def test_pages_lead_through_all_names_in_order(stores: Stores) -> None:
    names = [f"a{number}" for number in range(5)]
    for name in reversed(names):
        await save(stores, name, VIP)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = await stores.saved_audiences.page(APP, cursor, 2)
        found += [saved.name for saved in page]
    assert found == names


async def test_names_are_followed_when_an_audience_is_expanded(stores: Stores) -> None:
    await save(stores, "vip", VIP)
    await save(stores, "fans", Not(Saved("vip")))
    expand = stores.saved_audiences.expand
    assert await expand(APP, AnyOf((Saved("fans"), Saved("vip")))) == AnyOf((Not(VIP), VIP))
    assert await expand(APP, VIP) == VIP


async def test_an_audience_that_names_a_lost_one_holds_nobody(stores: Stores) -> None:
    """`not` of nobody would be everyone."""
    assert await stores.saved_audiences.expand(APP, Not(Saved("lost"))) == ByTerminal(())


async def test_a_circle_is_refused(stores: Stores) -> None:
    await save(stores, "a", VIP)
    await save(stores, "b", Not(Saved("a")))
    with pytest.raises(InvalidRequest, match=r"audience.all_of\[1\].saved"):
        await save(stores, "a", AllOf((VIP, Saved("b"))))


async def test_changes_at_the_same_time_make_no_circle(stores: Stores) -> None:
    await save(stores, "a", VIP)
    await save(stores, "b", VIP)
    both = await asyncio.gather(
        save(stores, "a", Saved("b")), save(stores, "b", Saved("a")), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["InvalidRequest", "bool"]


async def test_an_audience_that_others_name_is_not_deleted(stores: Stores) -> None:
    await save(stores, "vip", VIP)
    await save(stores, "fans", Saved("vip"))
    with pytest.raises(Conflict, match="saved audiences: fans"):
        await stores.saved_audiences.delete(APP, "vip")
    await stores.saved_audiences.delete(APP, "fans")
    await stores.saved_audiences.delete(APP, "vip")
    with pytest.raises(NotFound):
        await stores.saved_audiences.delete(APP, "vip")


async def test_an_audience_is_kept_until_the_messages_that_name_it_are_planned(
    stores: Stores, clock: SetClock
) -> None:
    await save(stores, "vip", VIP)
    waiting, cancelled = await put(stores, clock, Saved("vip")), await put(stores, clock, Saved("vip"))
    with pytest.raises(Conflict, match="scheduled messages: ") as refused:
        await stores.saved_audiences.delete(APP, "vip")
    assert waiting.id in str(refused.value)
    assert cancelled.id in str(refused.value)
    await stores.messages.cancel("shop", cancelled.id)
    clock.advance(60)
    await stores.claims.claim(clock.now(), LEASE, "one", 10)
    with pytest.raises(Conflict, match=waiting.id):
        await stores.saved_audiences.delete(APP, "vip")
    await stores.claims.mark_submitted(waiting.id, "one", clock.now())
    await stores.saved_audiences.delete(APP, "vip")


async def test_a_message_that_gets_another_audience_sets_the_first_one_free(
    stores: Stores, clock: SetClock
) -> None:
    for name in ("vip", "fans"):
        await save(stores, name, VIP)
    stored = await put(stores, clock, Saved("vip"))
    await stores.revisions.reschedule("shop", stored.id, lambda m: m, audience=Saved("fans"))
    await stores.saved_audiences.delete(APP, "vip")
    with pytest.raises(Conflict, match=stored.id):
        await stores.saved_audiences.delete(APP, "fans")


async def test_a_small_message_holds_its_audience_while_schedulers_are_late(
    stores: Stores, clock: SetClock
) -> None:
    """Nothing is known of it here until it is stored as a large one."""
    await save(stores, "vip", VIP)
    small = replace(message(clock, 60), id=SMALL_ID)
    await stores.revisions.name_audiences(small, VIP, Saved("vip"), 1)
    later = await put(stores, clock, Saved("vip"), 3600)
    await stores.messages.cancel("shop", later.id)
    for seconds in (0, 61, 80_000):
        clock.advance(seconds)
        with pytest.raises(Conflict, match=SMALL_ID):
            await stores.saved_audiences.delete(APP, "vip")
    clock.advance(10_000)
    await stores.saved_audiences.delete(APP, "vip")
    with pytest.raises(Conflict, match="deleted during the request"):
        await stores.revisions.name_audiences(small, VIP, Saved("vip"), 2)


async def test_a_message_that_is_put_off_holds_its_audience_as_long(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    await save(stores, "vip", VIP)
    stored = await put(stores, clock, Saved("vip"))
    key = "{q}:audience-users:shop:vip"
    kept = await redis.pexpiretime(key)
    much_later = stored.push_at + timedelta(days=300)
    await stores.revisions.reschedule("shop", stored.id, lambda m: replace(m, push_at=much_later))
    assert await redis.pexpiretime(key) - kept == 300 * 86_400_000
    with pytest.raises(Conflict, match=stored.id):
        await stores.saved_audiences.delete(APP, "vip")


async def test_a_message_to_an_audience_that_was_just_deleted_is_not_stored(
    stores: Stores, clock: SetClock
) -> None:
    with pytest.raises(Conflict, match="vip was deleted"):
        await put(stores, clock, Saved("vip"))
    assert (await stores.message_index.counts())["scheduled"] == 0


async def test_planned_messages_do_not_gather_at_an_audience(
    stores: Stores, clock: SetClock, redis: Redis
) -> None:
    await save(stores, "vip", VIP)
    for _ in range(5):
        stored = await put(stores, clock, Saved("vip"), 0)
        await stores.messages.cancel("shop", stored.id)
    assert await redis.zcard("{q}:audience-users:shop:vip") <= 2
