"""A fleet of two hosts that the tests of this folder share."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.support.hosts.fleet import VENDORS, HostFleet, running_fleet
from tests.support.hosts.load import TERMINALS
from tests.support.hosts.network import kind_of_hosts, making_hosts
from tests.support.shared_systems import shared
from tests.support.webhooks.receiver import WebhookReceiver, receiving

from pushgate.embedded.gearman import find_gearmand


@pytest.fixture(scope="session")
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="session", params=[kind_of_hosts()])
def running(request: pytest.FixtureRequest, receiver: WebhookReceiver) -> Iterator[HostFleet]:
    """The fleet; its parameter says what its hosts are."""
    if not find_gearmand():
        pytest.skip("gearmand is not installed; in CI its absence is an error of the whole run")
    with shared("fleet", _registered(request.param, receiver)) as fleet:
        yield fleet


@contextmanager
def _registered(kind: str, receiver: WebhookReceiver) -> Iterator[HostFleet]:
    with (
        TemporaryDirectory(prefix="pg") as folder,
        making_hosts(kind, 2) as hosts,
        running_fleet(Path(folder) / "s", hosts, receiver) as fleet,
    ):
        rows = [
            {"id": f"t-{n}", "vendor": VENDORS[n % 2], "token": f"{n:062x}aa", "language": "en"}
            for n in range(TERMINALS)
        ]
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        headers = {"Content-Type": "application/x-ndjson"}
        answer = fleet.clients[0].post("/v1/terminals:import", content=lines, headers=headers)
        assert answer.is_success, answer.text
        yield fleet


@pytest.fixture
def fleet(running: HostFleet) -> HostFleet:
    """The fleet, with vendors that have received nothing."""
    running.sandbox.reset()
    return running
