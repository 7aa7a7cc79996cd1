"""The composition root: settings in, a running process out. The only place that knows every part."""

import asyncio
import errno
import gc
import os
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvloop
from prometheus_client import CollectorRegistry, ProcessCollector
from redis.asyncio import Redis

from pushgate import __version__
from pushgate import settings as configuration
from pushgate.adapters.contract import Adapter
from pushgate.api.app import create
from pushgate.api.context import ApiContext
from pushgate.api.server import Server
from pushgate.apps.api_keys import KeyRing
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.configuration import OpeningContext, open_apps, open_valid_apps
from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import Clock, SystemClock
from pushgate.domain.errors import ConfigurationError, EngineUnavailable, FieldError, VendorError
from pushgate.fleet.heartbeats import Description
from pushgate.fleet.probe import create_probe
from pushgate.fleet.watch import Watch
from pushgate.http2.bearer import NoStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.redis.client import connect, ping
from pushgate.redis.key_space import Store, check_store, open_store
from pushgate.runtime import logs, tasks
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.recovery import Intervals, Recovery
from pushgate.scheduler.scheduler import Scheduler
from pushgate.settings import ApiSettings, PartlyReadable, Settings
from pushgate.stores import Stores
from pushgate.terminals.language_limits import LanguageLimits
from pushgate.terminals.registry import Registry
from pushgate.worker.job_runner import JobRunner, WorkerTimings
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.shared_credentials import SharedCredentials

_log = logs.get("wiring")
_START_PATIENCE = 30.0
_GRACE = timedelta(seconds=20)
"""For what the API and the scheduler have in hand when they are told to stop."""
_TIDY_UP = timedelta(seconds=10)
"""For all that comes after it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What `pushgate check` found of one thing: a problem, or whether it could be tried at all."""

    subject: str
    problem: str | None
    tried: bool = True


def load(file: Path | None = None) -> Settings:
    """Read the configuration. Raises ConfigurationError; next to bad settings of other kinds it names those of vendors."""
    try:
        return configuration.load(file)
    except PartlyReadable as error:
        _, wrong = open_valid_apps(error.rest, _unconnected(SystemClock(), CallbackTokens(b"")))
        raise ConfigurationError([*error.errors, *wrong]) from error


def run_api(settings: Settings) -> None:
    """Serve the front door until SIGTERM or SIGINT."""
    listener = _listen(settings.api.host, settings.api.port, "api.port")
    _run(settings, "api", _api(settings, listener))


def run_scheduler(settings: Settings) -> None:
    """Fire messages at their push time until SIGTERM or SIGINT."""
    _run(settings, "scheduler", _scheduler(settings))


def run_worker(settings: Settings) -> None:
    """Send until SIGTERM or SIGINT; then finish the jobs in hand."""
    _run(settings, "worker", _worker(settings))


@asynccontextmanager
async def keys(settings: Settings, *, patient: bool = False) -> AsyncIterator[KeyRing]:
    """The API keys, while the context is open. With `patient`, Redis may take half a minute to start."""
    async with _redis(settings, patient=patient) as redis:
        await open_store(redis)
        yield KeyRing(redis, SystemClock())


@asynccontextmanager
async def receipt_addresses(settings: Settings) -> AsyncIterator[list[tuple[str, str, str]]]:
    """App, vendor and path of every address at which receipts are taken, while the context is open."""
    async with _redis(settings, patient=False) as redis:
        callbacks = CallbackTokens((await open_store(redis)).callback_key)
        apps = open_apps(settings, _unconnected(SystemClock(), callbacks))
        catalog = AppCatalog(Registry(redis, SystemClock(), settings.retention), apps)
        yield [
            (app, vendor, callbacks.path(vendor, app))
            for app, vendor in catalog.routes
            if apps[app].vendors[vendor].adapter.inbox
        ]
        await catalog.close()


def _unconnected(clock: Clock, callbacks: CallbackTokens) -> OpeningContext:
    """For processes that send nothing: credentials are not shared with others."""
    return OpeningContext(clock=clock, credentials=NoStore(), receipt_path=callbacks.path)


async def check(settings: Settings) -> list[Finding]:
    """Try Redis, Gearman, and every vendor's credentials."""
    findings: list[Finding] = []
    clock = SystemClock()
    async with _redis(settings, patient=False) as redis:
        findings.append(
            Finding(f"redis {_without_password(settings.redis.url)}", await _problem(check_store(redis)))
        )
        admin = GearmanAdmin(settings.gearman.servers, settings.gearman.timeout)
        findings.append(
            Finding(f"gearman {', '.join(settings.gearman.servers)}", await _problem(admin.ping()))
        )
        # Nothing is sent: of the addresses of receipts only their length matters.
        apps, wrong = open_valid_apps(settings, _unconnected(clock, CallbackTokens(b"")))
        findings += [Finding(fault.field, fault.message) for fault in wrong]
        for app, configured in apps.items():
            for name, vendor in configured.vendors.items():
                findings.append(await _try_credentials(f"apps.{app}.{name}", vendor.adapter))
                await vendor.adapter.close()
    return findings


