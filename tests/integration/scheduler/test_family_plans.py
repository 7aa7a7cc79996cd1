"""Plans of a family's parts: two parts take in nobody both, whatever plans are lost, and whoever
flies meanwhile.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from random import Random

import pytest
from redis.asyncio import Redis
from tests.support.families import EVENING, PlayedFamilies, register
from tests.support.moving import Change, MovingRegistry
from tests.support.plain_terminals import PlainTerminal
from tests.support.scheduler import APP, SchedulerParts, lose_plans

from pushgate.domain.app import App
from pushgate.domain.audience import AllOf, Everyone, OnePerUser
from pushgate.domain.message import Delivery, Message, Status
from pushgate.domain.terminal import Terminal
from pushgate.domain.zones import known_zones
from pushgate.ledger.values import message_key
from pushgate.scheduler.families import FamilyRounds
from pushgate.terminals.term_reader import TermReader

NAMES = [f"t{number}" for number in range(8)]


async def test_who_flies_to_a_new_zone_while_a_part_is_planned_is_not_reached_early(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    registry = MovingRegistry(redis, parts.stores, APP)
    await registry.open_groups()
    day = date(2030, 12, 1)
    plain = PlainTerminal(
        id="t", vendor="apns", language="en", seen=day, registered=day, timezone="Europe/Berlin"
    )
    # It changes its group, so that it is judged by itself, and flies before or after that.
    moved = replace(plain, vendor="fcm")
    # The default zone comes first: who has no zone of those that are to come is reached.
    family = await played.store(EVENING, default_zone="Pacific/Kiritimati")
    assert family.family is not None
    instants = family.family.timetable.instants()
    to_come = [zone for zone in sorted(known_zones()) if zone.startswith("America/A")]
    for number in range(1, 15):
        parts.clock.at = instants[number - 1]
        assert parts.clock.at.hour < 19, "it is 20:00 in Berlin"
        await registry.apply([Change(plain)])
        flies = Change(replace(moved, timezone=to_come[number]))
        await played.advance(registry.begin([[], [Change(moved)], *[[]] * number, [flies]]))
        assert await played.made(family) == number
        assert await played.targeted(family, number) == []


async def _begin(
    played: PlayedFamilies, parts: SchedulerParts, delivery: Delivery = Delivery.AT_LEAST_ONCE
) -> tuple[Message, Message]:
    """A family and its first part, which all terminals got."""
    await register(parts, dict.fromkeys(NAMES, "Pacific/Kiritimati"))
    family = await played.store(EVENING, delivery=delivery)
    first = await played.plan_part(family, 1)
    assert await played.targeted(family, 1) == NAMES
    return family, first


async def _make(parts: SchedulerParts, family: Message, number: int) -> None:
    """Make what is due at the instant of a part, and plan none of it."""
    assert family.family is not None
    parts.clock.at = family.family.timetable.instants()[number - 1]
    await FamilyRounds(parts.stores, parts.clock).run_once()


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("delivery", list(Delivery))
async def test_a_part_whose_plan_was_lost_is_planned_before_the_next_one(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis, delivery: Delivery, sent: bool
) -> None:
    """A failover takes the first part out of a shard, before the second one is planned."""
    family, first = await _begin(played, parts, delivery)
    if sent:
        await parts.work(first)
    before = await parts.states(first)
    await lose_plans(redis, first.id, 1)
    lost = sum(before.values()) - sum((await parts.states(first)).values())
    assert lost > 0
    second = await played.plan_part(family, 2)
    assert await played.targeted(family, 1) == NAMES
    assert await played.targeted(family, 2) == []
    # What was sent, or may have been where it must not be sent twice, is not sent again.
    again = "pending" if delivery is Delivery.AT_LEAST_ONCE and not sent else "rejected"
    kept = "accepted" if sent else "pending"
    expected = Counter({kept: len(NAMES) - lost})
    expected[again] += lost
    assert await parts.states(first) == expected
    assert await parts.status(second) is Status.SENT


async def test_a_part_that_is_planned_again_leaves_out_who_is_in_a_later_one(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    family, first = await _begin(played, parts)
    await register(parts, {"late": "Pacific/Kiritimati"})
    await played.plan_part(family, 2)
    assert await played.targeted(family, 2) == ["late"]
    await lose_plans(redis, first.id, *range(APP.shards))
    parts.clock.advance(5)
    await parts.recovery.run_once()
    await parts.dispatch_due()
    assert await played.targeted(family, 1) == NAMES


async def test_no_part_is_planned_while_another_is(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    family, first = await _begin(played, parts)
    await lose_plans(redis, first.id, *range(APP.shards))
    await _make(parts, family, 2)
    assert await played.made(family) == 2
    assert not await parts.stores.lifecycle.replan(APP.name, first.id), "the second part is to be planned"
    await parts.dispatch_due()
    await lose_plans(redis, first.id, 0)
    assert await parts.stores.lifecycle.replan(APP.name, first.id)
    await _make(parts, family, 3)
    assert await played.made(family) == 2, "the first part is to be planned"


async def test_a_loss_while_a_part_is_planned_puts_it_off(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    """The plan of the first part goes while the second one reads whom it took in."""
    family, first = await _begin(played, parts)
    assert family.family is not None
    parts.clock.at = family.family.timetable.instants()[1]

    class LosingReader(TermReader):
        async def slice(
            self, app: App, shard: int, ranges: Sequence[int], terms: Sequence[str]
        ) -> list[list[int]]:
            keys = [key async for key in redis.scan_iter(f"{message_key(APP, shard, first.id)}:*")]
            if keys:
                await redis.delete(*keys)
            return await super().slice(app, shard, ranges, terms)

    await played.advance(MovingRegistry(redis, parts.stores, APP).resolver(reader=LosingReader(redis)))
    assert await played.targeted(family, 2) == []
    parts.clock.advance(2)
    await played.advance()
    assert await played.targeted(family, 1) == NAMES
    assert await played.targeted(family, 2) == []


async def test_records_that_cannot_be_read_do_not_stand_before_others(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    family = await played.store(EVENING)
    for number in range(3):
        await redis.hset(
            f"{{q}}:message:{number}", mapping={"app": "shop", "body": "[]", "status": "scheduled"}
        )
        await redis.zadd("{q}:families", {str(number): number})
    due = parts.stores.families.due
    assert await due(family.push_at, 3) == []
    assert [one.message.id for one in await due(family.push_at, 3)] == [family.id]
    assert await redis.zcard("{q}:families") == 4, "another process may read them"


async def test_a_family_whose_content_was_dropped_ends(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis
) -> None:
    family = await played.store(EVENING)
    first = await played.plan_part(family, 1)
    assert await parts.status(first) is Status.SENT
    await redis.hdel(f"{{q}}:message:{family.id}", "body")
    parts.clock.advance(3600)
    assert await parts.stores.families.due(parts.clock.now(), 9) == []
    assert await parts.stores.message_index.ids(APP.name, Status.SENT, None, 9) == [family.id]
    assert await redis.zcard("{q}:families") == 0


async def test_each_user_is_reached_once_where_its_first_terminal_is_due(
    played: PlayedFamilies, parts: SchedulerParts
) -> None:
    """Which terminal of a user was seen last changes between the parts."""
    chance, zones = Random(5), ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Etc/GMT+12")
    users = {f"t{number}": f"user{chance.randrange(12)}" for number in range(36)}
    of_terminal = {name: chance.choice(zones) for name in users}

    async def see(names: Sequence[str]) -> None:
        await parts.stores.registry.register(
            APP,
            [
                Terminal(name, "apns", name, "en", user=users[name], timezone=of_terminal[name])
                for name in names
            ],
        )

    await see(list(users))
    family = await played.store(EVENING, audience=AllOf((OnePerUser(Everyone()), Everyone())))
    assert family.family is not None
    timetable = family.family.timetable
    reached: dict[str, datetime] = {}
    for number, at in enumerate(timetable.instants(), 1):
        await see(chance.sample(list(users), 9))
        await played.plan_part(family, number)
        for name in await played.targeted(family, number):
            assert users[name] not in reached
            reached[users[name]] = at
        if number == 20:
            envelope = (await parts.stores.messages.read_envelope(APP.name, family.id)).envelope
            to_come = await parts.stores.to_come.count(APP, envelope)
            left = len(set(users.values())) - len(reached)
            assert 0 < sum(to_come.counts.values()) == left
    first = {
        user: min(timetable.comes_at(of_terminal[name]) or at for name in users if users[name] == user)
        for user in users.values()
    }
    assert reached == first
