"""Small messages that wait for a time near, and are for some of the same terminals."""

from collections.abc import Sequence
from datetime import datetime

from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.targets import locate_targets
from pushgate.bundles.values import INLINE, Home
from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.audience import Audience
from pushgate.domain.clock import from_ms
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Status
from pushgate.domain.outcome import SlotRef
from pushgate.preflight.plan import OverlappingMessage, Overlaps
from pushgate.preflight.slots import Slots, count_common, slots_of
from pushgate.stores import Stores

MAX_SEGMENTS = 16
"""Segments that are read: together they have at most 4,096 messages."""
MAX_EVALUATED = 20
"""Messages whose audiences are evaluated, because they will be sent as large ones."""
MAX_LISTED = 20


async def find_small_overlaps(
    stores: Stores, app: App, slots: Slots, first_at: datetime, last_at: datetime
) -> Overlaps:
    """Find small messages that wait for these push times. Raises EngineUnavailable."""
    comparison = _Comparison(stores, app, slots)
    of_each = max(1, MAX_SEGMENTS // app.shards)
    for shard in range(app.shards):
        home = Home(app, shard)
        segments = await stores.segments.scheduled_between(home, first_at, last_at, of_each + 1)
        comparison.is_complete &= len(segments) <= of_each
        for segment in segments[:of_each]:
            await comparison.add(shard, segment)
    return comparison.overlaps


class _Comparison:
    """Compares the terminals of small messages with slots."""

    def __init__(self, stores: Stores, app: App, slots: Slots) -> None:
        self._stores = stores
        self._app = app
        self._slots = slots
        self._found: list[OverlappingMessage] = []
        self._compared = self._evaluated = 0
        self.is_complete = True

    @property
    def overlaps(self) -> Overlaps:
        """What was found so far."""
        is_complete = self.is_complete and len(self._found) <= MAX_LISTED
        return Overlaps(messages=self._found[:MAX_LISTED], compared=self._compared, is_complete=is_complete)

    async def add(self, shard: int, segment: WaitingSegment) -> None:
        """Compare the messages of a segment in the home of this shard."""
        bodies = segment.bodies
        if bodies is None:
            return
        self._compared += len(segment.waiting)
        indexes = [index for index in segment.waiting if not bodies.options(index).dry_run]
        targets = [bodies.target(index) for index in indexes]
        located = await locate_targets(self._stores.locations, self._app, targets)
        for index, target, slot_refs in zip(indexes, targets, located, strict=True):
            message_id = segment.message_id(shard, index)
            if slot_refs is None or target.is_broadcast:
                audience = bodies.message(index, message_id, self._app.name).audience
                count = await self._evaluate(message_id, audience)
            else:
                count = self._count(slot_refs)
            if count:
                self._found.append(
                    OverlappingMessage(
                        message_id=message_id,
                        status=Status.SCHEDULED,
                        push_at=from_ms(bodies.push_at_ms),
                        count=count,
                    )
                )

    async def _evaluate(self, message_id: str, audience: Audience) -> int:
        """The terminals in common with a message that will be sent as a large one."""
        if self._evaluated == MAX_EVALUATED:
            self.is_complete = False
            return 0
        self._evaluated += 1
        try:
            return count_common(self._slots, await slots_of(self._stores, self._app, audience, message_id))
        except NotFound:
            return 0  # the audience names a message that is forgotten

    def _count(self, slot_refs: Sequence[SlotRef]) -> int:
        count = 0
        for ref in slot_refs:
            if ref.shard != INLINE:
                number, offset = divmod(ref.slot, bitmaps.SLOTS_PER_RANGE)
                count += self._slots[ref.shard].get(number, 0) >> offset & 1
        return count
