"""Finds terminals on which the vendor would not show a message: the vendor takes the push, but
shows no more marketing on the device that day. A message takes places of the limit, and gives them
back, as with a frequency cap.
"""

from collections.abc import Mapping
from datetime import date, datetime

from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.domain.bitmaps import intersection, union
from pushgate.domain.message import Envelope, Options
from pushgate.domain.push_class import SHANGHAI, PushClass
from pushgate.grouping.selection import Selection, registered_slots
from pushgate.ledger.frequency_caps import Cap
from pushgate.ledger.values import MessageShard
from pushgate.stores import Stores


def has_device_limits(configured: ConfiguredApp) -> bool:
    """Whether a vendor of the app limits how many pushes a device shows."""
    return any(vendor.marketing_per_device for vendor in configured.vendors.values())


async def limits_of(stores: Stores, message: Envelope, configured: ConfiguredApp) -> dict[str, Cap]:
    """The limits that apply to a large message, by vendor. Raises EngineUnavailable."""
    if not message.category or message.dry_run or not has_device_limits(configured):
        return {}
    options = await stores.messages.options(message.app, message.id)
    if options is None:
        return {}
    return {name: cap for name, vendor in configured.vendors.items() if (cap := _limit(vendor, options))}


async def over_limits(
    stores: Stores,
    message_shard: MessageShard,
    limits: Mapping[str, Cap],
    selection: Selection,
    wanted: Mapping[int, int],
    now: datetime,
) -> dict[int, int]:
    """Return the wanted slots, as bits by range, that are over their vendor's limit today. The
    others take a place. Raises EngineUnavailable.
    """
    over = dict[int, int]()
    for vendor, cap in limits.items():
        asked = intersection(registered_slots(of_vendor(selection, vendor)), wanted)
        over = union(over, await stores.frequency_caps.admit(message_shard, cap, vendor_day(now), asked))
    return over


def small_limit(
    configured: ConfiguredApp, vendor: str, options: Options, now: datetime
) -> tuple[Cap, date] | None:
    """The limit of a push of a small message, and the day on which it is counted; None where there
    is none.
    """
    found = configured.vendors.get(vendor)
    cap = _limit(found, options) if found else None
    return (cap, vendor_day(now)) if cap else None


def _limit(vendor: ConfiguredVendor, options: Options) -> Cap | None:
    """The vendor's limit for pushes with these options, None where there is none."""
    name, limit = vendor.vendor.name, vendor.device_limit_of(options)
    return Cap(f"{name}.{PushClass.MARKETING}", limit, name) if limit else None


def of_vendor(selection: Selection, vendor: str) -> Selection:
    """The selected slots of one vendor."""
    return {group: bits for group, bits in selection.items() if group.vendor == vendor}


def vendor_day(now: datetime) -> date:
    """The vendors' day, by which they count."""
    return now.astimezone(SHANGHAI).date()
