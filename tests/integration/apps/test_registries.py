"""The registries of the apps of a process: made together, with the shards that they keep."""

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis
from tests.support.app_documents import app_document, put
from tests.support.apps import configured_app, live_apps_of
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext
from pushgate.domain.app import App
from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.terminals.registered_apps import RegisteredApps


def live_apps_with(redis: Redis, clock: SetClock, registered: RegisteredApps) -> LiveApps:
    """The apps of a process without a file."""
    context = OpeningContext(
        clock=clock, credentials=NoCredentialStore(), receipt_path=CallbackTokens(b"").path
    )
    return live_apps_of(redis, AppCatalog(registered, {}), context, sealer_of(b"a"))


@pytest.fixture
def elsewhere(redis: Redis, clock: SetClock) -> AppDocuments:
    """The documents as another process has them."""
    return AppDocuments(redis, clock, max_apps=3)


async def test_all_apps_whose_shards_changed_are_named(redis: Redis) -> None:
    registered = RegisteredApps(redis)
    await registered.ensure_apps([App("one", 2), App("two", 2), App("three", 2)])
    changed = {name: configured_app(App(name, n), {}) for name, n in (("one", 4), ("two", 2), ("three", 8))}
    with pytest.raises(ConfigurationError) as raised:
        await AppCatalog(registered, changed).create_registries()
    assert [error.field for error in raised.value.errors] == ["apps.one.shards", "apps.three.shards"]


class FailingOnce(RegisteredApps):
    """Registries of a Redis that fails at one app, once."""

    failing = "second"

    async def ensure_apps(self, apps: Sequence[App]) -> list[App]:
        if self.failing in {app.name for app in apps}:
            self.failing = ""
            raise EngineUnavailable("lost")
        return await super().ensure_apps(apps)


async def test_changes_that_were_taken_in_before_redis_failed_are_not_lost(
    redis: Redis, clock: SetClock, elsewhere: AppDocuments
) -> None:
    live = live_apps_with(redis, clock, FailingOnce(redis))
    for name in ("first", "second"):
        await put(elsewhere, app_document(name))
    with pytest.raises(EngineUnavailable):
        await live.refresh()
    await live.refresh()
    assert sorted(live.catalog.apps) == ["first", "second"]
    await live.close()


class NotingRegistries(RegisteredApps):
    """Registries that note which apps each call was about."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self.calls: list[list[str]] = []

    async def ensure_apps(self, apps: Sequence[App]) -> list[App]:
        self.calls.append(sorted(app.name for app in apps))
        return await super().ensure_apps(apps)


async def test_registries_are_made_together_and_one_with_other_shards_costs_its_app_alone(
    redis: Redis, clock: SetClock, elsewhere: AppDocuments
) -> None:
    await RegisteredApps(redis).ensure_app(App("second", 2))
    registered = NotingRegistries(redis)
    live = live_apps_with(redis, clock, registered)
    names = ["first", "second", "third"]
    for name in names:
        await put(elsewhere, app_document(name))
    await live.refresh()
    assert registered.calls == [names]
    assert sorted(live.catalog.apps) == ["first", "third"]
    await live.close()
