"""Messages that go out at each terminal's own local time: who is in which part, nobody twice, and
nobody missed.
"""

import asyncio
import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from redis.asyncio import Redis
from tests.support.families import EVENING, PlayedFamilies, register
from tests.support.moving import Change, MovingRegistry
from tests.support.plain_terminals import PlainTerminal
from tests.support.scheduler import APP, SchedulerParts
from tests.support.store_copy import go_back, marked_copy

from pushgate.domain.audience import AllOf, ByTerminal, HasTag, Sample
from pushgate.domain.family import Made, next_part
from pushgate.domain.local_time import Passed
from pushgate.domain.message import Message, Status
from pushgate.domain.message_id import part_id
from pushgate.domain.timetable import Timetable
from pushgate.grouping.sampling import Share
from pushgate.restore.listing import held_messages
from pushgate.restore.resuming import Choice, resume
from pushgate.scheduler import families
from pushgate.scheduler.families import FamilyRounds
from pushgate.scheduler.store_hold import StoreHoldRounds

ZONES = (
    "Pacific/Kiritimati",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "Etc/GMT+12",
)


async def test_each_terminal_gets_the_message_at_its_own_local_time(
    played: PlayedFamilies, parts: SchedulerParts
) -> None:
    await register(parts, {zone: zone for zone in ZONES} | {"none": None})
    family = await played.store(EVENING, default_zone="Asia/Tokyo")
    await played.advance()
    assert await played.made(family) == 0
    assert await parts.status(family) is Status.SCHEDULED
    assert family.family is not None
    await played.play_until(family.family.last_at)
    timetable = family.family.timetable
    assert await played.reached(family) == {zone: timetable.comes_at(zone) for zone in ZONES} | {
        "none": timetable.comes_at("Asia/Tokyo")
    }
    assert await parts.status(family) is Status.SENDING


async def test_a_family_is_sent_once_all_of_its_parts_are(
    played: PlayedFamilies, parts: SchedulerParts
) -> None:
    await register(parts, {zone: zone for zone in ZONES})
    family = await played.store(EVENING)
    assert family.family is not None
    await played.play_until(family.family.last_at)
    for number in range(1, await played.made(family) + 1):
        assert await parts.status(family) is Status.SENDING
        await parts.work((await parts.stores.messages.read(APP.name, part_id(family.id, number))).message)
    parts.clock.advance(2)
    await played.advance()
    assert await parts.status(family) is Status.SENT
    assert await parts.stores.families.due(parts.clock.now() + timedelta(days=9), 9) == []


async def test_a_terminal_that_comes_late_gets_the_next_part_within_the_time_to_live(
    played: PlayedFamilies, parts: SchedulerParts
) -> None:
    await register(parts, {"far": "America/New_York", "farther": "America/New_York"})
    family = await played.store(EVENING, ttl=timedelta(hours=8))
    await played.play_until(datetime.fromisoformat("2031-01-01T21:10:00+00:00"))
    # It is 22:10 in Berlin, and 06:10 in Tokyo, where the time to live of 8 hours is over.
    await register(parts, {"far": "Europe/Berlin", "farther": "Asia/Tokyo"})
    assert family.family is not None
    await played.play_until(family.family.last_at)
    made = await played.reached(family)
    assert made["far"] == datetime.fromisoformat("2031-01-01T22:00:00+00:00")
    last = await parts.stores.messages.read(APP.name, part_id(family.id, await played.made(family)))
    assert last.message.part is not None
    assert last.message.part.is_missed
    assert await parts.states(last.message) == {"expired": 1}
    assert await played.targeted(family, await played.made(family)) == ["farther"]


@pytest.mark.parametrize(
    ("passed", "tokyo"),
    [
        (Passed.SEND, "2031-01-01T12:30:00+00:00"),
        (Passed.SKIP, None),
        (Passed.TOMORROW, "2031-01-02T11:00:00+00:00"),
    ],
)
async def test_zones_that_have_passed_are_treated_as_the_message_says(
    played: PlayedFamilies, parts: SchedulerParts, passed: Passed, tokyo: str | None
) -> None:
    await register(parts, {"tokyo": "Asia/Tokyo", "berlin": "Europe/Berlin"})
    parts.clock.at = datetime.fromisoformat("2031-01-01T12:30:00+00:00")
    family = await played.store(EVENING, passed=passed)
    assert family.family is not None
    await played.play_until(family.family.last_at)
    expected = {"berlin": datetime.fromisoformat("2031-01-01T19:00:00+00:00")}
    if tokyo:
        expected["tokyo"] = datetime.fromisoformat(tokyo)
    assert await played.reached(family) == expected


