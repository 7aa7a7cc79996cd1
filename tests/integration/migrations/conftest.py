"""The API over a store that version 2 of the key space wrote, and that is carried over."""

import pytest
from redis.asyncio import Redis
from tests.support.api.fixtures import clients, credentials, gear, system_cas
from tests.support.clock import SetClock
from tests.support.upgrade.recorded_store import RecordedStore, load_version

from pushgate.domain.clock import from_ms

__all__ = ["clients", "credentials", "gear", "system_cas"]


@pytest.fixture
def shop_settings() -> dict[str, object]:
    """As the app was recorded."""
    return {"shards": 2}


@pytest.fixture
async def version_2(redis: Redis, clock: SetClock) -> RecordedStore:
    """The store as version 2 left it, a moment ago by the clock of the test."""
    found = await load_version(redis, 2)
    clock.at = from_ms(found.recorded_ms)
    return found
