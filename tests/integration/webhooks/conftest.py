"""Stores of webhooks over a real Valkey."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of

from pushgate.webhooks.deliveries import DeliveryStore
from pushgate.webhooks.subscriptions import WebhookStore


@pytest.fixture
def store(redis: Redis, clock: SetClock) -> WebhookStore:
    return WebhookStore(redis, sealer_of(b"a"), clock)


@pytest.fixture
def deliveries(redis: Redis) -> DeliveryStore:
    return DeliveryStore(redis)
