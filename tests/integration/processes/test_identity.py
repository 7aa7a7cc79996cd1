"""A process tells in its heartbeats what the others must know of it."""

from redis.asyncio import Redis
from tests.support.app_documents import app_document, put, vendor_document
from tests.support.apps import live_apps_of
from tests.support.clock import SetClock
from tests.support.redis_urls import url_of
from tests.support.sealing import key_text, sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.opening import OpeningContext
from pushgate.fleet.heartbeats import Heartbeats, UnreadableSection
from pushgate.http2.credentials import NoCredentialStore
from pushgate.processes.identity import ProcessIdentity
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse
from pushgate.terminals.registered_apps import RegisteredApps


async def test_heartbeats_name_the_sections_that_a_process_cannot_open(redis: Redis, clock: SetClock) -> None:
    settings = parse({"redis": {"url": url_of(redis)}, "secrets": {"key": key_text(b"a")}})
    identity = await ProcessIdentity.open("worker", redis, settings)
    catalog = AppCatalog(RegisteredApps(redis), {})
    context = OpeningContext(
        clock=clock, credentials=NoCredentialStore(), receipt_path=CallbackTokens(b"").path
    )
    live, theirs = live_apps_of(redis, catalog, context, identity.sealer), sealer_of(b"z")
    watch = identity.watch(live, "")
    await put(AppDocuments(redis, clock, 10), app_document(vendors={"xiaomi": vendor_document(theirs)}))
    await live.refresh()
    await watch.beat()
    (process,) = await Heartbeats(redis).read()
    assert theirs.keys is not None
    assert process.description.unreadable == (
        UnreadableSection("shop", "xiaomi", theirs.keys.first_id.hex()),
    )
    await live.close()
    await catalog.close()
