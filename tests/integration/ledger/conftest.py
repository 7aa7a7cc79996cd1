"""The stores under test."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.accounting import APP
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS

from pushgate.stores import Stores


@pytest.fixture(autouse=True)
async def opened_blocks(redis: Redis) -> None:
    """The registry of the app has the blocks of the tests."""
    await open_blocks(redis, APP, BLOCKS)


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, timedelta(days=30))
