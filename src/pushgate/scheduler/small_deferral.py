"""Judges pushes of small messages again that were held because of quiet hours, once these have
ended. `deferral` does the same for large messages.

Each step may be repeated after a crash, harmlessly.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.bundle_values import BundleSlot
from pushgate.bundles.deferred_sends import DeferredBundle, Release, Verdict
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import Home
from pushgate.domain.outcome import SlotRef
from pushgate.ledger.values import Failure, not_configured
from pushgate.runtime import logs
from pushgate.scheduler.bundle_sends import JudgedPushes
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.device_limits import has_device_limits
from pushgate.scheduler.left_out_small import Located, judge_pushes
from pushgate.stores import Stores

_Outcome = tuple[Verdict, Failure | None, datetime | None]
"""A verdict, why a push is cancelled or expires without an attempt, and until when it is held."""
_log = logs.get("scheduler")


@dataclass(frozen=True, slots=True)
class _Push:
    """A held push: its bundle and slot, and its message with the terminal's present place. The
    message is None if its content was dropped.
    """

    bundle: int
    slot: BundleSlot
    message: Located | None


async def release_small(context: SchedulerContext, home: Home, bundles: Sequence[int]) -> set[int]:
    """Decide about the held pushes of these bundles whose quiet hours have ended; return the
    bundles that have pushes to send now. Raises EngineUnavailable.
    """
    stores = context.stores
    found = await stores.deferred_sends.read(home, bundles)
    if not found:
        return set()
    configured = await context.catalog.ensure(home.app.name)
    pushes = await _pushes(stores, configured, home, found)
    messages = [push.message for push in pushes if push.message]
    judged = await judge_pushes(stores, configured, messages, context.clock.now())
    releases = _releases(pushes, judged, configured)
    due = await asyncio.gather(
        *(stores.deferred_sends.release(home, bundle, releases[bundle.number]) for bundle in found)
    )
    _log.info("held pushes released", action="released", app=home.app.name, shard=home.shard, pushes=sum(due))
    return {bundle.number for bundle, count in zip(found, due, strict=True) if count}


async def _pushes(
    stores: Stores, configured: ConfiguredApp, home: Home, bundles: Sequence[DeferredBundle]
) -> list[_Push]:
    """The held pushes of these bundles, with their messages. Segments are numbered by place."""
    places = list(dict.fromkeys(place for bundle in bundles for place in bundle.places))
    numbers = {place: number for number, place in enumerate(places)}
    segments = await stores.deferred_sends.segments(home, places)
    slots = [slot for bundle in bundles for slot in bundle.slots]
    now_at = await _moved(stores, home, slots)
    is_limited = has_device_limits(configured)
    pushes: list[_Push] = []
    for bundle in bundles:
        for slot in bundle.slots:
            send, place = slot.send, bundle.places[slot.send.segment]
            ref = SlotRef(send.shard, slot.group, now_at.get((send.shard, send.slot), send.slot))
            message = _message(home, segments.get(place), send.index, ref, is_limited=is_limited)
            pushes.append(_Push(bundle.number, slot, message and replace(message, segment=numbers[place])))
    return pushes


def _message(
    home: Home, segment: WaitingSegment | None, index: int, slot: SlotRef, *, is_limited: bool
) -> Located | None:
    if segment is None or segment.bodies is None or not segment.bodies.has_content(index):
        return None
    target = segment.bodies.target(index)
    options = segment.bodies.options(index) if is_limited and target.category else None
    return Located(0, index, segment.message_id(home.shard, index), target, (slot,), options)


async def _moved(stores: Stores, home: Home, slots: Sequence[BundleSlot]) -> dict[tuple[int, int], int]:
    """The present slots of terminals that moved since, by shard and former slot."""
    by_shard: dict[int, set[int]] = {}
    for slot in slots:
        by_shard.setdefault(slot.send.shard, set()).add(slot.send.slot)
    return {
        (shard, slot): now
        for shard, numbers in by_shard.items()
        for slot, now in (await stores.terms.follow(home.app, shard, sorted(numbers))).items()
    }


def _releases(
    pushes: Sequence[_Push], judged: JudgedPushes, configured: ConfiguredApp
) -> dict[int, list[Release]]:
    """The decisions about the pushes, by bundle."""
    slots: dict[tuple[int, _Outcome], list[int]] = {}
    for push in pushes:
        slots.setdefault((push.bundle, _outcome(push, judged, configured)), []).append(push.slot.number)
    found: dict[int, list[Release]] = {}
    for (bundle, (verdict, failure, until)), numbers in slots.items():
        found.setdefault(bundle, []).append(Release(verdict, numbers, failure, until))
    return found


def _outcome(push: _Push, judged: JudgedPushes, configured: ConfiguredApp) -> _Outcome:
    """The decision about one push. A push whose message has no content is sent on, and a worker
    rejects it.
    """
    vendor = push.slot.group.vendor
    if message := push.message:
        (slot,) = message.slots
        key = message.segment, message.index, slot.shard, slot.slot
        if reason := judged.left_out.get(key):
            return Verdict.CANCEL, reason(vendor), None
        if until := judged.held.get(key):
            return Verdict.HOLD, None, until
    return Verdict.SEND, None if vendor in configured.vendors else not_configured(vendor), None
