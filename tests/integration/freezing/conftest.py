"""The stores under test."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.stores import Stores


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, timedelta(days=30))
