"""A feed of events over a real Valkey."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld
from tests.support.told_events import FeedReader

from pushgate.domain.app import App
from pushgate.events.feed import EventFeed
from pushgate.events.wanted import Form

APP = App("shop", 2)


@pytest.fixture
def large(redis: Redis, clock: SetClock) -> ExplainedWorld:
    return ExplainedWorld(redis, clock, large=True, app=APP)


@pytest.fixture
def small(redis: Redis, clock: SetClock) -> ExplainedWorld:
    return ExplainedWorld(redis, clock, large=False, app=APP)


@pytest.fixture
def feed(redis: Redis, clock: SetClock, large: ExplainedWorld) -> EventFeed:
    return EventFeed(large.stores, redis, clock, timedelta(days=3))


@pytest.fixture
async def reader(feed: EventFeed) -> FeedReader:
    """From now on, in the expanded form."""
    reader = FeedReader(feed, APP, Form.EXPANDED)
    await reader.begin()
    return reader


@pytest.fixture
async def compact(feed: EventFeed) -> FeedReader:
    """From now on, in the compact form."""
    reader = FeedReader(feed, APP)
    await reader.begin()
    return reader
