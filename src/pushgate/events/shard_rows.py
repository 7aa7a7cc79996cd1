"""Entries of one shard -> the events that a page has room for, before terminals are named. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.event_type import EventType
from pushgate.eventlog.entries import Entry, Gap, Shard
from pushgate.events.cursor import Place
from pushgate.events.drafts import Draft, Sends, drafts_of, type_of
from pushgate.events.event import Event, Origin
from pushgate.events.wanted import Wanted

_ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Row:
    """An event to be, where it comes from, and the place after it."""

    origin: Origin
    draft: Draft
    after: Place


@dataclass(slots=True, kw_only=True)
class ShardRows:
    """The events that a page takes from one shard: of at most `room` terminals, but the first event
    always fits; none after `until`.
    """

    app: App
    shard: Shard
    wanted: Wanted
    room: int
    place: Place
    until: Place | None
    rows: list[Row] = field(default_factory=list)
    is_full: bool = False

    def add_entries(self, entries: Sequence[Entry], sends: Sends) -> None:
        """Take events of the entries that follow the place, until the page is full."""
        for entry in entries:
            self._add_entry(entry, sends)
            if self.is_full:
                return
            self.place = Place(entry.id)

    def add_gap(self, gap: Gap, at: datetime) -> None:
        """Tell of missing entries, and go on after them."""
        origin = Origin(self.app, self.shard, str(gap.resume), at)
        fields = {"from": str(gap.after), "to": str(gap.resume), "reason": gap.reason}
        told = {EventType.EVENTS_GAP: f"gap.{gap.after}"}
        if gap.reason == _ROLLED_BACK:
            told[EventType.STORE_ROLLED_BACK] = f"{_ROLLED_BACK}.{gap.after}"
        is_start, self.place = self.place.is_start, Place(gap.resume)
        for event_type, suffix in told.items():
            if event_type in self.wanted.types and not is_start:
                draft = Draft(type=event_type, suffix=suffix, fields=fields)
                self.rows.append(Row(origin, draft, self.place))

    def _add_entry(self, entry: Entry, sends: Sends) -> None:
        origin = Origin(self.app, self.shard, str(entry.id), entry.at)
        for number in range(self.place.part, len(entry.parts)):
            part = entry.parts[number]
            if type_of(part) in self.wanted.types:
                first = self.place.event
                drafts = drafts_of(part, number, self.shard, sends, self.wanted.form, first)
                for index, draft in enumerate(drafts, first):
                    if not self._add(origin, draft, number, index):
                        return
            self.place = Place(self.place.entry, number + 1)

    def _add(self, origin: Origin, draft: Draft, number: int, index: int) -> bool:
        """Take an event; returns whether there was room for it."""
        self.is_full = (bool(self.rows) and draft.weight > self.room) or (
            self.until is not None and self.place >= self.until
        )
        if not self.is_full:
            self.place = Place(self.place.entry, number, index + 1)
            self.room -= draft.weight
            self.rows.append(Row(origin, draft, self.place))
        return not self.is_full


def cut_to_bytes(rows: Sequence[Row], events: Sequence[Event], max_bytes: int) -> int:
    """How many of the events have at most so many bytes together; at least one, if there is any."""
    size = 0
    for number, (_, event) in enumerate(zip(rows, events, strict=True)):
        size += len(event.json)
        if size > max_bytes and number:
            return number
    return len(events)
