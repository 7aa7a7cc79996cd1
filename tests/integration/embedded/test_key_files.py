"""The keys that `pushgate up` leaves in its folder, and those that its link signs in with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_urls import url_of

from pushgate.apps.api_keys import ApiKeys, KeyLimits
from pushgate.domain.app import Scope
from pushgate.embedded.key_files import ensure_key_files, find_keys
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings


@pytest.fixture
def settings(redis: Redis) -> Settings:
    return parse({"redis": {"url": url_of(redis)}, "apps": {"shop": {}}})


@pytest.fixture
async def keys(redis: Redis, clock: SetClock) -> ApiKeys:
    return ApiKeys.open(redis, clock)


def names(folder: Path) -> list[str]:
    """The files of a folder, all of which only their owner may read."""
    files = sorted(folder.iterdir())
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    return [file.name for file in files]


async def test_missing_keys_are_made_once_and_the_link_has_the_widest(
    settings: Settings, keys: ApiKeys, tmp_path: Path
) -> None:
    first = await ensure_key_files(settings, tmp_path)
    assert [file.name for file in first.files] == ["shop.key", "operator.key"]
    assert names(tmp_path) == ["operator.key", "shop.admin.key", "shop.key"]
    of_link = [await keys.find(key_id) for key_id in first.key_ids]
    assert [(key.app, key.scopes) for key in of_link] == [("shop", (Scope.ADMIN,)), ("", (Scope.OPERATOR,))]
    assert await ensure_key_files(settings, tmp_path) == first
    assert len(await keys.list()) == 3
    assert sorted(await find_keys(settings)) == sorted(first.key_ids)


async def test_a_key_that_was_revoked_is_replaced(settings: Settings, keys: ApiKeys, tmp_path: Path) -> None:
    first = await ensure_key_files(settings, tmp_path)
    await keys.revoke(first.key_ids[0])
    second = await ensure_key_files(settings, tmp_path)
    assert second.key_ids[0] != first.key_ids[0]
    assert second.key_ids[1] == first.key_ids[1]


async def test_no_key_is_made_where_somebody_makes_keys_by_hand(
    settings: Settings, keys: ApiKeys, tmp_path: Path
) -> None:
    await keys.create("shop", [Scope.PUSH, Scope.READ], "sender")
    by_hand = (await keys.create("shop", [Scope.ADMIN], "console")).split("_")[1]
    await keys.create("shop", [Scope.PUSH], "another")
    found = await ensure_key_files(settings, tmp_path)
    assert found.key_ids[0] == by_hand
    assert names(tmp_path) == ["operator.key"]


async def test_a_key_that_has_expired_is_not_that_of_the_link(
    settings: Settings, keys: ApiKeys, tmp_path: Path
) -> None:
    expired = KeyLimits(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await keys.create("shop", [Scope.ADMIN], "of last year", expired)
    holds = (await keys.create("shop", [Scope.READ], "reader")).split("_")[1]
    assert await find_keys(settings) == [holds]
    assert (await ensure_key_files(settings, tmp_path)).key_ids[0] == holds
