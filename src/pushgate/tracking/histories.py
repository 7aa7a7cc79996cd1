"""The history of a terminal: the messages that it was sent, small and large, with their results."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from redis.asyncio import Redis

from pushgate.bundles.history import SmallHistory, SmallPush
from pushgate.bundles.layout import unpack_position
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.message_id import UNASSIGNED, family_of
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.ledger.slot_records import SlotRecords
from pushgate.messages.index import MessageIndex
from pushgate.messages.retention import Retention
from pushgate.messages.store import MessageStore
from pushgate.terminals.small_histories import MAX_ENTRIES, SmallHistories
from pushgate.tracking.explained import ExplainedPush
from pushgate.tracking.large_push import push_of
from pushgate.tracking.small_push import explain_slot

MAX_SCANNED = 200
"""Large messages that one page looks at."""
Place = tuple[int, str]
"""A message's place in a history: its push time in ms since the epoch, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """A message that was pushed to the terminal, and the result of the push.

    `push_at` and `dry_run` are None if the message's content was dropped; then `place` has the
    instant of the slot's state.
    """

    place: Place
    message_id: str
    push_at: datetime | None
    is_large: bool
    dry_run: bool | None
    push: ExplainedPush


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A part of a terminal's history, the latest message first; where the next one begins, None at
    the end; and whether small messages before the latest 50 may be missing.
    """

    entries: Sequence[HistoryEntry]
    following: Place | None
    has_older_small: bool


class Histories:
    """The histories of all terminals. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, clock: Clock, retention: Retention) -> None:
        self._small = SmallHistory(redis)
        self._noted = SmallHistories(redis)
        self._records = SlotRecords(redis)
        self._index = MessageIndex(redis, clock)
        self._messages = MessageStore(redis, retention)
        self._retention = retention.period
        self._clock = clock

    async def page(self, app: App, slots: Sequence[SlotRef], before: Place | None, limit: int) -> HistoryPage:
        """The messages before this place that were sent to the terminal with these present and
        former slots.

        The first slot is the one that the terminal has now. At most `limit` messages; a page may be
        shorter, or even empty, before the end, if few of the app's messages were for the terminal.
        """
        start = before or (to_ms(self._clock.now()) + 1, UNASSIGNED)
        (small, has_older), (large, scanned_to) = await asyncio.gather(
            self._small_entries(app, slots), self._large_entries(app, slots, start, limit + 1)
        )
        entries = [one for one in (*small, *large) if before is None or one.place < before]
        entries.sort(key=lambda one: one.place, reverse=True)
        shown = [one for one in entries if scanned_to is None or one.place >= scanned_to]
        shown = [_with_move(one, slots[0].group) for one in shown]
        following = shown[limit - 1].place if len(shown) > limit else scanned_to
        return HistoryPage(entries=shown[:limit], following=following, has_older_small=has_older)

    async def _small_entries(self, app: App, slots: Sequence[SlotRef]) -> tuple[list[HistoryEntry], bool]:
        """The small messages of the terminal, and whether there may have been more."""
        noted = await self._noted.entries(app, slots[0].shard, slots[0].slot)
        places = [(ref.shard, ref.slot) for ref in slots]
        pushes = await self._small.read(app, places, [unpack_position(entry) for entry in noted])
        now = self._clock.now()
        entries = [_of_small(push) for push in pushes if not self._is_forgotten(push, now)]
        return entries, len(noted) >= MAX_ENTRIES

    def _is_forgotten(self, push: SmallPush, now: datetime) -> bool:
        """Whether the message's retention is over. Its records may still exist because of others in
        its page.
        """
        expires_at = push.message.message.expires_at if push.message else from_ms(push.slot.expires_s * 1000)
        return now >= expires_at + self._retention

    async def _large_entries(
        self, app: App, slots: Sequence[SlotRef], before: Place, limit: int
    ) -> tuple[list[HistoryEntry], Place | None]:
        """The large messages of the terminal, and the last place that was looked at; None where
        all were.
        """
        places = await self._index.pushed(app.name, before, MAX_SCANNED)
        if not places:
            return [], None
        shard, numbers = slots[0].shard, [ref.slot for ref in slots]
        records, looked_at = await self._records.read_history(
            app, shard, numbers, [message_id for _, message_id in places], limit
        )
        envelopes = await self._messages.envelopes(app.name, list(records))
        entries = [
            HistoryEntry(
                place=place,
                message_id=family_of(place[1]),
                push_at=envelope.push_at,
                is_large=True,
                dry_run=envelope.dry_run,
                push=push_of(records[place[1]], envelope),
            )
            for place in places
            if (envelope := envelopes.get(place[1]))
        ]
        is_all = looked_at == len(places) < MAX_SCANNED
        return entries, None if is_all else places[looked_at - 1]


def _with_move(entry: HistoryEntry, group: Group) -> HistoryEntry:
    """The entry, with the group in which the terminal is now where that is another."""
    if entry.push.group == group:
        return entry
    return replace(entry, push=replace(entry.push, moved_to=group))


def _of_small(push: SmallPush) -> HistoryEntry:
    message = push.message.message if push.message else None
    dry_run = message.options.dry_run if message else None
    at_ms = to_ms(message.push_at) if message else push.slot.since_s * 1000
    return HistoryEntry(
        place=(at_ms, push.message_id),
        message_id=push.message_id,
        push_at=message.push_at if message else None,
        is_large=False,
        dry_run=dry_run,
        push=explain_slot(push.slot, dry_run=dry_run),
    )
