"""A receiver's own books: events added up by message, each event once."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
from standardwebhooks import Webhook
from tests.support.webhooks.receiver import Received

_RECEIPTS = ("delivered", "clicked", "muted", "gone", "recalled")


class Books:
    """Adds up what webhook requests tell. Requests may come again, and from several threads."""

    def __init__(self, secret: str) -> None:
        self._verifier = Webhook(secret)
        self._lock = threading.Lock()
        self._seen: dict[str, bytes] = {}
        self._sums: dict[tuple[str, str], Counter[str]] = {}
        self._deliveries: dict[str, bytes] = {}
        self.repeated = self.gaps = self.snapshots = 0
        self.faults: list[str] = []

    @property
    def events(self) -> int:
        """How many different events came."""
        return len(self._seen)

    def add(self, request: Received) -> None:
        """Take one request. Its signature must hold; a delivery must stay the same."""
        with self._lock:
            told = self._verifier.verify(request.body, dict(request.headers))
            known = self._deliveries.setdefault(request.headers["webhook-id"], request.body)
            if known != request.body:
                self.faults.append(f"a repeat of {request.headers['webhook-id']} tells something else")
            for event in told["data"]["events"]:
                self._add_once(event)

    def of(self, message_id: str) -> Mapping[str, int]:
        """The sums of a message over all shards; what is zero is left out."""
        with self._lock:
            total: Counter[str] = Counter()
            for (message, _), counts in self._sums.items():
                if message == message_id:
                    total.update(counts)
            return {name: count for name, count in total.items() if count}

    def all(self) -> Mapping[str, Mapping[str, int]]:
        """The sums of all messages."""
        with self._lock:
            found: dict[str, Counter[str]] = {}
            for (message, _), counts in self._sums.items():
                found.setdefault(message, Counter()).update(counts)
        return {
            message: {name: count for name, count in counts.items() if count}
            for message, counts in found.items()
        }

    def _add_once(self, event: dict[str, Any]) -> None:
        written = orjson.dumps(event)
        if (known := self._seen.get(event["id"])) is not None:
            self.repeated += 1
            if known != written:
                self.faults.append(f"the event {event['id']} tells something else than before")
            return
        self._seen[event["id"]] = written
        self.gaps += event["type"] == "events.gap"
        if "message" in event:
            self._count(event, self._sums.setdefault((event["message"], event["shard"]), Counter()))

    def _count(self, event: dict[str, Any], counts: Counter[str]) -> None:
        count = event.get("count", 1)
        kind = event["type"].partition(".")[2]
        if event["type"] == "message.snapshot":
            self.snapshots += 1
            counts.clear()
            counts.update(event["states"])
            counts.update(event["receipts"])
        elif kind in _RECEIPTS:
            counts["unproven" if event.get("unproven") else kind] += count
        elif "to" in event:
            counts[event["to"]] += count
            if event["from"] is not None:
                counts[event["from"]] -= count
