"""Other messages near in time that are for some of the same terminals: large ones, whatever became
of them, and small ones that wait.
"""

from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, Everyone
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Status
from pushgate.domain.message_id import UNASSIGNED, family_of
from pushgate.preflight.plan import OverlappingMessage, Overlaps
from pushgate.preflight.slots import Slots, count_common, merge_slots, message_slots, slots_of
from pushgate.preflight.small_overlaps import find_small_overlaps
from pushgate.stores import Stores
from pushgate.tracking.messages import TrackedMessage
from pushgate.tracking.terminal_filters import TerminalFilter

WINDOW = timedelta(minutes=30)
MAX_COMPARED = 20
"""Large messages whose audiences are evaluated: those that are nearest in time."""
_MAX_LISTED = 200


async def find_overlaps(stores: Stores, app: App, slots: Slots, push_at: datetime) -> Overlaps:
    """Find messages with push times near `push_at`, the nearest first. Cancelled messages and dry
    runs do not count. Raises EngineUnavailable.
    """
    large = await _find_large(stores, app, slots, push_at)
    small = await find_small_overlaps(stores, app, slots, push_at - WINDOW, push_at + WINDOW)
    messages = [*large.messages, *small.messages]
    messages.sort(key=lambda one: abs(one.push_at - push_at))
    return Overlaps(
        messages=messages,
        compared=large.compared + small.compared,
        is_complete=large.is_complete and small.is_complete,
    )


async def _find_large(stores: Stores, app: App, slots: Slots, push_at: datetime) -> Overlaps:
    at, span = to_ms(push_at), WINDOW // timedelta(milliseconds=1)
    after_last = (at + span + 1, UNASSIGNED)
    places = await stores.message_index.pushed(app.name, after_last, _MAX_LISTED)
    near = sorted((place for place in places if place[0] >= at - span), key=lambda one: abs(one[0] - at))
    found: list[OverlappingMessage] = []
    for _, message_id in near[:MAX_COMPARED]:
        overlap = await _compare(stores, app, slots, message_id)
        if overlap is not None:
            found.append(overlap)
    return Overlaps(
        messages=found, compared=min(len(near), MAX_COMPARED), is_complete=len(near) <= MAX_COMPARED
    )


async def _compare(stores: Stores, app: App, slots: Slots, message_id: str) -> OverlappingMessage | None:
    """The message with the number of terminals that it has in common; None where there are none."""
    try:
        tracked = await stores.tracked.messages.find_large(app, message_id)
        envelope = tracked.envelope
        if envelope is None or envelope.dry_run or tracked.status is Status.CANCELLED:
            return None
        count = count_common(slots, await _slots(stores, app, tracked))
    except NotFound:
        return None  # forgotten meanwhile, or its audience names a message that is
    if not count:
        return None
    return OverlappingMessage(
        message_id=family_of(message_id), status=tracked.status, push_at=envelope.push_at, count=count
    )


async def _slots(stores: Stores, app: App, tracked: TrackedMessage) -> Slots:
    """Whom the message is for: as it was planned, or as it would be now."""
    nobody: Slots = [{} for _ in range(app.shards)]
    summary = tracked.envelope.audience if tracked.envelope else None
    if summary is None or summary.kind is AudienceKind.TOKENS:
        return nobody
    if tracked.status not in (Status.SCHEDULED, Status.DISPATCHING):
        return await message_slots(stores, app, tracked.id, TerminalFilter.TARGETED)
    if summary.kind in (AudienceKind.PART, AudienceKind.STEP):
        return nobody  # it is planned in a moment
    if summary.kind is AudienceKind.ALL:
        return await slots_of(stores, app, Everyone(), tracked.id)
    found = nobody
    async for piece in stores.audiences.read(tracked.id, summary):
        found = merge_slots(found, await slots_of(stores, app, piece, tracked.id))
    return found
