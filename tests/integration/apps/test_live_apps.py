"""The catalog of a process follows what other processes store of apps."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import timedelta

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.app_documents import XIAOMI, app_document, put, vendor_document
from tests.support.apps import configured_app, configured_vendor, live_apps_of
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import MAX_CHANGES, AppDocuments, changed_at
from pushgate.apps.catalog import AppCatalog, AppSource, ConfiguredApp
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext
from pushgate.domain.app import App, PushRate
from pushgate.domain.errors import Conflict, EngineUnavailable, FieldError
from pushgate.fleet.heartbeats import UnreadableSection
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.scheduler.old_credentials import OldCredentials
from pushgate.terminals.registered_apps import RegisteredApps

SEALER = sealer_of(b"a")


@pytest.fixture
async def live(redis: Redis, clock: SetClock) -> AsyncIterator[LiveApps]:
    """The apps of a process whose file has the app `filed`."""
    catalog = AppCatalog(
        RegisteredApps(redis), {"filed": configured_app(App("filed"), {"apns": configured_vendor("apns")})}
    )
    context = OpeningContext(
        clock=clock, credentials=NoCredentialStore(), receipt_path=CallbackTokens(b"").path
    )
    live = live_apps_of(redis, catalog, context, SEALER)
    yield live
    await live.close()
    await catalog.close()


@pytest.fixture
def elsewhere(redis: Redis, clock: SetClock) -> AppDocuments:
    """The documents as another process has them."""
    return AppDocuments(redis, clock, max_apps=3)


async def test_an_app_that_another_process_stores_is_there_at_the_next_look(
    live: LiveApps, elsewhere: AppDocuments
) -> None:
    await live.refresh()
    section = {**XIAOMI, "rate_limit": 7.0}
    document = app_document(
        vendors={"xiaomi": vendor_document(SEALER, section)}, default_language="ja", shards=2
    )
    await put(elsewhere, document)
    await live.refresh()
    found = live.catalog.apps["shop"]
    assert (found.app, found.default_language, found.source) == (App("shop", 2), "ja", AppSource.API)
    assert live.catalog.push_rate("shop", "xiaomi") == PushRate(7.0)
    assert live.catalog.routes == [("filed", "apns"), ("shop", "xiaomi")]
    registered = await live.catalog.find("shop")
    assert registered is not None
    assert registered.app.shards == 2


async def test_no_app_is_missed_where_redis_fails_between_two_of_them(
    live: LiveApps, elsewhere: AppDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.refresh()
    await put(elsewhere, app_document("one"))
    await put(elsewhere, app_document("two"))
    register = live.catalog.register

    async def failing(apps: Collection[ConfiguredApp]) -> Mapping[str, FieldError]:
        await register([configured for configured in apps if configured.app.name != "two"])
        raise EngineUnavailable("Redis")

    monkeypatch.setattr(live.catalog, "register", failing)
    with pytest.raises(EngineUnavailable):
        await live.refresh()
    monkeypatch.undo()
    await elsewhere.change("two", lambda _: None)
    await live.refresh()
    assert live.catalog.routes == [("filed", "apns")]
    assert set(live.catalog.apps) == {"filed", "one"}


async def test_listeners_hear_of_changes_alone(live: LiveApps, elsewhere: AppDocuments) -> None:
    heard: list[int] = []
    live.catalog.on_change(lambda: heard.append(len(live.catalog.apps)))
    await put(elsewhere, app_document())
    await live.refresh()
    await live.refresh()
    await put(elsewhere, app_document(default_language="de"))
    await live.refresh()
    assert heard == [2, 2]


async def test_a_vendor_keeps_its_connections_while_other_settings_change(
    live: LiveApps, elsewhere: AppDocuments
) -> None:
    vendors = {"xiaomi": vendor_document(SEALER)}
    await put(elsewhere, app_document(vendors=vendors))
    await live.refresh()
    before = live.catalog.vendor("shop", "xiaomi")
    await put(elsewhere, app_document(vendors=vendors, default_language="de"))
    await live.refresh()
    assert live.catalog.vendor("shop", "xiaomi") is before
    other = {"xiaomi": vendor_document(SEALER, {**XIAOMI, "app_secret": "new"})}
    await put(elsewhere, app_document(vendors=other))
    await live.refresh()
    assert live.catalog.vendor("shop", "xiaomi") is not before


async def test_an_app_that_is_being_deleted_is_no_more(live: LiveApps, elsewhere: AppDocuments) -> None:
    document = app_document(vendors={"xiaomi": vendor_document(SEALER)})
    await put(elsewhere, document)
    await live.refresh()
    await put(elsewhere, replace(document, deleting_since=document.changed_at))
    await live.refresh()
    assert live.catalog.routes == [("filed", "apns")]
    await elsewhere.change("shop", lambda _: None)
    await live.refresh()
    assert list(live.catalog.apps) == ["filed"]


async def test_an_app_of_the_file_hides_one_of_its_name(live: LiveApps, elsewhere: AppDocuments) -> None:
    await put(elsewhere, app_document("filed", default_language="ja"))
    await live.refresh()
    sources = [live.catalog.apps["filed"].source]
    await live.reload({})
    sources.append(live.catalog.apps["filed"].source)
    assert sources == [AppSource.FILE, AppSource.API], "it is no longer in the file"


async def test_a_process_that_missed_changes_reads_all_apps(
    live: LiveApps, elsewhere: AppDocuments, redis: Redis
) -> None:
    await put(elsewhere, app_document("gone"))
    await live.refresh()
    await elsewhere.change("gone", lambda _: None)
    for number in range(MAX_CHANGES):
        await put(elsewhere, app_document(default_language=("de", "ja")[number % 2]))
    await live.refresh()
    assert sorted(live.catalog.apps) == ["filed", "shop"]
    await redis.delete("{q}:app-changes", "{q}:app-settings")
    await live.refresh()
    assert sorted(live.catalog.apps) == ["filed"], "the store lost its data"


async def test_a_section_that_this_process_cannot_open_takes_nothing_else_along(
    live: LiveApps, elsewhere: AppDocuments
) -> None:
    strange = vendor_document(sealer_of(b"z"), vendor="huawei", section={"app_id": "1", "app_secret": "s"})
    vendors = {"huawei": strange, "xiaomi": vendor_document(SEALER), "unheard-of": vendor_document(SEALER)}
    await put(elsewhere, app_document(vendors=vendors))
    await live.refresh()
    assert list(live.catalog.apps["shop"].vendors) == ["xiaomi"]


async def test_sections_that_no_master_key_here_opens_are_named_until_one_does(
    live: LiveApps, elsewhere: AppDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, seen = sealer_of(b"z"), []
    live.on_followed(lambda: seen.append([*live.unreadable]))
    vendors = {
        "xiaomi": vendor_document(theirs),
        "unheard-of": vendor_document(SEALER, vendor="unheard-of"),
    }
    await put(elsewhere, app_document(vendors=vendors))
    await put(elsewhere, app_document("filed", vendors={"xiaomi": vendor_document(theirs, app="filed")}))
    await live.refresh()
    assert theirs.keys is not None
    key = theirs.keys.first_id.hex()
    assert seen[-1] == [UnreadableSection("shop", "xiaomi", key)], "the file hides the other app"
    assert live.catalog.apps["shop"].unreadable == {"xiaomi": key}
    monkeypatch.setattr(live.opening.sealer, "keys", sealer_of(b"a", b"z").keys)
    await live.reopen()
    assert seen[-1] == []
    assert live.catalog.apps["shop"].unreadable == {}


async def test_a_refused_credential_gives_way_to_the_previous_one_for_its_time(
    live: LiveApps, elsewhere: AppDocuments, clock: SetClock
) -> None:
    before = vendor_document(SEALER)
    rotated = replace(
        vendor_document(SEALER, {**XIAOMI, "app_secret": "new"}),
        previous=before.section,
        previous_until=clock.now() + timedelta(minutes=5),
    )
    await put(elsewhere, app_document(vendors={"xiaomi": rotated}))
    await live.refresh()
    catalog = live.catalog
    new = catalog.vendor("shop", "xiaomi")
    assert new is not None
    assert catalog.fall_back("shop", "xiaomi", new, clock.now())
    old = catalog.vendor("shop", "xiaomi")
    assert old is not None
    assert old.adapter is not new.adapter
    assert not catalog.fall_back("shop", "xiaomi", new, clock.now()), "another run was refused before"
    assert not catalog.fall_back("shop", "xiaomi", old, clock.now()), "there is none before that"
    clock.advance(59)
    catalog.try_refused(clock.now())
    assert catalog.vendor("shop", "xiaomi") is old
    clock.advance(1)
    catalog.try_refused(clock.now())
    assert catalog.vendor("shop", "xiaomi") is new
    clock.advance(300)
    assert not catalog.fall_back("shop", "xiaomi", new, clock.now()), "its time is over"


async def test_a_credential_in_reserve_is_forgotten_when_its_time_is_over(
    live: LiveApps, elsewhere: AppDocuments, clock: SetClock
) -> None:
    before = vendor_document(SEALER)
    rotated = replace(
        vendor_document(SEALER, {**XIAOMI, "app_secret": "new"}),
        previous=before.section,
        previous_until=clock.now() + timedelta(minutes=5),
    )
    await put(elsewhere, app_document(vendors={"xiaomi": rotated}))
    await live.refresh()
    current = live.catalog.vendor("shop", "xiaomi")
    assert current is not None
    old = OldCredentials(live, clock)
    await old.run_once()
    assert await elsewhere.read("shop") == app_document(vendors={"xiaomi": rotated})
    clock.advance(300)
    await old.run_once()
    await old.run_once()
    await live.refresh()
    stored = await elsewhere.read("shop")
    assert stored is not None
    assert (stored.vendors["xiaomi"].previous, stored.revision) == (None, 2)
    found = live.catalog.vendor("shop", "xiaomi")
    assert found is not None
    assert (found.adapter is current.adapter, found.previous) == (True, None), "connections stay"


async def test_the_number_of_apps_is_bounded_and_changes_are_dated(
    elsewhere: AppDocuments, clock: SetClock
) -> None:
    for name in ("a", "b", "c"):
        await put(elsewhere, app_document(name))
    with pytest.raises(Conflict, match="max_apps"):
        await put(elsewhere, app_document("d"))
    await put(elsewhere, app_document("a", default_language="de"))
    last = await elsewhere.last_change()
    assert last is not None
    assert changed_at(last) == clock.now()


async def test_secrets_are_stored_sealed_alone(elsewhere: AppDocuments, redis: Redis) -> None:
    await put(elsewhere, app_document(vendors={"xiaomi": vendor_document(SEALER)}))
    stored = await redis.hget("{q}:app-settings", "shop")
    assert stored is not None
    assert b"very-secret" not in stored
    assert b"com.example.shop" in stored
