"""A pipeline of scheduler and worker whose vendors are simulated."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.pipeline import Pipeline, create_pipeline

from pushgate.adapters.contract import Adapter


@pytest.fixture
def pipeline(redis: Redis, clock: SetClock, adapters: dict[str, Adapter]) -> Pipeline:
    return create_pipeline(redis, clock, adapters)
