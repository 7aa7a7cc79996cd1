"""A reader of events as the public sees them: it adds up what it is told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from pushgate.domain.app import App
from pushgate.domain.event_type import EventType
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.events.cursor import Cursor
from pushgate.events.event import Event
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Form, Wanted

STATES = frozenset(state.value for state in State)
RECEIPTS = frozenset(receipt.value for receipt in ReceiptKind)
ALL = frozenset(EventType)


class AddedUp:
    """The sums of messages by shard, from events as JSON, each event once."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Counter[str]] = {}
        self._known: set[str] = set()

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add events; those that were told before change nothing."""
        for event in events:
            if event["id"] not in self._known:
                self._known.add(event["id"])
                self._add(event)

    def _add(self, event: Mapping[str, Any]) -> None:
        if "message" not in event:
            return
        name = "unproven" if "unproven" in event else event["type"].partition(".")[2]
        sums = self._sums.setdefault((event["message"], event["shard"]), Counter())
        count = event.get("count", 1)
        if event["type"] == "message.snapshot":
            sums.clear()
            sums.update(event["states"] | event["receipts"])
        elif name in RECEIPTS:
            sums[name] += count
        elif "to" in event:
            if event["from"]:
                sums[event["from"]] -= count
            sums[event["to"]] += count

    def of_message(self, message_id: str) -> dict[str, int]:
        """The sums of a message, without zeros."""
        return self.all().get(message_id, {})

    def all(self) -> dict[str, dict[str, int]]:
        """The sums of all messages, without zeros."""
        found: dict[str, Counter[str]] = {}
        for (message_id, _), sums in self._sums.items():
            found.setdefault(message_id, Counter()).update(sums)
        return {
            message_id: {name: count for name, count in sums.items() if count}
            for message_id, sums in found.items()
        }


class FeedReader:
    """Reads the feed of an app from now on."""

    def __init__(self, feed: EventFeed, app: App, form: Form = Form.COMPACT) -> None:
        self.feed = feed
        self.app = app
        self.wanted = Wanted(ALL, form)
        self.cursor = Cursor.start(app)
        self.sums = AddedUp()

    async def begin(self) -> None:
        """Read from now on."""
        self.cursor = await self.feed.begin(self.app)

    async def read(self, limit: int = 1000) -> list[dict[str, Any]]:
        """All events that are there, in pages of about so many terminals."""
        found: list[dict[str, Any]] = []
        is_end = False
        while not is_end:
            events, is_end = await self.page(limit)
            found += events
        return found

    async def page(self, limit: int) -> tuple[list[dict[str, Any]], bool]:
        """The next events, and whether these were all."""
        page = await self.feed.read(self.app, self.cursor, self.wanted, limit)
        self.cursor = Cursor.parse(page.cursor.text(self.app), self.app)
        events = list(map(as_json, page.events))
        self.sums.add(events)
        return events, page.is_end


def as_json(event: Event) -> dict[str, Any]:
    """An event as it is told."""
    told: dict[str, Any] = orjson.loads(event.json)
    assert (told["id"], told["type"]) == (event.id, event.type)
    return told


def of_type(events: Iterable[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    """The events of these types."""
    return [event for event in events if event["type"] in types]
