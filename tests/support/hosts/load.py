"""Load for a fleet: broadcasts, and small messages that a client posts to whichever API answers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.engines import wait_until
from tests.support.hosts.fleet import VENDORS, HostFleet
from tests.support.steady_load import SteadyLoad

TERMINALS = 1500
"""Registered terminals, which each broadcast is for."""
PER_SECOND = 40
_CONTENT = {"en": {"title": "Sale", "body": "Today"}}


@dataclass
class FleetLoad:
    """The load on a fleet, and the accounts of it at its end."""

    fleet: HostFleet
    small: SteadyLoad
    broadcasts: list[str] = field(default_factory=list)

    def broadcast(self, host: int) -> None:
        """Send a message to all terminals by the API of a host."""
        body = {"content": _CONTENT, "audience": {"all": True}}
        answer = self.fleet.clients[host - 1].post("/v1/messages", json=body)
        assert answer.status_code == 202, answer.text
        self.broadcasts.append(answer.json()["id"])

    def look(self, seconds: float) -> None:
        """Read the results of all broadcasts for so long: the law holds at every look."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in self.broadcasts:
                self.fleet.results(message)
            time.sleep(0.2)

    def check(self, max_duplicates: int, seconds: float) -> None:
        """Everything that was taken is sent within so many seconds, and little of it twice."""
        self.small.stop()
        assert self.small.lost == []
        deadline = time.monotonic() + seconds
        for message in self.broadcasts:
            found = self.fleet.finished(message, deadline - time.monotonic())
            assert (found["targeted"], found["accepted"]) == (TERMINALS, TERMINALS), found
        wanted = TERMINALS * len(self.broadcasts) + len(self.small.taken)
        wait_until(
            lambda: self.distinct() >= wanted, max(1.0, deadline - time.monotonic()), "each small message"
        )
        assert self.distinct() == wanted
        duplicates = self._count("duplicates")
        assert duplicates <= max_duplicates, f"{duplicates} pushes came twice"

    def distinct(self) -> int:
        """Pushes that vendors took, each counted once."""
        return self._count("accepted") - self._count("duplicates")

    def _count(self, name: str) -> int:
        return sum(self.fleet.sandbox.summary(vendor).get(name, 0) for vendor in VENDORS)


@contextmanager
def loading(fleet: HostFleet) -> Iterator[FleetLoad]:
    """Small messages are posted to all APIs from now on, until the load is checked."""
    with SteadyLoad(fleet.apis, fleet.key, PER_SECOND) as small:
        yield FleetLoad(fleet, small)
