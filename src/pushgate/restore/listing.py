"""Lists what waits in a store that went back, message by message."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from pushgate.bundles.held import HeldBundle
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import Home
from pushgate.dispatch.job import UnreadableJob, decode
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.domain.message import Delivery, Status
from pushgate.stores import Stores

SlotPlace = tuple[Home, int, int]
"""A slot of a bundle: home, number of the bundle, number of the slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A message that waits.

    `status` is `scheduled` where nothing of it was sent as far as the store knows. `pending` counts
    terminals that are not settled, 0 where the message is scheduled; `retried` those that were
    tried before. `push_at` is None where the content was dropped. `segment` is where a scheduled
    small message waits, and `becomes_large` says whether it is stored as a large one once it goes
    on; `slots` are those of a small message that was being sent.
    """

    app: App
    id: str
    status: Status
    push_at: datetime | None
    expires_at: datetime
    pending: int = 0
    retried: int = 0
    at_most_once: bool = False
    segment: WaitingSegment | None = None
    becomes_large: bool = False
    slots: list[SlotPlace] = field(default_factory=list)

    @property
    def is_large(self) -> bool:
        """Whether the message is stored as a large one."""
        return self.segment is None and not self.slots


async def held_messages(stores: Stores, app: App) -> AsyncIterator[HeldMessage]:
    """The messages of an app that wait: large ones, then small ones shard by shard.

    Raises EngineUnavailable.
    """
    async for some in held_portions(stores, app):
        for message in some:
            yield message


async def held_portions(stores: Stores, app: App) -> AsyncIterator[list[HeldMessage]]:
    """The same in portions: all large messages, then the small ones of each shard."""
    yield [message async for message in _large(stores, app)]
    for shard in range(app.shards):
        home = Home(app, shard)
        segments = await stores.held_small.segments(home)
        scheduled = [message for segment in segments for message in _scheduled(home, segment)]
        yield [*scheduled, *await _placed(stores, home)]


async def _large(stores: Stores, app: App) -> AsyncIterator[HeldMessage]:
    async for message_id in stores.held_messages.ids(app.name):
        stored = await stores.held_messages.find(app.name, message_id)
        if stored is None or stored.status is Status.CANCELLED:
            continue
        is_scheduled = stored.status is Status.SCHEDULED
        yield HeldMessage(
            app=app,
            id=message_id,
            status=Status.SCHEDULED if is_scheduled else Status.SENDING,
            push_at=stored.envelope.push_at,
            expires_at=stored.envelope.expires_at,
            pending=0 if is_scheduled else await stores.results.open_count(app, message_id),
            at_most_once=stored.envelope.delivery is Delivery.AT_MOST_ONCE,
        )


def _scheduled(home: Home, segment: WaitingSegment) -> list[HeldMessage]:
    """The messages that wait in a segment."""
    bodies = segment.bodies
    if bodies is None:
        return []
    return [
        HeldMessage(
            app=home.app,
            id=segment.message_id(home.shard, index),
            status=Status.SCHEDULED,
            push_at=from_ms(bodies.push_at_ms),
            expires_at=from_ms(bodies.target(index).expires_ms),
            at_most_once=bodies.options(index).delivery is Delivery.AT_MOST_ONCE,
            segment=segment,
            becomes_large=index in segment.becoming_large,
        )
        for index in (*segment.waiting, *segment.becoming_large)
    ]


async def _placed(stores: Stores, home: Home) -> list[HeldMessage]:
    """The messages of a home that have pending slots in bundles."""
    found: dict[str, HeldMessage] = {}
    for bundle in await stores.held_small.bundles(home):
        segments = await stores.held_small.segments_at(home, bundle.places)
        for message, tried in _of_bundle(home, bundle, [segments.get(place) for place in bundle.places]):
            before = found.get(message.id)
            found[message.id] = HeldMessage(
                app=home.app,
                id=message.id,
                status=Status.SENDING,
                push_at=message.push_at,
                expires_at=max(message.expires_at, before.expires_at) if before else message.expires_at,
                pending=(before.pending if before else 0) + 1,
                retried=(before.retried if before else 0) + tried,
                at_most_once=message.at_most_once,
                slots=[*(before.slots if before else ()), *message.slots],
            )
    return list(found.values())


def _of_bundle(
    home: Home, bundle: HeldBundle, segments: list[WaitingSegment | None]
) -> list[tuple[HeldMessage, bool]]:
    """A row for each slot that waits, and whether the slot was tried before."""
    rows: list[tuple[HeldMessage, bool]] = []
    for slot in bundle.slots:
        segment = segments[slot.segment]
        if segment is None:
            continue
        bodies = segment.bodies
        message = HeldMessage(
            app=home.app,
            id=segment.message_id(home.shard, slot.index),
            status=Status.SENDING,
            push_at=from_ms(bodies.push_at_ms) if bodies else None,
            expires_at=from_ms(slot.expires_s * 1000),
            # Where the content was dropped, nobody knows.
            at_most_once=bodies is None or bodies.options(slot.index).delivery is Delivery.AT_MOST_ONCE,
            slots=[(home, bundle.number, slot.number)],
        )
        rows.append((message, slot.attempts > 0))
    return rows


async def waiting_retries(stores: Stores) -> dict[str, int]:
    """How many jobs of large messages wait for their next attempt, by app."""
    counts: dict[str, int] = {}
    async for jobs in stores.retries.all():
        for raw in jobs:
            try:
                app = decode(raw).app
            except UnreadableJob:
                continue
            counts[app] = counts.get(app, 0) + 1
    return counts
