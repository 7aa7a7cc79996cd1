"""The API process: serves the HTTP API until SIGTERM or SIGINT."""

import asyncio
import socket
from contextlib import AsyncExitStack

from pushgate.api.app import create
from pushgate.api.context import ApiContext
from pushgate.api.server import Server
from pushgate.apps.administration import AppAdministration
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.console import app as console
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import SystemClock
from pushgate.events.arrivals import Arrivals
from pushgate.events.feed import EventFeed
from pushgate.fleet.watch import Watch
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.launch import CLEANUP_LIMIT, GRACE_PERIOD, report_ready, run_process
from pushgate.processes.listener import address_of, listen, metrics_url
from pushgate.processes.observation import beating
from pushgate.processes.parts import following, open_live_apps, open_redis
from pushgate.processes.tracing import open_tracer
from pushgate.receipts.gathering import ReceiptGathering
from pushgate.receipts.record import ReceiptRecorder
from pushgate.runtime.shutdown import stop_on_signals
from pushgate.runtime.tracing import Tracer
from pushgate.settings.model import Settings
from pushgate.stores import Stores
from pushgate.terminals.language_limits import LanguageLimits
from pushgate.webhooks.event_streams import EventStreams
from pushgate.webhooks.posting import Webhooks, open_posting
from pushgate.webhooks.receiver import Posting
from pushgate.worker.shared_credentials import SharedCredentials


def run_api(settings: Settings) -> None:
    """Serve the HTTP API until SIGTERM or SIGINT. Raises ConfigurationError, EngineUnavailable."""
    listener = listen(settings.api.host, settings.api.port, "api.port")
    run_process(settings, "api", _run(settings, listener))


async def _run(settings: Settings, listener: socket.socket) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        posting = stack.enter_context(open_posting(settings.webhooks, clock))
        redis = await stack.enter_async_context(open_redis(settings))
        identity = await ProcessIdentity.open("api", redis, settings)
        max_languages = settings.api.max_languages
        limits = LanguageLimits(max_languages, 2 * max_languages)
        stores = Stores.open(
            redis,
            clock,
            settings.retention,
            limits,
            settings.content_retention,
            settings.restore.hold_after,
        )
        # Data that are stored from now on are not part of a copy that was started.
        await stores.store_holds.look()
        await stack.enter_async_context(following(stores.pauses))
        await stack.enter_async_context(following(identity.callback_keys))
        adapters = OpeningContext(
            clock=clock,
            credentials=SharedCredentials(redis, clock, identity.sealer),
            receipt_path=identity.callbacks.path,
        )
        apps = await stack.enter_async_context(
            open_live_apps(settings, identity, stores.registered_apps, adapters)
        )
        stop = stop_on_signals(GRACE_PERIOD + CLEANUP_LIMIT)
        watch = identity.watch(apps, metrics_url(listener))
        keys = ApiKeys.open(redis, clock)
        stack.push_async_callback(keys.close)
        await keys.load()
        tracer = await stack.enter_async_context(open_tracer(settings.traces, "api"))
        context = _context(
            settings=settings,
            identity=identity,
            stores=stores,
            keys=keys,
            apps=apps,
            watch=watch,
            posting=posting,
            tracer=tracer,
        )
        stack.push_async_callback(context.receipts.close)
        served = console.create(create(context), settings.console)
        server = Server(served, settings.api, listener, GRACE_PERIOD)
        serving = asyncio.create_task(server.serve())
        async with beating(watch, stop):
            report_ready("api", address=address_of(listener))
            await asyncio.wait(
                [serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED
            )
            server.should_exit = True
            await context.arrivals.close()
            await serving


def _context(
    *,
    settings: Settings,
    identity: ProcessIdentity,
    stores: Stores,
    keys: ApiKeys,
    apps: LiveApps,
    watch: Watch,
    posting: Posting,
    tracer: Tracer | None,
) -> ApiContext:
    redis, clock = identity.redis, posting.clock
    feed = EventFeed(stores, redis, clock, settings.events.retention)
    arrivals = Arrivals(stores.event_log)
    streams = EventStreams(stores.event_log, feed, arrivals, clock)
    return ApiContext(
        settings=settings.api,
        clock=SystemClock(),
        redis=identity.redis,
        stores=stores,
        gearman=GearmanAdmin(settings.gearman.servers, settings.gearman.timeout),
        keys=keys,
        callback_keys=identity.callback_keys,
        sealer=identity.sealer,
        catalog=apps.catalog,
        apps=apps,
        administration=AppAdministration(apps, allow_endpoints=bool(settings.vendors.allow_endpoints)),
        watch=watch,
        writer=SmallMessageWriter(
            stores.segments,
            WaitingElsewhere(stores.segments, stores.message_index),
            stores.retention,
            SystemClock(),
        ),
        receipts=ReceiptGathering(ReceiptRecorder(stores)),
        feed=feed,
        arrivals=arrivals,
        tracer=tracer,
        webhooks=Webhooks.open(redis, identity.sealer, streams, posting),
    )