async def _api(settings: Settings, listener: socket.socket) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(_redis(settings))
        process = await _Process.open("api", settings, redis)
        callbacks = process.callbacks
        most = settings.api.max_languages
        stores = Stores.open(redis, clock, settings.retention, LanguageLimits(most, 2 * most))
        context = OpeningContext(
            clock=clock, credentials=SharedCredentials(redis, clock), receipt_path=callbacks.path
        )
        catalog = await _catalog(stack, settings, stores.registry, context)
        stop = _stop_event(_GRACE + _TIDY_UP)
        watch = process.watch(catalog, f"http://{_address(listener)}/metrics")
        front = ApiContext(
            settings=settings.api,
            clock=clock,
            redis=redis,
            stores=stores,
            gearman=GearmanAdmin(settings.gearman.servers, settings.gearman.timeout),
            keys=KeyRing(redis, clock),
            callbacks=callbacks,
            catalog=catalog,
            watch=watch,
        )
        server = Server(create(front), settings.api, listener, _GRACE)
        serving = asyncio.create_task(server.serve())
        async with _watched(watch, stop):
            _settle("api", address=_address(listener))
            await asyncio.wait(
                [serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED
            )
            server.should_exit = True
            await serving


async def _scheduler(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(_redis(settings))
        process, metrics = await _Process.open("scheduler", settings, redis), CollectorRegistry()
        callbacks = process.callbacks
        stores = Stores.open(redis, clock, settings.retention)
        catalog = await _catalog(stack, settings, stores.registry, _unconnected(clock, callbacks))
        submitter = Submitter(settings.gearman.servers, settings.gearman.timeout)
        stack.push_async_callback(submitter.close)
        admin = GearmanAdmin(settings.gearman.servers, settings.gearman.timeout)
        outbox = JobQueueLimiter(submitter, admin, stores.backlog, settings.gearman.max_queued)
        timing, counted = settings.scheduler, SchedulerMetrics(metrics)
        fire = Dispatcher(stores, outbox, catalog, clock, process.id, timing.lease, counted)
        sweep = Recovery(
            stores,
            outbox,
            admin,
            catalog,
            clock,
            Intervals(timing.sweep_interval, timing.resubmit_after),
            counted,
        )
        scheduler = Scheduler(redis, stores, fire, sweep, clock, timing.sweep_interval)
        stop = _stop_event(_GRACE + _TIDY_UP)
        async with _observed(process, catalog, metrics, stop):
            _settle("scheduler")
            await scheduler.run(stop)


async def _worker(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(_redis(settings))
        process, metrics = await _Process.open("worker", settings, redis), CollectorRegistry()
        callbacks = process.callbacks
        stores = Stores.open(redis, clock, settings.retention)
        context = OpeningContext(
            clock=clock, credentials=SharedCredentials(redis, clock), receipt_path=callbacks.path
        )
        catalog = await _catalog(stack, settings, stores.registry, context)
        wanted = settings.worker.vendors
        serves = tuple(pair for pair in catalog.routes if not wanted or pair[1] in wanted)
        _require_vendors(serves)
        counted = WorkerMetrics(metrics)
        deliver = JobRunner(
            stores,
            RateLimiter(redis, clock, catalog.push_rate, counted.breaker_changed),
            catalog,
            callbacks.sign,
            clock,
            process.id,
            WorkerTimings(settings.worker.lease, settings.worker.flush_interval),
            counted,
        )
        consumer = JobConsumer(
            servers=settings.gearman.servers,
            pairs=serves,
            connections=settings.worker.connections,
            urgent_connections=settings.worker.urgent_connections,
            handler=deliver,
        )
        stop = _stop_event(settings.worker.drain_timeout + _TIDY_UP)
        async with _observed(process, catalog, metrics, stop, serves):
            consumer.start()
            _settle("worker", vendors=",".join(sorted({vendor for _, vendor in serves})))
            await stop.wait()
            abandoned = await consumer.drain(settings.worker.drain_timeout)
        _log.info("worker drained", action="drained", abandoned=abandoned)


def _require_vendors(serves: tuple[tuple[str, str], ...]) -> None:
    if not serves:
        raise ConfigurationError(
            [
                FieldError(
                    "apps",
                    "no app has a vendor that this worker serves: there is nothing to send; "
                    "add [apps.<app>.<vendor>], or the vendor to worker.vendors",
                )
            ]
        )


@asynccontextmanager
async def _redis(settings: Settings, *, patient: bool = True) -> AsyncIterator[Redis]:
    redis = connect(settings.redis.url, settings.redis.max_connections)
    try:
        if patient:
            await _wait_for(redis)
        yield redis
    finally:
        await redis.aclose()


async def _catalog(
    stack: AsyncExitStack, settings: Settings, registry: Registry, context: OpeningContext
) -> AppCatalog:
    """The catalog of the configured apps, closed with the stack; their registries exist."""
    catalog = AppCatalog(registry, open_apps(settings, context))
    stack.push_async_callback(catalog.close)
    await catalog.create_registries()
    return catalog


@dataclass(frozen=True, slots=True)
class _Process:
    """What a process of the installation is, and the store that it opened."""

    kind: str
    id: str
    settings: Settings
    redis: Redis
    store: Store
    callbacks: CallbackTokens

    @classmethod
    async def open(cls, kind: str, settings: Settings, redis: Redis) -> "_Process":
        """Open the store. Raises ConfigurationError when this process must not use it, EngineUnavailable."""
        store = await open_store(redis)
        return cls(kind, _holder(), settings, redis, store, CallbackTokens(store.callback_key))

    def watch(self, catalog: AppCatalog, metrics: str, serves: tuple[tuple[str, str], ...] = ()) -> Watch:
        """The heartbeats of this process, whose metrics are at this URL."""
        now = SystemClock().now()
        description = Description(
            self.kind, socket.gethostname(), os.getpid(), __version__, now, metrics, serves
        )
        return Watch(self.redis, self.store, self.id, description, lambda found: self._adopt(catalog, found))

    async def _adopt(self, catalog: AppCatalog, found: Store) -> None:
        """After a loss of data: write back what a process creates at start.

        Raises ConfigurationError in a process that started meanwhile: it has another callback key than the others.
        """
        if found.callback_key != self.store.callback_key:
            raise ConfigurationError(
                [
                    FieldError(
                        "redis.url",
                        "the store was restored after this process opened it: start the process again",
                    )
                ]
            )
        await catalog.create_registries()


@asynccontextmanager
async def _watched(watch: Watch, stop: asyncio.Event) -> AsyncIterator[None]:
    """Beat while the context is open. A process that must not go on with its store stops, then raises why."""
    await watch.beat()
    beating = asyncio.create_task(watch.run())
    beating.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        refused = beating.exception() if beating.done() and not beating.cancelled() else None
        await tasks.cancel_and_wait(beating)
    if refused:
        raise refused


@asynccontextmanager
async def _observed(
    process: _Process,
    catalog: AppCatalog,
    metrics: CollectorRegistry,
    stop: asyncio.Event,
    serves: tuple[tuple[str, str], ...] = (),
) -> AsyncIterator[None]:
    """Beat, and serve metrics and probes on a port of their own, while the context is open."""
    section = process.settings.metrics
    listener = _listen(section.host, section.port, "metrics.port")
    watch = process.watch(catalog, f"http://{_address(listener)}/metrics", serves)
    ProcessCollector(registry=metrics)
    server = Server(create_probe(metrics, watch), ApiSettings(), listener, timedelta(seconds=1))
    serving = asyncio.create_task(server.serve())
    try:
        async with _watched(watch, stop):
            yield
    finally:
        server.should_exit = True
        await serving


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _wait_for(redis: Redis) -> None:
    """A process may be started before its engine: wait a while. Raises EngineUnavailable."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _START_PATIENCE
    while True:
        try:
            return await ping(redis)
        except EngineUnavailable as error:
            if loop.time() > deadline:
                raise
            _log.warning("waiting for Redis", action="redis_awaited", error=str(error))
            await asyncio.sleep(0.5)


async def _try_credentials(subject: str, adapter: Adapter) -> Finding:
    try:
        return Finding(subject, None, await adapter.check())
    except (EngineUnavailable, VendorError) as error:
        return Finding(subject, str(error))


async def _problem(attempt: Awaitable[None]) -> str | None:
    try:
        await attempt
    except EngineUnavailable as error:
        return str(error)
    except ConfigurationError as error:
        return "; ".join(fault.message for fault in error.errors)
    return None


def _listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket, bound before anything else is opened. Raises ConfigurationError when that fails."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = (
            f"is taken by another program; choose another with {setting}"
            if error.errno == errno.EADDRINUSE
            else str(error.strerror)
        )
        raise ConfigurationError([FieldError(setting, f"{host}:{port} {reason}")]) from error


def _run(settings: Settings, name: str, main: Coroutine[object, object, None]) -> None:
    logs.configure(settings.log.level, settings.log.format, name)
    uvloop.run(main)


def _settle(name: str, **facts: str) -> None:
    # What lives from here on lives until the end: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    _log.info(f"{name} ready", action="ready", **facts)


class _Stop(asyncio.Event):
    """Set when the process is to stop. `limit` later the process ends, whatever it waits for: an engine that does not
    answer would hold it for as long as all that is still to be told it. Leases and the sweep make up for the rest."""

    def __init__(self, limit: timedelta) -> None:
        super().__init__()
        self._limit = limit

    def set(self) -> None:
        """Stop the process."""
        if not self.is_set():
            last = threading.Timer(self._limit.total_seconds(), _give_up)
            last.daemon = True
            last.start()
        super().set()


def _stop_event(limit: timedelta) -> asyncio.Event:
    """Set by SIGTERM and SIGINT, and by a process that must not go on."""
    stop = _Stop(limit)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _give_up() -> None:
    _log.error("not tidied up in time", action="given_up")
    os._exit(1)


def _holder() -> str:
    """Who holds a lease: this process, and no other one that ever was."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
