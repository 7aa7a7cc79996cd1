"""The worker process: sends pushes until SIGTERM or SIGINT, then finishes the jobs in hand."""

import sys
import time
from contextlib import AsyncExitStack
from datetime import timedelta

from prometheus_client import CollectorRegistry

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.opening import OpeningContext
from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.launch import CLEANUP_LIMIT, report_ready, run_process
from pushgate.processes.observation import observed
from pushgate.processes.parts import open_catalog, open_redis
from pushgate.runtime import logs
from pushgate.runtime.shutdown import stop_on_signals
from pushgate.settings.model import Settings
from pushgate.stores import Stores
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.context import WorkerContext, WorkerTimings
from pushgate.worker.job_runner import JobRunner
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.shared_credentials import SharedCredentials

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that waits for its turn gets it. A connection to Gearman has a
thread, which needs some twenty turns for a job: at Python's 5 ms each, urgent jobs would wait for
the sending of a broadcast."""
_log = logs.get("process")


def run_worker(settings: Settings) -> None:
    """Send pushes until SIGTERM or SIGINT. Raises ConfigurationError, EngineUnavailable."""
    run_process(settings, "worker", _run(settings))


async def _run(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(open_redis(settings))
        identity = await ProcessIdentity.open("worker", redis, settings)
        stores = Stores.open(redis, clock, settings.retention, content_retention=settings.content_retention)
        adapters = OpeningContext(
            clock=clock,
            credentials=SharedCredentials(redis, clock),
            receipt_path=identity.callbacks.path,
        )
        catalog = await stack.enter_async_context(open_catalog(settings, stores.registered_apps, adapters))
        serves = _served_routes(settings, catalog)
        metrics = CollectorRegistry()
        run_job = _job_runner(
            settings=settings, identity=identity, stores=stores, catalog=catalog, metrics=metrics
        )
        consumer = JobConsumer(
            servers=settings.gearman.servers,
            pairs=serves,
            connections=settings.worker.connections,
            urgent_connections=settings.worker.urgent_connections,
            handler=run_job,
        )
        stop = stop_on_signals(settings.worker.drain_timeout + CLEANUP_LIMIT)
        async with observed(identity, catalog, settings.metrics, metrics, stop=stop, serves=serves):
            sys.setswitchinterval(_SWITCH_INTERVAL)
            consumer.start()
            report_ready("worker", vendors=",".join(sorted({vendor for _, vendor in serves})))
            await stop.wait()
            abandoned = await _drain(consumer, run_job, settings.worker.drain_timeout)
        _log.info("worker drained", action="drained", abandoned=abandoned)


async def _drain(consumer: JobConsumer, run_job: JobRunner, limit: timedelta) -> int:
    """Take no more jobs and finish what runs; returns how many jobs and bundles `limit` cut off."""
    started_at = time.monotonic()
    abandoned = await consumer.drain(limit)
    left = limit - timedelta(seconds=time.monotonic() - started_at)
    return abandoned + await run_job.drain(max(left, timedelta(0)))


def _served_routes(settings: Settings, catalog: AppCatalog) -> tuple[tuple[str, str], ...]:
    """The (app, vendor) pairs that this worker sends for.

    Raises ConfigurationError where there is none.
    """
    wanted = settings.worker.vendors
    serves = tuple((app, vendor) for app, vendor in catalog.routes if not wanted or vendor in wanted)
    if not serves:
        problem = (
            "no app has a vendor that this worker serves: there is nothing to send; "
            "add [apps.<app>.<vendor>], or the vendor to worker.vendors"
        )
        raise ConfigurationError([FieldError("apps", problem)])
    return serves


def _job_runner(
    *,
    settings: Settings,
    identity: ProcessIdentity,
    stores: Stores,
    catalog: AppCatalog,
    metrics: CollectorRegistry,
) -> JobRunner:
    clock, counters = SystemClock(), WorkerMetrics(metrics)
    breaker = CircuitBreaker(identity.redis, clock, counters.breaker_changed)
    context = WorkerContext(
        stores=stores,
        rate_limiter=RateLimiter(identity.redis, clock, catalog.push_rate, breaker),
        circuit_breaker=breaker,
        clock=clock,
        timings=WorkerTimings(settings.worker.lease, settings.worker.flush_interval),
        metrics=counters,
    )
    return JobRunner(context, catalog, identity.callbacks.sign, identity.id)
