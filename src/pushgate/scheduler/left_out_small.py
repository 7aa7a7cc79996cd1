"""Finds terminals that get nothing of small messages, in this order: they opted out of the
category, are in quiet hours, or have reached a frequency cap. Also finds terminals that get the
message later, when their quiet hours end; caps are checked then.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import msgspec

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.bodies import Target
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.message import Options
from pushgate.domain.outcome import SlotRef
from pushgate.domain.quiet_hours import LEFT_OUT, MARGIN, parse_hours, waits_until
from pushgate.domain.terminal import Terminal
from pushgate.domain.zones import local_day
from pushgate.ledger.frequency_caps import Cap, SmallPush
from pushgate.ledger.values import capped, in_quiet_hours, opted_out, over_device_limit
from pushgate.scheduler.bundle_sends import JudgedPushes, LeftOutPushes, PushKey
from pushgate.scheduler.device_limits import has_device_limits, small_limit
from pushgate.stores import Stores


class Located(msgspec.Struct, frozen=True):
    """A small message that is to be placed: the number of its segment in the round, its index in
    the segment, its id, whom it is for, and where these terminals are.

    The id is set where pushes are counted (`counts_pushes`); `options` are set where limits of
    vendors may depend on them.
    """

    segment: int
    index: int
    message_id: str
    target: Target
    slots: Sequence[SlotRef]
    options: Options | None = None


async def judge_pushes(
    stores: Stores, configured: ConfiguredApp, messages: Sequence[Located], now: datetime
) -> JudgedPushes:
    """Return the pushes that are left out, and those that are held. Push tokens that a message
    brought are neither. Raises EngineUnavailable.
    """
    pushes = [(message, slot) for message in messages for slot in message.slots if not slot.group.inline]
    judged = JudgedPushes(await _opted_out(stores, configured, pushes))
    waiting = [one for one in pushes if _key(*one) not in judged.left_out] if judged.left_out else pushes
    shards = await _shards_with_hours(stores, configured, waiting)
    asked: list[_Push] = []
    if shards or configured.settings.quiet_hours or configured.settings.caps:
        asked = [
            (message, slot)
            for message, slot in waiting
            if slot.shard in shards or _depends_on_zone(configured, message.target, now)
        ]
    zones: _Zones = {}
    if asked:
        found = await _terminals(stores, configured, [slot for _, slot in asked])
        zones = {place: terminal.timezone for place, terminal in found.items()}
        hours = await _hours_of_people(stores, configured, shards, found)
        _judge_hours(configured, asked, zones, hours, now, judged)
    if counts_pushes(configured):  # last, since it takes places
        left = [(message, slot) for message, slot in waiting if judged.is_sent_now(_key(message, slot))]
        judged.left_out.update(await _over_caps(stores, configured, left, zones, now))
    return judged


def counts_pushes(configured: ConfiguredApp) -> bool:
    """Whether pushes to a terminal are counted, because the app has frequency caps or its vendors
    have limits.
    """
    return bool(configured.settings.caps) or has_device_limits(configured)


_Push = tuple[Located, SlotRef]
_Zones = Mapping[tuple[int, int], str | None]
"""The time zones of terminals, by shard and slot."""


def _key(message: Located, slot: SlotRef) -> PushKey:
    return message.segment, message.index, slot.shard, slot.slot


async def _opted_out(stores: Stores, configured: ConfiguredApp, pushes: Sequence[_Push]) -> LeftOutPushes:
    slots = [
        (slot.shard, slot.slot, message.target.category)
        for message, slot in pushes
        if message.target.category
    ]
    if not slots:
        return {}
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


def _judge_hours(
    configured: ConfiguredApp,
    pushes: Sequence[_Push],
    zones: _Zones,
    people: Mapping[tuple[int, int], str],
    now: datetime,
    judged: JudgedPushes,
) -> None:
    """Leave out, or hold, the pushes to terminals in quiet hours of the app or of their users."""
    default = configured.timezone
    for message, slot in pushes:
        target, place = message.target, (slot.shard, slot.slot)
        if not target.heeds_quiet_hours:
            continue
        of_app = configured.settings.quiet_hours_of(target.category)
        times = [of_app.times(default)] if of_app else []
        times += [parse_hours(people[place], default)] if place in people else []
        within = MARGIN if target.waits_in_quiet_hours else None
        until = waits_until(times, now, zones.get(place), within, from_ms(target.expires_ms))
        if until == LEFT_OUT:
            judged.left_out[_key(message, slot)] = in_quiet_hours
        elif until:
            judged.held[_key(message, slot)] = until


async def _over_caps(
    stores: Stores, configured: ConfiguredApp, pushes: Sequence[_Push], zones: _Zones, now: datetime
) -> LeftOutPushes:
    """The pushes that are over the cap of their category or the limit of their vendor. These take
    no place of either.
    """
    asked: dict[SmallPush, PushKey] = {}
    for message, slot in pushes:
        if message.target.dry_run or message.target.expires_ms <= to_ms(now):
            continue  # no cap or limit counts it
        caps: list[tuple[Cap, date]] = []
        if cap := _cap(configured, message.target, now):
            zone = zones.get((slot.shard, slot.slot))
            caps.append((cap, local_day(now, zone, configured.timezone)))
        if message.options and (limit := small_limit(configured, slot.group.vendor, message.options, now)):
            caps.append(limit)
        if caps:
            push = SmallPush(message.message_id, slot.shard, slot.slot, tuple(caps))
            asked[push] = _key(message, slot)
    over = await stores.frequency_caps.admit_small(configured.app, list(asked))
    return {asked[push]: over_device_limit if cap.vendor else capped for push, cap in over.items()}


async def _terminals(
    stores: Stores, configured: ConfiguredApp, slots: Sequence[SlotRef]
) -> Mapping[tuple[int, int], Terminal]:
    """The terminals of these slots, by shard and slot."""
    by_shard: dict[int, set[int]] = {}
    for slot in slots:
        by_shard.setdefault(slot.shard, set()).add(slot.slot)
    return {
        (shard, number): terminal
        for shard, numbers in by_shard.items()
        for number, terminal in (
            await stores.rows.read_terminals(configured.app, shard, sorted(numbers))
        ).items()
    }


async def _shards_with_hours(
    stores: Stores, configured: ConfiguredApp, pushes: Sequence[_Push]
) -> Collection[int]:
    """The shards of these pushes in which people have quiet hours."""
    shards = sorted({slot.shard for message, slot in pushes if message.target.heeds_quiet_hours})
    found = await stores.people.quiet_hours_in_use(configured.app, shards) if shards else {}
    return [shard for shard, in_use in found.items() if in_use]


async def _hours_of_people(
    stores: Stores,
    configured: ConfiguredApp,
    shards: Collection[int],
    terminals: Mapping[tuple[int, int], Terminal],
) -> Mapping[tuple[int, int], str]:
    """The quiet hours of those of these terminals whose users have any."""
    found: dict[tuple[int, int], str] = {}
    for shard in shards:
        users = {place: one.user for place, one in terminals.items() if place[0] == shard and one.user}
        names = list(dict.fromkeys(users.values()))
        hours = await stores.people.quiet_hours_of(configured.app, shard, names)
        found |= {place: hours[user] for place, user in users.items() if user in hours}
    return found
