"""Fixtures: the whole API over a real Valkey and a real Gearman, called without a network."""

import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.application import create
from tests.support.api.clients import ApiClients, describe
from tests.support.api.contract import client_of
from tests.support.apps import live_apps_of
from tests.support.clock import SetClock
from tests.support.engines import Engine, gearman_engine
from tests.support.sealing import sealer_of

from pushgate.api.context import ApiContext
from pushgate.apps.administration import AppAdministration
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.opening import OpeningContext, open_apps
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.app import Scope
from pushgate.events.arrivals import Arrivals
from pushgate.events.feed import EventFeed
from pushgate.fleet.watch import Watch
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.receipts.record import ReceiptRecorder
from pushgate.redis.key_space import StoreIdentity, open_store
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.settings.api import ApiSettings
from pushgate.settings.loading import parse
from pushgate.stores import Stores
from pushgate.webhooks.destination import DestinationRules, Resolver
from pushgate.webhooks.event_streams import EventStreams
from pushgate.webhooks.posting import Webhooks
from pushgate.webhooks.receiver import Posting

RETENTION = timedelta(days=30)


@pytest.fixture(scope="session")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return Credentials(tmp_path_factory.mktemp("sandbox"), "https://127.0.0.1:1")


@pytest.fixture(scope="session")
def gear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("gear")
    engine = gearman_engine("gear", folder).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def system_cas() -> ssl.SSLContext:
    """A context with the CAs of the system: to load them takes 15 ms."""
    return ssl.create_default_context()


async def _restore_nothing(_: StoreIdentity) -> None:
    """The fixture creates the registries of its apps once."""


@pytest.fixture
def shop_settings() -> dict[str, object]:
    """Settings of the app `shop` beside its vendors."""
    return {}


@pytest.fixture
async def clients(
    redis: Redis,
    clock: SetClock,
    credentials: Credentials,
    gear: Engine,
    system_cas: ssl.SSLContext,
    shop_settings: dict[str, object],
) -> AsyncIterator[ApiClients]:
    sections = app_sections(credentials)
    settings = parse(
        {
            "apps": {
                "shop": sections | shop_settings,
                "other": {"default_language": "zh-Hans", "apns": sections["apns"]},
            }
        }
    )
    opening = OpeningContext(
        clock=clock, credentials=NoCredentialStore(), receipt_path=CallbackTokens(b"").path
    )
    stores = Stores.open(redis, clock, RETENTION)
    catalog = AppCatalog(stores.registered_apps, open_apps(settings, opening))
    await catalog.create_registries()
    keys, sealer = ApiKeys.open(redis, clock), sealer_of(b"a")
    feed = EventFeed(stores, redis, clock, timedelta(days=3))
    arrivals, resolver = Arrivals(stores.event_log, timedelta(milliseconds=10)), Resolver()
    streams = EventStreams(stores.event_log, feed, arrivals, clock)
    posting = Posting(
        rules=DestinationRules(),
        resolver=resolver,
        tls=system_cas,
        timeout=timedelta(seconds=5),
        clock=clock,
    )
    live = live_apps_of(redis, catalog, opening, sealer)
    callback_keys = CallbackKeys(redis, sealer, clock)
    await callback_keys.load()
    context = ApiContext(
        settings=ApiSettings(max_body=100_000, max_audience=1000, max_message=50_000),
        clock=clock,
        redis=redis,
        stores=stores,
        gearman=GearmanAdmin([gear.url], 3),
        keys=keys,
        callback_keys=callback_keys,
        sealer=sealer,
        catalog=catalog,
        apps=live,
        administration=AppAdministration(live, allow_endpoints=True),
        watch=Watch(
            redis,
            store=await open_store(redis),
            process_id="api-under-test",
            description=describe("api", clock),
            on_restored=_restore_nothing,
        ),
        writer=SmallMessageWriter(
            stores.segments,
            WaitingElsewhere(stores.segments, stores.message_index),
            stores.retention,
            clock,
        ),
        receipts=ReceiptGathering(ReceiptRecorder(stores), timedelta(milliseconds=1)),
        feed=feed,
        arrivals=arrivals,
        webhooks=Webhooks.open(redis, sealer, streams, posting),
    )
    app = create(context)

    def client(key: str | None) -> httpx.AsyncClient:
        return client_of(app, {"Authorization": f"Bearer {key}"} if key else None)

    all_scopes = [Scope.PUSH, Scope.READ, Scope.TERMINALS]
    opened = [
        client(await keys.create("shop", all_scopes)),
        client(await keys.create("other", [Scope.ADMIN])),
        client(await keys.create("shop", [Scope.READ])),
        client(None),
        client(await keys.create("", [Scope.OPERATOR])),
    ]
    yield ApiClients(context, *opened)
    for one in opened:
        await one.aclose()
    await context.receipts.close()
    await context.arrivals.close()
    resolver.close()
    await keys.close()
    await context.apps.close()
    await catalog.close()


@pytest.fixture
async def healthy_fleet(clients: ApiClients, clock: SetClock) -> None:
    """A scheduler and a worker that are alive."""
    for kind in ("scheduler", "worker"):
        await clients.context.stores.heartbeats.beat(f"{kind}-1", describe(kind, clock))
