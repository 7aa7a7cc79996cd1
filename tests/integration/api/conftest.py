"""The API's own tests have the whole API, and leave out clients whose generators are missing."""

from datetime import datetime

import pytest
from tests.support import generators
from tests.support.api.clients import ApiClients
from tests.support.api.fixtures import clients, credentials, gear, healthy_fleet, shop_settings, system_cas
from tests.support.api.parts import PlayedParts
from tests.support.clock import SetClock

__all__ = ["clients", "credentials", "gear", "healthy_fleet", "shop_settings", "system_cas"]
collect_ignore = [] if generators.find() else ["test_generated_clients.py"]


@pytest.fixture
def played(clients: ApiClients, clock: SetClock) -> PlayedParts:
    """Messages that go out in parts, two days before New Year's Day of 2031."""
    clock.at = datetime.fromisoformat("2030-12-30T00:00:00+00:00")
    return PlayedParts(clients, clock)
