"""The streams of events as webhooks read them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.clock import Clock
from pushgate.domain.event_type import EventType, types_of
from pushgate.eventlog.entries import QUEUE_SHARD, Shard
from pushgate.eventlog.log import EventLog
from pushgate.events.arrivals import Arrivals
from pushgate.events.cursor import Cursor, Place
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Form, Wanted
from pushgate.webhooks.body import ENVELOPE
from pushgate.webhooks.delivery import MAX_BODY, MAX_TERMINALS
from pushgate.webhooks.replay import place_of_event, places_of_cursor, places_of_time
from pushgate.webhooks.streams import Choice, StreamPage

_KEPT_FOR = timedelta(days=7)
"""How long events are written for a webhook that no sender serves."""
_ALWAYS = frozenset({EventType.EVENTS_GAP, EventType.STORE_ROLLED_BACK})
"""Events that every receiver gets: that it missed something."""


class EventStreams:
    """The streams of all apps. All calls raise EngineUnavailable."""

    def __init__(self, log: EventLog, feed: EventFeed, arrivals: Arrivals, clock: Clock) -> None:
        self._log = log
        self._feed = feed
        self._arrivals = arrivals
        self._clock = clock

    async def begin(self, app: App, reader: str) -> Mapping[str, str]:
        """Have events written for a new reader. Returns its places by shard: snapshots of messages
        under way come first.
        """
        await self.keep(app, reader)
        return _texts((await self._feed.begin(app)).places)

    async def keep(self, app: App, reader: str) -> None:
        """Have events written for a reader for some more days."""
        await self._log.subscribe(app, reader, expires_at=self._clock.now() + _KEPT_FOR)

    async def leave(self, app: App, reader: str) -> None:
        """Have no more events written for a reader."""
        await self._log.unsubscribe(app, reader)

    async def find(self, app: App, text: str) -> Mapping[str, str]:
        """The places that an event's id or a cursor names, by shard. Raises InvalidRequest."""
        return _texts(place_of_event(app, text) or places_of_cursor(app, text))

    async def find_time(self, app: App, at: datetime) -> Mapping[str, str]:
        """The places before the events of this time, or as far back as events are kept."""
        return _texts(await places_of_time(self._log, app, at))

    async def read(
        self, app: App, shard: str, after: str, choice: Choice, until: str | None = None
    ) -> StreamPage:
        """The events after a place, as many as one request may tell; at most up to `until`."""
        page = await self._feed.read_shard(
            app,
            _shard(shard),
            Place.parse(after),
            _wanted(choice),
            limit=MAX_TERMINALS,
            max_bytes=MAX_BODY - ENVELOPE,
            until=Place.parse(until) if until else None,
            now=choice.now,
        )
        events = [event.json for event in page.events]
        return StreamPage(events, _digest(events), str(page.place), page.is_end)

    async def wait(self, app: App, places: Mapping[str, str], limit: timedelta) -> Collection[str]:
        """Wait until shards have entries after their places, at most as long as `limit`."""
        cursor = Cursor({_shard(name): Place.parse(place) for name, place in places.items()})
        return [str(shard) for shard in await self._arrivals.wait(app, cursor, limit.total_seconds())]


def _shard(text: str) -> Shard:
    return int(text) if text.isdecimal() else QUEUE_SHARD


def _digest(events: Sequence[bytes]) -> str:
    """A digest of the events as a body tells them: JSON has no line break between its values."""
    return hashlib.blake2b(b"\n".join(events), digest_size=8).hexdigest()


def _texts(places: Mapping[Shard, Place]) -> Mapping[str, str]:
    return {str(shard): str(place) for shard, place in places.items()}


def _wanted(choice: Choice) -> Wanted:
    form = Form.EXPANDED if choice.expand else Form.COMPACT
    return Wanted(types=types_of(choice.types) | _ALWAYS, form=form, sees_terminals=True)
