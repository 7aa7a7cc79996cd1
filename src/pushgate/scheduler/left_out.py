"""Targeted terminals that get nothing of a large message: who opted out of its category, then who
is in quiet hours, then who had enough of it that day, then to whom the vendor would not show it.

They are planned as cancelled. To be begun before the audience is resolved.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.bitmaps import Bits
from pushgate.domain.clock import Clock
from pushgate.domain.message import Envelope
from pushgate.domain.zones import local_day
from pushgate.grouping.local_zones import by_zone
from pushgate.grouping.opted_out import OptedOut
from pushgate.grouping.selection import Selection, blocks_of, registered_slots
from pushgate.ledger.frequency_caps import Cap
from pushgate.ledger.values import Failure, MessageShard, capped, in_quiet_hours, opted_out, over_device_limit
from pushgate.scheduler.device_limits import limits_of, over_limits
from pushgate.stores import Stores


class LeftOut(NamedTuple):
    """Slots that are left out, and why, by vendor."""

    bits: Bits
    reason: Callable[[str], Failure]


class LeavingOut:
    """Finds who is left out of one message. All calls raise EngineUnavailable."""

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        message: Envelope,
        configured: ConfiguredApp,
        opted: OptedOut,
        limits: Mapping[str, Cap],
    ) -> None:
        self._stores = stores
        self._clock = clock
        self._message = message
        self._configured = configured
        self._opted = opted
        self._limits = limits

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
        return cls(stores, clock, message, configured, opted, limits)

    async def among(
        self, message_shard: MessageShard, selection: Selection, *, sends: bool
    ) -> Sequence[LeftOut]:
        """Those of the selected slots that are left out, each once. Where nothing is to be sent, no
        place of a cap is taken. Push tokens that the message brought are not left out.
        """
        left = registered_slots(selection)
        if not left:
            return ()
        found = list[LeftOut]()
        if opted := await self._opted.among(message_shard.shard, left):
            found.append(LeftOut(blocks_of(opted), opted_out))
            left = _without(left, opted)
        if quiet := await self._quiet(message_shard, left):
            found.append(LeftOut(blocks_of(quiet), in_quiet_hours))
            left = _without(left, quiet)
        # Last, since it takes places.
        if sends and (over := await self._over_cap(message_shard, left)):
            found.append(LeftOut(blocks_of(over), capped))
            left = _without(left, over)
        if sends and self._limits and (over := await self._over_limits(message_shard, selection, left)):
            found.append(LeftOut(blocks_of(over), over_device_limit))
        return found

    async def _quiet(self, message_shard: MessageShard, wanted: Mapping[int, int]) -> dict[int, int]:
        """The slots in whose zones it is a quiet hour."""
        hours = self._configured.settings.quiet_hours_of(self._message.category)
        if hours is None or not self._message.heeds_quiet_hours:
            return {}
        now, zone = self._clock.now(), self._configured.timezone
        app, shard = message_shard.app, message_shard.shard
        found = await by_zone(
            self._stores.terms, app, shard, wanted, lambda known: hours.hold(now, known, zone)
        )
        return found.get(True, {})

    async def _over_limits(
        self, message_shard: MessageShard, selection: Selection, wanted: Mapping[int, int]
    ) -> dict[int, int]:
        """The slots to whose terminals their vendor would not show the message."""
        now = self._clock.now()
        return await over_limits(self._stores, message_shard, self._limits, selection, wanted, now)

    async def _over_cap(self, message_shard: MessageShard, wanted: Mapping[int, int]) -> dict[int, int]:
        """The slots that had as many messages of the category on their local day as the cap lets
        through. A dry run counts nothing.
        """
        category, now, zone = self._message.category, self._clock.now(), self._configured.timezone
        limit = self._configured.settings.caps.get(category)
        if limit is None or self._message.dry_run:
            return {}
        app, shard = message_shard.app, message_shard.shard
        days = await by_zone(
            self._stores.terms, app, shard, wanted, lambda known: local_day(now, known, zone)
        )
        cap, over = Cap(category, limit.per_day), dict[int, int]()
        for day, slots in days.items():
            for number, bits in (
                await self._stores.frequency_caps.admit(message_shard, cap, day, slots)
            ).items():
                over[number] = over.get(number, 0) | bits
        return over


def _without(slots: Mapping[int, int], others: Mapping[int, int]) -> dict[int, int]:
    return {number: left for number, bits in slots.items() if (left := bits & ~others.get(number, 0))}
