"""The events of one shard of an app, read from its stream after a place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.event_type import EventType
from pushgate.eventlog.entries import Entry, Gap, Shard, SmallMoves, SmallReceipts
from pushgate.events.cursor import Place
from pushgate.events.drafts import Sends, type_of
from pushgate.events.event import Event, make_event
from pushgate.events.message_facts import NO_FACTS
from pushgate.events.message_reader import MessageReader
from pushgate.events.names import TerminalNames
from pushgate.events.shard_rows import Row, ShardRows, cut_to_bytes
from pushgate.events.snapshots import Snapshots
from pushgate.events.wanted import Form, Wanted
from pushgate.stores import Stores

MAX_BYTES = 1_000_000
"""Bytes of the events of a page, at most; the first event may have more."""
_ENTRIES_PER_READ, _READS = 64, 16
"""How many entries a page reads at once, and how often at most."""


@dataclass(frozen=True, slots=True)
class ShardPage:
    """Events of one shard, the place to read on from, and whether that is the end of the stream."""

    events: Sequence[Event]
    place: Place
    is_end: bool


class ShardReader:
    """Reads the streams of all apps. All calls raise EngineUnavailable."""

    def __init__(self, stores: Stores, redis: Redis, clock: Clock) -> None:
        self._log = stores.event_log
        self._sends = stores.bundle_sends
        self._clock = clock
        self._names = TerminalNames(stores)
        self._messages = MessageReader(stores)
        self._snapshots = Snapshots(stores, redis)

    async def read(
        self,
        app: App,
        shard: Shard,
        after: Place,
        wanted: Wanted,
        *,
        limit: int,
        max_bytes: int,
        until: Place | None = None,
        now: datetime | None = None,
    ) -> ShardPage:
        """Events after a place, with at most `limit` terminals and `max_bytes` together; the first
        event always fits. No events after `until`.

        The same place and `until` give the same events, as long as these are kept. A gap has the
        time `now`; None is the clock's.
        """
        taken = ShardRows(app=app, shard=shard, wanted=wanted, room=limit, place=after, until=until)
        is_end = False
        for _ in range(_READS):
            batch = await self._log.read(app, shard, taken.place.entry, _ENTRIES_PER_READ)
            if batch.gap is not None:
                await self._add_gap(taken, batch.gap, now or self._clock.now())
                continue
            taken.add_entries(batch.entries, await self._read_sends(app, shard, batch.entries, wanted))
            is_end = not taken.is_full and len(batch.entries) < _ENTRIES_PER_READ
            if is_end or taken.is_full:
                break
        events = await self._make(app, taken.rows, wanted)
        fitting = cut_to_bytes(taken.rows, events, max_bytes)
        if fitting < len(events):
            return ShardPage(events[:fitting], taken.rows[fitting - 1].after, is_end=False)
        return ShardPage(events, taken.place, is_end)

    async def _add_gap(self, taken: ShardRows, gap: Gap, at: datetime) -> None:
        """Add an event about a gap. Snapshots of messages follow the events that are there
        already.
        """
        if EventType.MESSAGE_SNAPSHOT in taken.wanted.types:
            gap = replace(gap, resume=await self._snapshots.write_after_gap(taken.app, taken.shard, gap))
        taken.add_gap(gap, at)

    async def _read_sends(self, app: App, shard: Shard, entries: Sequence[Entry], wanted: Wanted) -> Sends:
        bundles = {
            part.bundle
            for entry in entries
            for part in entry.parts
            if isinstance(part, SmallMoves | SmallReceipts) and type_of(part) in wanted.types
        }
        if not bundles or not isinstance(shard, int):
            return {}
        return await self._sends.read(app, shard, bundles)

    async def _make(self, app: App, rows: Sequence[Row], wanted: Wanted) -> list[Event]:
        drafts = [row.draft for row in rows]
        is_compact = wanted.form is Form.COMPACT
        names = await self._names.of(app, drafts, users=not is_compact) if wanted.sees_terminals else None
        if is_compact:
            return [make_event(row.origin, row.draft, names, None) for row in rows]
        repeating = {draft.message_id for draft in drafts if draft.repeats_message}
        facts = await self._messages.facts(app, repeating)
        return [
            make_event(
                row.origin,
                row.draft,
                names,
                facts.get(row.draft.message_id, NO_FACTS) if row.draft.repeats_message else None,
            )
            for row in rows
        ]