async def test_one_family_at_fault_stops_no_other_and_goes_on_a_minute_later(
    played: PlayedFamilies, parts: SchedulerParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(parts, {zone: zone for zone in ZONES})
    faulty, other = [await played.store(EVENING) for _ in range(2)]

    def fail_for_one(family_id: str, *args: object) -> object:
        if family_id == faulty.id:
            raise KeyError
        return next_part(family_id, *args)  # type: ignore[arg-type]  # passed on as they came

    assert other.family is not None
    parts.clock.at = other.family.timetable.instants()[0]
    with monkeypatch.context() as patch:
        patch.setattr(families, "next_part", fail_for_one)
        await played.advance()
        assert [await played.made(one) for one in (faulty, other)] == [0, 1]
    await played.advance()
    assert await played.made(faulty) == 0
    parts.clock.advance(60)
    await played.advance()
    assert await played.made(faulty) == 1


async def test_a_part_is_made_once_by_many_schedulers(played: PlayedFamilies, parts: SchedulerParts) -> None:
    await register(parts, {"kiritimati": "Pacific/Kiritimati"})
    family = await played.store(EVENING)
    parts.clock.at = family.push_at
    rounds = [FamilyRounds(parts.stores, parts.clock) for _ in range(8)]
    await asyncio.gather(*(one.run_once() for one in rounds))
    assert await played.made(family) == 1
    parts.clock.advance(3600 * 2)
    await asyncio.gather(*(one.run_once() for one in rounds))
    assert await played.made(family) == 1, "the first part is not planned yet"


async def test_a_cancelled_family_has_no_more_parts(played: PlayedFamilies, parts: SchedulerParts) -> None:
    await register(parts, {"kiritimati": "Pacific/Kiritimati", "berlin": "Europe/Berlin"})
    family = await played.store(EVENING)
    await played.play_until(family.push_at)
    assert (await parts.stores.messages.cancel(APP.name, family.id)).status is Status.CANCELLED
    first = await parts.stores.messages.read(APP.name, part_id(family.id, 1))
    assert first.status is Status.CANCELLED
    await parts.recovery.run_once()
    assert await parts.states(first.message) == {"cancelled": 1}
    await played.play_until(datetime.fromisoformat("2031-01-02T12:00:00+00:00"))
    assert await played.made(family) == 1


async def test_a_sample_of_a_family_is_one_sample(played: PlayedFamilies, parts: SchedulerParts) -> None:
    names = {f"t{number}": ZONES[number % len(ZONES)] for number in range(60)}
    await register(parts, dict(names))
    family = await played.store(EVENING, audience=Sample(0.5, None, HasTag("vip")))
    assert family.family is not None
    await played.play_until(family.family.last_at)
    expected = {name for name in names if Share(0.5, family.id).holds(name)}
    assert set(await played.reached(family)) == expected


async def test_a_family_may_be_for_listed_terminals(played: PlayedFamilies, parts: SchedulerParts) -> None:
    await register(parts, {zone: zone for zone in ZONES})
    family = await played.store(EVENING, audience=ByTerminal(("Asia/Tokyo", "Europe/Berlin", "unknown")))
    assert family.family is not None
    await played.play_until(family.family.last_at)
    assert set(await played.reached(family)) == {"Asia/Tokyo", "Europe/Berlin"}


@pytest.fixture
async def put_aside(played: PlayedFamilies, parts: SchedulerParts, redis: Redis) -> Message:
    """A family in a store that went back to before the first of its zones, which was reached."""
    await register(parts, {"kiritimati": "Pacific/Kiritimati", "berlin": "Europe/Berlin"})
    family = await played.store(EVENING)
    parts.clock.at = family.push_at - timedelta(minutes=1)
    copy = await marked_copy(parts.stores, redis)
    await played.play_until(family.push_at)
    assert await played.targeted(family, 1) == ["kiritimati"]
    await go_back(parts, redis, copy)
    return family


async def test_a_copy_makes_no_part_that_may_have_been_sent(
    played: PlayedFamilies, parts: SchedulerParts, put_aside: Message
) -> None:
    parts.clock.advance(120)
    await StoreHoldRounds(parts.context).run_once()
    assert await parts.stores.store_holds.read() is not None, "something waits"
    assert [one.id async for one in held_messages(parts.stores, APP)] == [put_aside.id]
    await played.advance()
    assert await played.made(put_aside) == 0
    due = await parts.stores.families.due(put_aside.expires_at, 9)
    assert put_aside.family is not None
    part = next_part(put_aside.id, put_aside.family, put_aside.audience, put_aside.lifetime, Made())
    assert part is not None
    make = parts.stores.families.make
    assert not await make(due[0], part, is_last=False, next_look=parts.clock.now()), "it was read before"


@pytest.mark.parametrize("during", ["scheduled", "sending"])
async def test_a_family_that_waits_goes_on_on_request(
    played: PlayedFamilies, parts: SchedulerParts, redis: Redis, during: str
) -> None:
    await register(parts, {"kiritimati": "Pacific/Kiritimati", "berlin": "Europe/Berlin"})
    family = await played.store(EVENING)
    if during == "sending":
        await played.play_until(family.push_at)
        await parts.work((await parts.stores.messages.read(APP.name, part_id(family.id, 1))).message)
        parts.clock.advance(7200)
    else:
        parts.clock.at = family.push_at - timedelta(minutes=1)
    await go_back(parts, redis, await marked_copy(parts.stores, redis))
    await resume(parts.stores, [APP], Choice.SEND)
    assert await parts.stores.store_holds.read() is None
    assert family.family is not None
    await played.play_until(family.family.last_at)
    assert set(await played.reached(family)) == {"kiritimati", "berlin"}


@pytest.mark.parametrize(
    ("choice", "status"), [(Choice.CANCEL, Status.CANCELLED), (Choice.MARK_SENT, Status.SENT)]
)
async def test_a_family_that_waits_is_ended_on_request(
    played: PlayedFamilies, parts: SchedulerParts, put_aside: Message, choice: Choice, status: Status
) -> None:
    await resume(parts.stores, [APP], choice)
    assert await parts.stores.store_holds.read() is None
    await played.play_until(put_aside.push_at + timedelta(hours=20))
    assert await played.made(put_aside) == 0
    assert await parts.status(put_aside) is status


class _Lives:
    """Terminals that come, go, fly to other zones and change their slots, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._born = 0
        self.alive: dict[str, PlainTerminal] = {}

    def _new(self) -> PlainTerminal:
        self._born += 1
        return PlainTerminal(
            id=f"t{self._born}",
            vendor=self._chance.choice(("apns", "fcm")),
            language=self._chance.choice(("en", "de", "zh-Hant")),
            seen=date(2030, 12, 1),
            registered=date(2030, 12, 1),
            tags=frozenset(["vip"] if self._chance.random() < 0.8 else []),
            timezone=self._chance.choice((*ZONES, None)),
        )

    def change(self) -> Change:
        """Whatever happens next to one of the terminals."""
        kind = self._chance.random()
        if kind < 0.2 or not self.alive:
            terminal = self._new()
        else:
            terminal = self._chance.choice(list(self.alive.values()))
            if kind < 0.3:
                self.alive.pop(terminal.id)
                return Change(terminal, is_forgotten=True)
            if kind < 0.6:
                terminal = replace(terminal, timezone=self._chance.choice((*ZONES, None)))
            else:
                terminal = replace(terminal, vendor="fcm" if terminal.vendor == "apns" else "apns")
        self.alive[terminal.id] = terminal
        return Change(terminal)


@pytest.mark.parametrize("seed", range(6))
async def test_random_lives(played: PlayedFamilies, parts: SchedulerParts, redis: Redis, seed: int) -> None:
    """Whatever terminals do between the parts and while they are planned: nobody gets two, nobody
    gets one early, and who was there at the end has one.
    """
    chance = random.Random(seed)
    registry, lives = MovingRegistry(redis, parts.stores, APP), _Lives(chance)
    await registry.open_groups()
    await registry.apply([lives.change() for _ in range(80)])
    family = await played.store(EVENING, audience=AllOf((HasTag("vip"),)), default_zone="Asia/Tokyo")
    assert family.family is not None
    reached: set[str] = set()
    for at in family.family.timetable.instants():
        before = await played.made(family)
        parts.clock.at = at
        await registry.apply([lives.change() for _ in range(chance.randrange(6))])
        portions = [[lives.change() for _ in range(chance.randrange(3))] for _ in range(chance.randrange(40))]
        resolver = registry.begin(portions)
        await played.advance() if not portions else await played.advance(resolver)
        assert await played.made(family) == before + 1
        for name in await played.targeted(family, before + 1):
            assert name not in reached, "nobody twice"
            known = [state for state in registry.states(name) if state]
            assert any(_has_come(family.family.timetable, state, at) for state in known), "nobody early"
            reached.add(name)
    # Terminals of which it was known all the time while the last part was planned.
    for name in registry.terminals:
        states = registry.states(name)
        if all(state is not None and "vip" in state.tags for state in states):
            assert name in reached, "nobody missed"


def _has_come(timetable: Timetable, terminal: PlainTerminal, at: datetime) -> bool:
    comes_at = timetable.comes_at(terminal.timezone or "")
    return comes_at is not None and comes_at <= at
