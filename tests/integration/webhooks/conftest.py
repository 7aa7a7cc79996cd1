"""Stores of webhooks over a real Valkey, an installation with senders, and a receiver."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of
from tests.support.webhooks.receiver import WebhookReceiver, receiving
from tests.support.webhooks.senders import Installation

from pushgate.domain.app import App
from pushgate.webhooks.deliveries import DeliveryStore
from pushgate.webhooks.subscriptions import WebhookStore


@pytest.fixture
def store(redis: Redis, clock: SetClock) -> WebhookStore:
    return WebhookStore(redis, sealer_of(b"a"), clock)


@pytest.fixture
def deliveries(redis: Redis) -> DeliveryStore:
    return DeliveryStore(redis)


@pytest.fixture
async def installation(redis: Redis) -> AsyncIterator[Installation]:
    """The app `shop` with two shards."""
    opened = await Installation.open(redis, App("shop", 2))
    yield opened
    await opened.close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as server:
        yield server
