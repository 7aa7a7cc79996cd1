"""The stores under test."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.messages import RETENTION

from pushgate.stores import Stores


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, RETENTION)
