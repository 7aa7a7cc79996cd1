"""The worker process: sends pushes until SIGTERM or SIGINT, then finishes the jobs in hand."""

import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.opening import OpeningContext
from pushgate.dispatch.gearman.consumer import JobConsumer
from pushgate.domain.clock import SystemClock
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.launch import CLEANUP_LIMIT, report_ready, run_process
from pushgate.processes.observation import observed
from pushgate.processes.parts import following, open_live_apps, open_redis
from pushgate.processes.tracing import open_tracer
from pushgate.restore.holding import hold_restored
from pushgate.runtime import logs
from pushgate.runtime.shutdown import stop_on_signals
from pushgate.runtime.tracing import Tracer
from pushgate.settings.model import Settings
from pushgate.stores import Stores
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.context import WorkerContext, WorkerTimings
from pushgate.worker.credential_uses import CredentialUses
from pushgate.worker.job_runner import JobRunner
from pushgate.worker.metrics import WorkerMetrics
from pushgate.worker.rate_limiter import RateLimiter
from pushgate.worker.shared_credentials import SharedCredentials

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a waiting thread gets its turn. Each connection to Gearman has a thread,
which needs about twenty turns for a job. At Python's 5 ms each, urgent jobs would be delayed by the
sending of a broadcast.
"""
_log = logs.get("process")


def run_worker(settings: Settings) -> None:
    """Send pushes until SIGTERM or SIGINT. Raises ConfigurationError, EngineUnavailable."""
    run_process(settings, "worker", _run(settings))


async def _run(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(open_redis(settings))
        identity = await ProcessIdentity.open("worker", redis, settings)
        stores = Stores.open(
            redis,
            clock,
            settings.retention,
            content_retention=settings.content_retention,
            hold_after=settings.restore.hold_after,
        )
        await hold_restored(stores, clock)
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
        catalog, served = apps.catalog, settings.worker.vendors
        metrics = CollectorRegistry()
        tracer = await stack.enter_async_context(open_tracer(settings.traces, "worker"))
        context = _worker_context(settings, identity, stores, catalog, WorkerMetrics(metrics), tracer)
        run_job = JobRunner(context, catalog, identity.callbacks.sign, identity.id)
        consumer = JobConsumer(
            servers=settings.gearman.servers,
            pairs=_routes(catalog, served),
            connections=settings.worker.connections,
            urgent_connections=settings.worker.urgent_connections,
            handler=run_job,
        )
        catalog.on_change(lambda: consumer.serve(_routes(catalog, served)))
        stop = stop_on_signals(settings.worker.drain_timeout + CLEANUP_LIMIT)
        serves = partial(_routes, catalog, served)
        async with observed(identity, apps, settings.metrics, metrics, stop=stop, serves=serves):
            sys.setswitchinterval(_SWITCH_INTERVAL)
            consumer.start()
            report_ready("worker", vendors=",".join(sorted({vendor for _, vendor in serves()})))
            await stop.wait()
            abandoned = await _drain(consumer, run_job, settings.worker.drain_timeout)
        _log.info("worker drained", action="drained", abandoned=abandoned)


async def _drain(consumer: JobConsumer, run_job: JobRunner, limit: timedelta) -> int:
    """Take no more jobs and finish what runs; returns how many jobs and bundles `limit` cut off."""
    started_at = time.monotonic()
    abandoned = await consumer.drain(limit)
    left = limit - timedelta(seconds=time.monotonic() - started_at)
    return abandoned + await run_job.drain(max(left, timedelta(0)))


def _routes(catalog: AppCatalog, vendors: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The (app, vendor) pairs that a worker for these vendors sends for; no vendors stand for all.

    Where there is none, the worker waits for one.
    """
    return tuple((app, vendor) for app, vendor in catalog.routes if not vendors or vendor in vendors)


def _worker_context(
    settings: Settings,
    identity: ProcessIdentity,
    stores: Stores,
    catalog: AppCatalog,
    metrics: WorkerMetrics,
    tracer: Tracer | None,
) -> WorkerContext:
    clock = SystemClock()
    breaker = CircuitBreaker(identity.redis, clock, metrics.breaker_changed)
    return WorkerContext(
        stores=stores,
        rate_limiter=RateLimiter(identity.redis, clock, catalog.push_rate, breaker),
        circuit_breaker=breaker,
        clock=clock,
        timings=WorkerTimings(settings.worker.lease, settings.worker.flush_interval),
        metrics=metrics,
        credential_uses=CredentialUses(stores.credential_use, catalog, clock),
        tracer=tracer,
    )
