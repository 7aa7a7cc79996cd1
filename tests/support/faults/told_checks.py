"""What a webhook's receiver is told during plays must equal the results at their ends."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
from tests.support.event_sums import COUNTED
from tests.support.faults.deployment import APP, Deployment, Sections
from tests.support.sealing import key_text
from tests.support.webhooks.receiver import Received, Reply, receiving
from tests.support.webhooks.summing import Books

WEBHOOK_SETTINGS: Sections = {
    "secrets": {"key": key_text(b"a")},
    "webhooks": {"allow_loopback": True, "timeout": 5.0},
}
_TIMEOUT = 60.0
_SHOWN = 10


class ToldChecks:
    """The books of the receiver of one webhook, from its creation on."""

    def __init__(self, deployment: Deployment, books: Books) -> None:
        self._deployment = deployment
        self._books = books

    @classmethod
    @contextmanager
    def receiving(cls, deployment: Deployment) -> Iterator["ToldChecks"]:
        """A webhook of the app for all events, whose receiver runs until the end of the block."""
        with receiving() as receiver, deployment.client(APP, "admin") as admin:
            answer = admin.post("/v1/webhooks", json={"url": receiver.url, "types": ["*"]})
            assert answer.status_code == 201, answer.text
            books = Books(answer.json()["secret"])

            def take(request: Received) -> Reply:
                try:
                    books.add(request)
                except Exception as error:  # otherwise the receiver drops the connection silently
                    books.faults.append(f"the receiver failed: {error!r}")
                    raise
                return Reply()

            receiver.behaviour = take
            yield cls(deployment, books)

    def check(self, messages: Sequence[str], faults: list[str], *, went_back: bool) -> None:
        """Wait until the receiver knows the results of all messages, which are at their ends.

        Where the store `went_back`, events that were told and lost leave their ids to others.
        """
        deadline = time.monotonic() + _TIMEOUT
        expected = {message: self._results(message) for message in messages}
        wrong: dict[str, str] = {}
        while True:
            told = self._books.all()
            wrong = {
                message: f"told {dict(told.get(message, {}))}, results {counts}"
                for message, counts in expected.items()
                if told.get(message, {}) != counts
            }
            if not wrong or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        faults += [f"the webhook of {message}: {text}" for message, text in list(wrong.items())[:_SHOWN]]
        if not went_back:
            faults += self._books.faults
        self._books.faults = []

    def _results(self, message: str) -> dict[str, int]:
        """The counts of a message, without zeros."""
        for _ in range(20):
            try:
                answer = self._deployment.api.get(f"/v1/messages/{message}/results", timeout=5)
            except httpx.HTTPError:
                continue
            if answer.status_code == 200:
                found = answer.json()
                return {name: found[name] for name in COUNTED if found.get(name)}
            time.sleep(0.2)
        return {}
