"""What must be true of small messages at the end of a play. Faults are appended to a list."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Event, Lock, Thread
from typing import Self, cast

import httpx
from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment
from tests.support.faults.result_checks import STATES, read_results
from tests.support.faults.small_laws import broken_laws
from tests.support.faults.small_load import Acknowledged

_MARKER = re.compile(r"mk[0-9a-z]+y")
_PAGE = 5000
_PORTION = 100
_PAUSE = 0.5
"""Seconds between two looks at what the sandbox received."""


class ReceivedPushes:
    """The pushes of small messages that the vendors accepted, by marker and token.

    A thread reads them in portions during the play: the sandbox keeps the latest requests alone.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._sandbox = deployment.sandbox.api
        self._after = 0
        self._turn = Lock()
        self._ended = Event()
        self.accepted: dict[str, Counter[str]] = {}
        self.by_vendor: dict[str, Counter[str]] = {}
        """By vendor, pushes by marker and token."""
        self.missed = 0
        """Requests that the sandbox had forgotten before they were read."""
        self._thread = Thread(target=self._read_until_ended)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def read(self) -> None:
        """Read what came since the last call."""
        with self._turn:
            while True:
                page = self._sandbox.get("/received", params={"after": self._after, "limit": _PAGE}).json()
                for request in page["received"]:
                    self._note_number(int(request["number"]))
                    self._add(request)
                if page["next_after"] is None:
                    return

    def _read_until_ended(self) -> None:
        while not self._ended.wait(_PAUSE):
            self.read()

    def _note_number(self, number: int) -> None:
        if self._after:
            self.missed += number - self._after - 1
        self._after = number

    def taken(self, vendor: str) -> int:
        """Pushes that the vendor accepted, each once."""
        return len(self.by_vendor.get(vendor, ()))

    def duplicates(self, vendor: str) -> int:
        """Pushes that the vendor accepted once more."""
        return sum(count - 1 for count in self.by_vendor.get(vendor, Counter[str]()).values())

    def _add(self, request: Mapping[str, object]) -> None:
        marker = _MARKER.search(str(request["body"]))
        tokens = cast("list[str]", request["accepted"])
        if marker and tokens:
            self.accepted.setdefault(marker[0], Counter()).update(tokens)
            by_push = self.by_vendor.setdefault(str(request["vendor"]), Counter())
            by_push.update(f"{marker[0]} {token}" for token in tokens)


def check_small_messages(
    deployment: Deployment,
    messages: Iterable[Acknowledged],
    received: ReceivedPushes,
    deadline: float,
    faults: list[str],
) -> Counter[str]:
    """Wait for the end of all messages until `deadline`, and check each; returns their states."""
    states: Counter[str] = Counter()
    ended: list[tuple[Acknowledged, dict[str, object]]] = []
    for message in messages:
        results = _wait_until_ended(deployment, message, deadline, faults)
        if results is not None:
            ended.append((message, results))
    received.read()
    if received.missed:
        faults.append(f"the sandbox forgot {received.missed} requests before they were read")
    for message, results in ended:
        counted = {name: cast("int", results[name]) for name in STATES}
        states.update(counted)
        pushes = received.accepted.get(message.push.marker, Counter[str]())
        faults += [
            f"{wrong}: {message.push.body} {message.message_id} {results} {dict(pushes)}"
            for wrong in broken_laws(message, str(results["status"]), counted, pushes)
        ]
    return states


def check_listing(deployment: Deployment, messages: Iterable[Acknowledged], faults: list[str]) -> None:
    """Each message is listed once, and no key has stored a second one."""
    known = {message.push.marker: message.message_id for message in messages}
    listed: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        query = {"limit": str(_PORTION), **({"cursor": cursor} if cursor else {})}
        page = deployment.api.get("/v1/messages", params=query).json()
        for message in page["messages"]:
            marker = _MARKER.search(str(message["content"]))
            if marker and marker[0] in known:
                listed[marker[0]] += 1
                if message["id"] != known[marker[0]]:
                    faults.append(f"{marker[0]} is {known[marker[0]]} and {message['id']}")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    faults += [f"{known[name]} is listed {listed[name]} times" for name in known if listed[name] != 1]


def check_nothing_left(deployment: Deployment, faults: list[str]) -> None:
    """No home counts a message or a send as waiting, and no bundle is looked after."""
    left: list[object] = []

    def is_clean() -> bool:
        left[:] = _left(deployment)
        return not left

    try:
        wait_until(is_clean, 60, "nothing to be left")
    except AssertionError:
        faults.append(f"left at the end: {left}")


def _left(deployment: Deployment) -> list[object]:
    found: list[object] = []
    for redis in deployment.store.masters():
        for raw in redis.scan_iter("{*}:waiting"):
            counts = cast("dict[bytes, bytes]", redis.hgetall(raw))
            found += [(raw, counts)] if any(int(count) for count in counts.values()) else []
        for name in ("open", "due", "urgent"):
            for raw in redis.scan_iter(f"{{*:*}}:{name}", _type="zset"):
                found.append((raw, redis.zrange(raw, 0, 5, withscores=True)))
        found += [(raw, redis.hgetall(raw)) for raw in redis.scan_iter("{*:*}:lease", _type="hash")]
    return found


def _wait_until_ended(
    deployment: Deployment, message: Acknowledged, deadline: float, faults: list[str]
) -> dict[str, object] | None:
    results: dict[str, object] | None = None
    while True:
        try:
            results = read_results(deployment, message.message_id, faults) or results
        except httpx.HTTPError:
            results = None
        if results and results["status"] in ("sent", "cancelled") and results["pending"] == 0:
            return results
        if time.monotonic() > deadline:
            faults.append(f"not at its end: {message} {results}")
            return None
        time.sleep(0.05)
