"""Terminals that get nothing of small messages: who opted out of their category, then who had
enough of it that day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.bodies import Target
from pushgate.domain.clock import to_ms
from pushgate.domain.outcome import SlotRef
from pushgate.domain.zones import local_day
from pushgate.ledger.frequency_caps import Cap, SmallPush
from pushgate.ledger.values import capped, opted_out
from pushgate.scheduler.bundle_sends import LeftOutPushes
from pushgate.stores import Stores


@dataclass(frozen=True, slots=True)
class Located:
    """A small message that is to be placed: its segment, by the number in the round, its index in
    the segment, its id, whom it is for, and where these are.
    """

    segment: int
    index: int
    message_id: str
    target: Target
    slots: Sequence[SlotRef]


async def find_left_out(
    stores: Stores, configured: ConfiguredApp, messages: Sequence[Located], now: datetime
) -> LeftOutPushes:
    """The pushes that are left out, each with its reason by vendor. Push tokens that a message
    brought are not. Raises EngineUnavailable.
    """
    pushes = [
        (message, slot)
        for message in messages
        if message.target.category
        for slot in message.slots
        if not slot.group.inline
    ]
    if not pushes:
        return {}
    held = await stores.opt_outs.of_slots(
        configured.app, [(slot.shard, slot.slot, message.target.category) for message, slot in pushes]
    )
    found: LeftOutPushes = {}
    counted = list[tuple[Located, SlotRef]]()
    for message, slot in pushes:
        if (slot.shard, slot.slot, message.target.category) in held:
            found[message.segment, message.index, slot.shard, slot.slot] = opted_out
        elif message.target.category in configured.settings.caps and _is_counted(message.target, now):
            counted.append((message, slot))
    if counted:
        await _add_capped(stores, configured, counted, now, found)
    return found


def _is_counted(target: Target, now: datetime) -> bool:
    return not target.dry_run and target.expires_ms > to_ms(now)


async def _add_capped(
    stores: Stores,
    configured: ConfiguredApp,
    pushes: Sequence[tuple[Located, SlotRef]],
    now: datetime,
    found: LeftOutPushes,
) -> None:
    """Add the pushes that are over the cap of their category."""
    zones = await _zones(stores, configured, [slot for _, slot in pushes])
    caps, default = configured.settings.caps, configured.timezone
    asked: dict[SmallPush, tuple[int, int, int, int]] = {}
    for message, slot in pushes:
        category = message.target.category
        push = SmallPush(
            message_id=message.message_id,
            shard=slot.shard,
            slot=slot.slot,
            cap=Cap(category, caps[category].per_day),
            day=local_day(now, zones.get((slot.shard, slot.slot)), default),
        )
        asked[push] = message.segment, message.index, slot.shard, slot.slot
    for push in await stores.frequency_caps.admit_small(configured.app, list(asked)):
        found[asked[push]] = capped


async def _zones(
    stores: Stores, configured: ConfiguredApp, slots: Sequence[SlotRef]
) -> Mapping[tuple[int, int], str | None]:
    """The time zones of the terminals of slots, by shard and slot."""
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
