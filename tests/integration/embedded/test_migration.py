"""`pushgate up` carries its store over from an older version."""

import pytest
from redis.asyncio import Redis
from tests.support.redis_urls import url_of
from tests.support.upgrade.recorded_store import load_version

from pushgate.embedded.migration import migrate_embedded
from pushgate.migrations.migrate import plan
from pushgate.redis.key_space import check_store
from pushgate.settings.loading import parse

# A cluster is no embedded engine.
pytestmark = pytest.mark.single_redis


async def test_the_store_of_an_older_version_is_carried_over_and_the_user_told(redis: Redis) -> None:
    settings, told = parse({"redis": {"url": url_of(redis)}, "apps": {"shop": {}}}), list[str]()
    await load_version(redis, 2)
    await migrate_embedded(settings, told.append)
    assert told == ["Migrating the store from version 2: an older Pushgate cannot read it then\n"]
    assert await plan(redis) == []
    await check_store(redis)
    await migrate_embedded(settings, told.append)
    assert len(told) == 1
