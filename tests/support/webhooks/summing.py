"""A receiver's own books: events added up by message, each event once."""

import threading
from collections.abc import Mapping
from typing import Any

import orjson
from standardwebhooks import Webhook
from tests.support.told_events import AddedUp
from tests.support.webhooks.receiver import Received


class Books:
    """Adds up what webhook requests tell. Requests may come again, and from several threads."""

    def __init__(self, secret: str) -> None:
        self._verifier = Webhook(secret)
        self._lock = threading.Lock()
        self._seen: dict[str, bytes] = {}
        self._sums = AddedUp()
        self._deliveries: dict[str, bytes] = {}
        self.repeated = self.gaps = 0
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

    def all(self) -> Mapping[str, Mapping[str, int]]:
        """The sums of all messages, without zeros."""
        with self._lock:
            return self._sums.all()

    def _add_once(self, event: dict[str, Any]) -> None:
        written = orjson.dumps(event)
        if (known := self._seen.get(event["id"])) is not None:
            self.repeated += 1
            if known != written:
                self.faults.append(f"the event {event['id']} tells something else than before")
            return
        self._seen[event["id"]] = written
        self.gaps += event["type"] == "events.gap"
        self._sums.add([event])
