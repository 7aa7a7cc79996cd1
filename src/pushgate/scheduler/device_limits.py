"""Terminals to which their vendor would not show a message: it takes the push, and shows no more
marketing on the device that day. Places are taken as those of frequency caps, and given back so.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.message import Envelope, Options
from pushgate.domain.outcome import SlotRef
from pushgate.domain.push_class import PushClass, vendor_day
from pushgate.grouping.selection import Selection, registered_slots
from pushgate.ledger.frequency_caps import Cap, SmallPush
from pushgate.ledger.values import MessageShard
from pushgate.stores import Stores

_Key = tuple[int, int, int, int]
"""A push of a small message, as `LeftOutPushes` has it."""
LimitedPush = tuple[_Key, str, SlotRef, Options]
"""A push of a small message, and the message's id and options."""


def has_device_limits(configured: ConfiguredApp) -> bool:
    """Whether a vendor of the app shows a limited number of pushes on a device."""
    return any(vendor.marketing_per_device for vendor in configured.vendors.values())


async def limits_of(stores: Stores, message: Envelope, configured: ConfiguredApp) -> dict[str, Cap]:
    """The limits that apply to a large message, by vendor. Raises EngineUnavailable."""
    if not message.category or message.dry_run or not has_device_limits(configured):
        return {}
    options = await stores.messages.options(message.app, message.id)
    return _limits(configured, options) if options else {}


async def over_limits(
    stores: Stores,
    message_shard: MessageShard,
    limits: Mapping[str, Cap],
    selection: Selection,
    wanted: Mapping[int, int],
    now: datetime,
) -> dict[int, int]:
    """Those of the wanted slots, as bits by range, that are over their vendor's limit today; the
    others take a place. Raises EngineUnavailable.
    """
    over = dict[int, int]()
    for vendor, cap in limits.items():
        own = registered_slots({group: bits for group, bits in selection.items() if group.vendor == vendor})
        asked = {number: bits & wanted.get(number, 0) for number, bits in own.items()}
        found = await stores.frequency_caps.admit(message_shard, cap, _day(now), asked)
        for number, bits in found.items():
            over[number] = over.get(number, 0) | bits
    return over


async def small_over_limits(
    stores: Stores,
    configured: ConfiguredApp,
    pushes: Sequence[LimitedPush],
    now: datetime,
) -> list[_Key]:
    """Those of these pushes of small messages, each with its message's id and options, that are
    over their vendor's limit today. Raises EngineUnavailable.
    """
    asked: dict[SmallPush, _Key] = {}
    for key, message_id, slot, options in pushes:
        if cap := _limits(configured, options, slot.group.vendor).get(slot.group.vendor):
            asked[SmallPush(message_id, slot.shard, slot.slot, cap, _day(now))] = key
    over = await stores.frequency_caps.admit_small(configured.app, list(asked))
    return [asked[push] for push in over]


def _limits(configured: ConfiguredApp, options: Options, *only: str) -> dict[str, Cap]:
    return {
        name: Cap(f"{name}.{PushClass.MARKETING}", limit, name)
        for name, vendor in configured.vendors.items()
        if (not only or name in only) and (limit := vendor.device_limit_of(options))
    }


def _day(now: datetime) -> date:
    return date.fromisoformat(vendor_day(now))
