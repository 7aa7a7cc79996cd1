"""Families played by a clock that is set: parts are made and planned, and the tests see who is in
each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from msgspec import structs
from redis.asyncio import Redis
from tests.support.accounting import bits_of
from tests.support.messages import message as new_message
from tests.support.scheduler import APP, LEASE, SchedulerParts

from pushgate.adapters.topics import summarize_audience
from pushgate.domain import bitmaps
from pushgate.domain.audience import Audience, Everyone
from pushgate.domain.family import Family
from pushgate.domain.local_time import LocalTime, Passed
from pushgate.domain.message import Delivery, Message, Options
from pushgate.domain.message_id import new_family_id, part_id
from pushgate.domain.terminal import Terminal
from pushgate.grouping.resolver import AudienceResolver
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.families import FamilyRounds

EVENING = datetime.fromisoformat("2031-01-01T20:00")


async def register(parts: SchedulerParts, zones: Mapping[str, str | None]) -> None:
    """Register terminals with their time zones."""
    await parts.stores.registry.register(
        APP,
        [
            Terminal(name, "apns", name, "en", timezone=zone, tags=("vip",), last_seen=parts.clock.now())
            for name, zone in zones.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class PlayedFamilies:
    """Makes and plans parts of families, and reads who is in them."""

    redis: Redis
    parts: SchedulerParts

    async def store(
        self,
        local: datetime,
        *,
        audience: Audience | None = None,
        ttl: timedelta = timedelta(days=3),
        passed: Passed = Passed.SEND,
        default_zone: str = "UTC",
        delivery: Delivery = Delivery.AT_LEAST_ONCE,
        clear_on_click: bool = False,
    ) -> Message:
        """Store a family whose parts are due at this local time."""
        now = self.parts.clock.now()
        local_time = LocalTime(local=local, default_zone=default_zone, since=now, passed=passed)
        family = Family(local_time, local_time.instants()[-1])
        options = Options(ttl=ttl, delivery=delivery, clear_on_click=clear_on_click)
        return await self.store_for(family, audience=audience, options=options)

    async def store_for(
        self,
        family: Family,
        *,
        audience: Audience | None = None,
        ttl: timedelta = timedelta(days=3),
        options: Options | None = None,
    ) -> Message:
        """Store a family, with this time to live unless there are options."""
        audience, clock = audience or Everyone(), self.parts.clock
        message = structs.replace(
            new_message(clock),
            id=new_family_id(clock.now()),
            push_at=family.timetable.instants()[0],
            audience=summarize_audience(audience),
            options=options or Options(ttl=ttl),
            family=family,
        )
        await self.parts.stores.messages.put(message, audience=audience)
        return message

    async def advance(self, resolver: AudienceResolver | None = None) -> None:
        """Make what is due, and plan it, with another resolver than that of the stores if one is
        given.
        """
        await FamilyRounds(self.parts.stores, self.parts.clock).run_once()
        dispatcher = self.parts.dispatcher
        if resolver:
            stores = replace(self.parts.stores, resolver=resolver)
            dispatcher = Dispatcher(replace(self.parts.context, stores=stores), "scheduler", LEASE)
        await dispatcher.dispatch_due()
        await dispatcher.wait_until_idle()

    async def plan_part(self, family: Message, number: int) -> Message:
        """Make and plan the next part of a family, which is due by now, and return it."""
        assert family.family is not None
        self.parts.clock.at = family.family.timetable.instants()[number - 1]
        await self.advance()
        assert await self.made(family) == number
        return (await self.parts.stores.messages.read(APP.name, part_id(family.id, number))).message

    async def play_until(self, at: datetime) -> None:
        """Advance the clock to this instant in steps of a quarter of an hour, and a second more."""
        clock = self.parts.clock
        while clock.now() < at:
            seconds = 900 - clock.now().timestamp() % 900
            clock.advance(min(seconds, (at - clock.now()).total_seconds()))
            await self.advance()
        for _ in range(3):
            clock.advance(1)
            await self.advance()

    async def made(self, family: Message) -> int:
        """How many parts were made."""
        return (await self.parts.stores.families.made(family.id)).count

    async def targeted(self, family: Message, number: int) -> list[str]:
        """The ids of the terminals that a part is for."""
        found: list[str] = []
        for shard in range(APP.shards):
            scope = MessageShard(APP, shard, part_id(family.id, number), family.expires_at)
            slots = bitmaps.slots(await bits_of(self.redis, scope, "targeted"))
            found += (await self.parts.stores.holders.ids(APP, shard, slots)).values()
        return sorted(found)

    async def reached(self, family: Message) -> dict[str, datetime]:
        """When the part of each terminal was due, of which there is one."""
        found: dict[str, datetime] = {}
        for number in range(1, await self.made(family) + 1):
            stored = await self.parts.stores.messages.read(APP.name, part_id(family.id, number))
            for name in await self.targeted(family, number):
                assert name not in found, f"{name} was pushed to twice"
                found[name] = stored.message.push_at
        return found
