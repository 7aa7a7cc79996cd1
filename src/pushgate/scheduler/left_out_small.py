"""Terminals that get nothing of small messages: who opted out of their category, then who is in
quiet hours, then who had enough of it that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.bodies import Target
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Options
from pushgate.domain.outcome import SlotRef
from pushgate.domain.zones import local_day
from pushgate.ledger.frequency_caps import Cap, SmallPush
from pushgate.ledger.values import capped, in_quiet_hours, opted_out, over_device_limit
from pushgate.scheduler.bundle_sends import LeftOutPushes
from pushgate.scheduler.device_limits import small_over_limits
from pushgate.stores import Stores


@dataclass(frozen=True, slots=True)
class Located:
    """A small message that is to be placed: its segment, by the number in the round, its index in
    the segment, its id, whom it is for, and where these are.

    `options` are there where limits of vendors may depend on them.
    """

    segment: int
    index: int
    message_id: str
    target: Target
    slots: Sequence[SlotRef]
    options: Options | None = None


async def find_left_out(
    stores: Stores, configured: ConfiguredApp, messages: Sequence[Located], now: datetime
) -> LeftOutPushes:
    """The pushes that are left out, each with its reason by vendor. Push tokens that a message
    brought are not. Raises EngineUnavailable.
    """
    pushes = [(message, slot) for message in messages for slot in message.slots if not slot.group.inline]
    found = await _opted_out(stores, configured, pushes)
    waiting = [(message, slot) for message, slot in pushes if _key(message, slot) not in found]
    asked = [
        (message, slot) for message, slot in waiting if _depends_on_zone(configured, message.target, now)
    ]
    if asked:
        zones = await _zones(stores, configured, [slot for _, slot in asked])
        found |= _quiet(configured, asked, zones, now)
        found |= await _capped(stores, configured, asked, zones, now, found)
    rows = [
        (_key(message, slot), message.message_id, slot, message.options)
        for message, slot in waiting
        if message.options and message.target.expires_ms > to_ms(now) and _key(message, slot) not in found
    ]
    over = await small_over_limits(stores, configured, rows, now) if rows else ()
    return found | dict.fromkeys(over, over_device_limit)


_Push = tuple[Located, SlotRef]
_Zones = Mapping[tuple[int, int], str | None]
"""The time zones of terminals, by shard and slot."""


def _key(message: Located, slot: SlotRef) -> tuple[int, int, int, int]:
    return message.segment, message.index, slot.shard, slot.slot


async def _opted_out(stores: Stores, configured: ConfiguredApp, pushes: Sequence[_Push]) -> LeftOutPushes:
    slots = [
        (slot.shard, slot.slot, message.target.category)
        for message, slot in pushes
        if message.target.category
    ]
    held = await stores.opt_outs.of_slots(configured.app, slots)
    return {
        _key(message, slot): opted_out
        for message, slot in pushes
        if (slot.shard, slot.slot, message.target.category) in held
    }


def _depends_on_zone(configured: ConfiguredApp, target: Target, now: datetime) -> bool:
    """Whether a time zone decides who is left out."""
    is_quiet = target.heeds_quiet_hours and configured.settings.quiet_hours_of(target.category)
    return bool(is_quiet) or _cap(configured, target, now) is not None


def _cap(configured: ConfiguredApp, target: Target, now: datetime) -> Cap | None:
    """The cap that a message counts for. Dry runs and what has expired count for none."""
    limit = configured.settings.caps.get(target.category)
    if limit is None or target.dry_run or target.expires_ms <= to_ms(now):
        return None
    return Cap(target.category, limit.per_day)


def _quiet(configured: ConfiguredApp, pushes: Sequence[_Push], zones: _Zones, now: datetime) -> LeftOutPushes:
    found: LeftOutPushes = {}
    for message, slot in pushes:
        hours = configured.settings.quiet_hours_of(message.target.category)
        if hours and message.target.heeds_quiet_hours:
            zone = zones.get((slot.shard, slot.slot))
            if hours.hold(now, zone, configured.timezone):
                found[_key(message, slot)] = in_quiet_hours
    return found


async def _capped(
    stores: Stores,
    configured: ConfiguredApp,
    pushes: Sequence[_Push],
    zones: _Zones,
    now: datetime,
    left_out: LeftOutPushes,
) -> LeftOutPushes:
    """The pushes that are over the cap of their category. Those that are left out take no place."""
    asked: dict[SmallPush, tuple[int, int, int, int]] = {}
    for message, slot in pushes:
        cap, key = _cap(configured, message.target, now), _key(message, slot)
        if cap and key not in left_out:
            day = local_day(now, zones.get((slot.shard, slot.slot)), configured.timezone)
            asked[SmallPush(message.message_id, slot.shard, slot.slot, cap, day)] = key
    over = await stores.frequency_caps.admit_small(configured.app, list(asked))
    return {asked[push]: capped for push in over}


async def _zones(stores: Stores, configured: ConfiguredApp, slots: Sequence[SlotRef]) -> _Zones:
    by_shard: dict[int, set[int]] = {}
    for slot in slots:
        by_shard.setdefault(slot.shard, set()).add(slot.slot)
    return {
        (shard, number): terminal.timezone
        for shard, numbers in by_shard.items()
        for number, terminal in (
            await stores.rows.read_terminals(configured.app, shard, sorted(numbers))
        ).items()
    }
