"""Finds terminals that get nothing of a large message, in this order: they opted out of its
category, are in quiet hours, have reached a frequency cap, or their vendor would not show it. Also
finds terminals that get it later, when their quiet hours end.

Terminals that get nothing are planned as cancelled. Begin before the audience is resolved.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.bitmaps import difference, union
from pushgate.domain.clock import Clock
from pushgate.domain.message import Envelope
from pushgate.domain.quiet_hours import LEFT_OUT, MARGIN, QuietTimes, parse_hours, waits_until
from pushgate.domain.ranges import by_range
from pushgate.domain.zones import local_day
from pushgate.grouping.local_zones import by_zone
from pushgate.grouping.moves import has
from pushgate.grouping.opted_out import OptedOut
from pushgate.grouping.quiet_people import of_people
from pushgate.grouping.selection import Selection, registered_slots
from pushgate.ledger.frequency_caps import Cap, SmallPush
from pushgate.ledger.values import Failure, MessageShard, capped, in_quiet_hours, opted_out, over_device_limit
from pushgate.scheduler.device_limits import limits_of, of_vendor, over_limits, vendor_day
from pushgate.scheduler.moved import Moved
from pushgate.stores import Stores

_NO_TIME = timedelta(0)
Slots = Mapping[int, int]
"""Slots of registered terminals, as bits by range."""


class LeftOut(NamedTuple):
    """Slots that are left out, and why, by vendor."""

    slots: Slots
    reason: Callable[[str], Failure]


class Judged(NamedTuple):
    """Slots that are left out, each once; slots that are held; and when the first held slots may be
    sent (None where none is held).
    """

    left_out: Sequence[LeftOut] = ()
    held: Slots = MappingProxyType({})
    held_until: datetime | None = None


class LeavingOut:
    """Finds the terminals that are left out of one message. All calls raise EngineUnavailable."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        message: Envelope,
        configured: ConfiguredApp,
        opted: OptedOut,
        limits: Mapping[str, Cap],
        hours_in_use: Mapping[int, Sequence[str]],
    ) -> None:
        """`hours_in_use` are quiet hours of people, by shard."""
        self._stores = stores
        self._clock = clock
        self._message = message
        self._configured = configured
        self._opted = opted
        self._limits = limits
        self._hours_in_use = hours_in_use

    @classmethod
    async def begin(
        cls,
        stores: Stores,
        clock: Clock,
        message: Envelope,
        configured: ConfiguredApp,
        shards: Collection[int],
    ) -> "LeavingOut":
        """Begin with a message that is to be planned in these shards."""
        app, category = configured.app, message.category
        opted = await OptedOut.begin(stores.opt_outs, stores.terms, app, category, shards)
        limits = await limits_of(stores, message, configured)
        heeds = message.heeds_quiet_hours
        in_use = await stores.people.quiet_hours_in_use(app, shards) if heeds else {}
        return cls(stores, clock, message, configured, opted, limits, in_use)

    async def among(
        self,
        message_shard: MessageShard,
        selection: Selection,
        *,
        sends: bool,
        now_at: Mapping[int, int] = MappingProxyType({}),
    ) -> Judged:
        """Return the selected slots that are left out or held. Without `sends`, no slot is held and
        no place of a cap is taken. Push tokens that the message brought are never left out or held.

        `now_at` has the slots of terminals that moved since these slots were selected. Such a
        terminal is judged by the slot that it has now.
        """
        selected = registered_slots(selection)
        if not selected:
            return Judged()
        moved = Moved(now_at)
        left = moved.follow(selected)
        found = list[LeftOut]()
        if opted := await self._opted.among(message_shard.shard, left):
            found.append(LeftOut(opted, opted_out))
            left = difference(left, opted)
        by_end = await self._quiet(message_shard, left)
        if quiet := by_end.pop(LEFT_OUT, None):
            found.append(LeftOut(quiet, in_quiet_hours))
            left = difference(left, quiet)
        held: dict[int, int] = {}
        for waiting in by_end.values() if sends else ():
            held = union(held, waiting)
        left = difference(left, held)
        if sends:
            # Last, since it takes places.
            found += await self._over(message_shard, selection, moved, left)
        before = [LeftOut(moved.before(one.slots, selected), one.reason) for one in found if one.slots]
        return Judged(before, moved.before(held, selected), min(by_end) if held else None)

    async def _quiet(self, message_shard: MessageShard, wanted: Slots) -> dict[datetime, dict[int, int]]:
        """The slots in quiet hours, by the instant at which they may get the message; LEFT_OUT for
        slots that never get it.
        """
        if not self._message.heeds_quiet_hours:
            return {}
        settings, zone = self._configured.settings, self._configured.timezone
        hours = settings.quiet_hours_of(self._message.category)
        of_app = [hours.times(zone)] if hours else []
        found: dict[datetime, dict[int, int]] = {}
        rest, app, shard = wanted, message_shard.app, message_shard.shard
        in_use = self._hours_in_use.get(shard, ())
        async for text, slots in of_people(self._stores.terms, app, shard, in_use, wanted):
            await self._add_quiet(message_shard, [*of_app, parse_hours(text, zone)], slots, found)
            rest = difference(rest, slots)
        await self._add_quiet(message_shard, of_app, rest, found)
        return found

    async def _add_quiet(
        self,
        message_shard: MessageShard,
        times: Sequence[QuietTimes],
        slots: Slots,
        found: dict[datetime, dict[int, int]],
    ) -> None:
        """Add the slots that do not get the message now because of these quiet hours to `found`."""
        message, now = self._message, self._clock.now()
        within = MARGIN + (message.spread or _NO_TIME) if message.waits_in_quiet_hours else None

        def until(known: str | None) -> datetime | None:
            return waits_until(times, now, known, within, message.expires_at)

        if times and slots:
            app, shard = message_shard.app, message_shard.shard
            for end, quiet in (await by_zone(self._stores.terms, app, shard, slots, until)).items():
                if end and quiet:
                    found[end] = union(found.get(end, {}), quiet)

    async def _over(
        self, message_shard: MessageShard, selection: Selection, moved: Moved, wanted: Slots
    ) -> list[LeftOut]:
        """The slots whose terminals have reached the cap of the category on their local day, and
        those whose vendor would not show the message.
        """
        days, over = await self._days(message_shard, wanted), dict[int, int]()
        found = await self._moved_over(message_shard, selection, moved, wanted, days)
        for (cap, day), slots in days.items():
            admit = self._stores.frequency_caps.admit
            over = union(over, await admit(message_shard, cap, day, moved.stayed(slots)))
        left, now = difference(moved.stayed(wanted), over), self._clock.now()
        limited = await over_limits(self._stores, message_shard, self._limits, selection, left, now)
        return [*found, LeftOut(over, capped), LeftOut(limited, over_device_limit)]

    async def _moved_over(
        self,
        message_shard: MessageShard,
        selection: Selection,
        moved: Moved,
        wanted: Slots,
        days: Mapping[tuple[Cap, date], Slots],
    ) -> list[LeftOut]:
        """The same for terminals that moved, one by one, as for pushes of small messages. These are
        counted at one slot and sent to at another, so their places are not given back.
        """
        today, asked = vendor_day(self._clock.now()), dict[SmallPush, int]()
        own = {vendor: registered_slots(of_vendor(selection, vendor)) for vendor in self._limits}
        for former, now in moved.within(wanted).items():
            caps = [place for place, slots in days.items() if has(slots, now)]
            caps += [(cap, today) for vendor, cap in self._limits.items() if has(own[vendor], former)]
            if caps:
                asked[SmallPush(message_shard.message_id, message_shard.shard, now, tuple(caps))] = now
        over = await self._stores.frequency_caps.admit_small(message_shard.app, list(asked))
        return [
            LeftOut(by_range([asked[push]]), over_device_limit if cap.vendor else capped)
            for push, cap in over.items()
        ]

    async def _days(self, message_shard: MessageShard, wanted: Slots) -> dict[tuple[Cap, date], Slots]:
        """Group the slots by the cap of the message's category and their local day; empty without a
        cap. A dry run counts nothing.
        """
        category, now, zone = self._message.category, self._clock.now(), self._configured.timezone
        limit = self._configured.settings.caps.get(category)
        if limit is None or self._message.dry_run:
            return {}
        app, shard, cap = message_shard.app, message_shard.shard, Cap(category, limit.per_day)
        days = await by_zone(
            self._stores.terms, app, shard, wanted, lambda known: local_day(now, known, zone)
        )
        return {(cap, day): slots for day, slots in days.items()}
