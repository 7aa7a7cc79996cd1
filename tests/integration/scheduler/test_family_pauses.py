"""Messages in parts are paused and resumed: whoever is due meanwhile gets the message once it goes
on.
"""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.families import EVENING, PlayedFamilies, register
from tests.support.scheduler import APP, SchedulerParts

from pushgate.domain.message import Message, Status
from pushgate.domain.message_id import part_id
from pushgate.pausing import pause, resume

ZONES = ("Pacific/Kiritimati", "Asia/Tokyo", "Europe/Berlin")


@pytest.fixture
async def family(played: PlayedFamilies, parts: SchedulerParts) -> Message:
    """A family of which the first part is planned."""
    await register(parts, {zone: zone for zone in ZONES})
    stored = await played.store(EVENING)
    await played.plan_part(stored, 1)
    return stored


async def status_of(parts: SchedulerParts, message_id: str) -> Status:
    return (await parts.stores.messages.read_envelope(APP.name, message_id)).status


async def test_a_paused_family_goes_on_where_it_stopped(
    played: PlayedFamilies, parts: SchedulerParts, family: Message
) -> None:
    assert family.family is not None
    first = part_id(family.id, 1)
    assert (await pause(parts.stores, APP, family.id)).status is Status.PAUSED
    assert (await pause(parts.stores, APP, family.id)).status is Status.PAUSED
    assert await status_of(parts, first) is Status.PAUSED
    await played.play_until(family.push_at + timedelta(hours=8))
    assert await played.made(family) == 1
    envelope = (await parts.stores.messages.read_envelope(APP.name, family.id)).envelope
    assert sum((await parts.stores.to_come.count(APP, envelope)).counts.values()) == 2
    assert (await resume(parts.stores, APP, family.id)).status is Status.SENDING
    await played.play_until(family.family.last_at)
    assert (await played.reached(family)).keys() == set(ZONES)
    assert await status_of(parts, first) is Status.SENDING
    await parts.work((await parts.stores.messages.read(APP.name, first)).message)
    assert await status_of(parts, first) is Status.SENT


async def test_a_family_is_paused_before_its_first_part(
    played: PlayedFamilies, parts: SchedulerParts
) -> None:
    await register(parts, {zone: zone for zone in ZONES})
    family = await played.store(EVENING)
    await pause(parts.stores, APP, family.id)
    await played.play_until(family.push_at)
    assert await played.made(family) == 0
    assert (await resume(parts.stores, APP, family.id)).status is Status.SCHEDULED
    await played.play_until(family.push_at + timedelta(minutes=1))
    assert await played.targeted(family, 1) == ["Pacific/Kiritimati"]


async def test_recovery_pauses_parts_and_lets_them_go_on_where_a_crash_left_them(
    parts: SchedulerParts, family: Message
) -> None:
    first = part_id(family.id, 1)
    await parts.stores.message_pauses.pause(APP.name, family.id)
    assert await status_of(parts, first) is Status.SENDING
    await parts.recovery.run_once()
    assert await status_of(parts, first) is Status.PAUSED
    await parts.stores.message_pauses.resume(APP.name, family.id)
    parts.clock.advance(10)
    await parts.recovery.run_once()
    assert await status_of(parts, first) is Status.DISPATCHING


async def test_a_process_that_knows_no_paused_families_sends_none_to_all(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis, family: Message
) -> None:
    """A build before resumes a family as any message, which makes it due as a whole."""
    await pause(parts.stores, APP, family.id)
    envelope = await redis.hget(f"{{q}}:message:{family.id}", "envelope")
    assert isinstance(envelope, bytes)
    assert envelope.startswith(b"[["), "which it cannot read"
    await redis.hset(f"{{q}}:message:{family.id}", "status", "dispatching")
    await redis.zrem("{q}:paused", family.id)
    await redis.zadd("{q}:dispatching", {family.id: 0})
    assert await parts.stores.claims.claim(parts.clock.now(), timedelta(seconds=9), "new", 9) == []
    assert await status_of(parts, family.id) is Status.SENDING
    await parts.recovery.run_once()
    await played.play_until(family.push_at + timedelta(hours=6))
    assert await played.targeted(family, 1) == ["Pacific/Kiritimati"]
    assert await played.made(family) > 1


async def test_a_paused_family_is_cancelled_and_ends_with_its_time_to_live(
    played: PlayedFamilies, parts: SchedulerParts, family: Message
) -> None:
    await pause(parts.stores, APP, family.id)
    other = await played.store(EVENING, ttl=timedelta(hours=1))
    await pause(parts.stores, APP, other.id)
    assert (await parts.stores.messages.cancel(APP.name, family.id)).status is Status.CANCELLED
    assert await status_of(parts, part_id(family.id, 1)) is Status.CANCELLED
    parts.clock.at = other.expires_at
    await parts.recovery.run_once()
    assert await status_of(parts, other.id) is Status.SCHEDULED
    for _ in range(60):
        parts.clock.advance(2)
        await played.advance()
    parts.clock.advance(5)
    await parts.recovery.run_once()
    await played.advance()
    assert await status_of(parts, other.id) is Status.SENT
