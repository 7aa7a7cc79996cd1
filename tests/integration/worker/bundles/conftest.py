"""Small messages in bundles, sent by a worker to simulated vendors."""

import pytest
from redis.asyncio import Redis
from tests.support.bundle_jobs import BundleWorld
from tests.support.clock import SetClock
from tests.support.pipeline import Pipeline


@pytest.fixture
def world(redis: Redis, clock: SetClock, pipeline: Pipeline) -> BundleWorld:
    return BundleWorld(redis, clock, pipeline)
