"""The scheduler process: dispatches messages when they are due, until SIGTERM or SIGINT."""

from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.app_erasure import AppErasure
from pushgate.apps.live_apps import LiveApps
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.domain.clock import SystemClock
from pushgate.people.journal import ErasureJournal
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.launch import CLEANUP_LIMIT, GRACE_PERIOD, report_ready, run_process
from pushgate.processes.observation import observed
from pushgate.processes.parts import following, open_live_apps, open_redis
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.processes.tracing import open_tracer
from pushgate.restore.holding import hold_restored
from pushgate.runtime.shutdown import stop_on_signals
from pushgate.runtime.tracing import Tracer
from pushgate.scheduler.app_deletions import AppDeletions
from pushgate.scheduler.audit import AuditRounds
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.dispatcher import Dispatcher
from pushgate.scheduler.event_streams import EventLimits, EventStreams
from pushgate.scheduler.hygiene import HygienePace, registry_rounds, removal_rounds
from pushgate.scheduler.job_limiter import JobQueueLimiter
from pushgate.scheduler.metrics import SchedulerMetrics
from pushgate.scheduler.old_credentials import OldCredentials
from pushgate.scheduler.recovery import Recovery, RecoveryIntervals
from pushgate.scheduler.scheduler import Scheduler, TickWork
from pushgate.scheduler.series import SeriesRounds
from pushgate.scheduler.small_messages import SmallMessages, SmallTimings
from pushgate.scheduler.store_rollbacks import StoreRollbacks
from pushgate.settings.model import Settings
from pushgate.stores import Stores


def run_scheduler(settings: Settings) -> None:
    """Dispatch messages when they are due, until SIGTERM or SIGINT.

    Raises ConfigurationError, EngineUnavailable.
    """
    run_process(settings, "scheduler", _run(settings))


async def _run(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        redis = await stack.enter_async_context(open_redis(settings))
        identity = await ProcessIdentity.open("scheduler", redis, settings)
        await stack.enter_async_context(following(identity.callback_keys))
        stores = Stores.open(
            redis,
            clock,
            settings.retention,
            content_retention=settings.content_retention,
            hold_after=settings.restore.hold_after,
        )
        await hold_restored(stores, clock)
        await stores.pauses.refresh()
        adapters = sends_nothing(clock, identity.callbacks)
        apps = await stack.enter_async_context(
            open_live_apps(settings, identity, stores.registered_apps, adapters)
        )
        submitter = Submitter(settings.gearman.servers, settings.gearman.timeout)
        stack.push_async_callback(submitter.close)
        metrics = CollectorRegistry()
        scheduler = _scheduler(
            settings=settings,
            identity=identity,
            stores=stores,
            apps=apps,
            submitter=submitter,
            metrics=metrics,
            tracer=await stack.enter_async_context(open_tracer(settings.traces, "scheduler")),
        )
        stop = stop_on_signals(GRACE_PERIOD + CLEANUP_LIMIT)
        async with observed(identity, apps, settings.metrics, metrics, stop=stop):
            report_ready("scheduler")
            await scheduler.run(stop)


def _scheduler(
    *,
    settings: Settings,
    identity: ProcessIdentity,
    stores: Stores,
    apps: LiveApps,
    submitter: Submitter,
    metrics: CollectorRegistry,
    tracer: Tracer | None,
) -> Scheduler:
    clock, redis, timings = SystemClock(), identity.redis, settings.scheduler
    admin = GearmanAdmin(settings.gearman.servers, settings.gearman.timeout)
    context = SchedulerContext(
        stores=stores,
        catalog=apps.catalog,
        job_limiter=JobQueueLimiter(submitter, admin, stores.backlog, settings.gearman.max_queued),
        clock=clock,
        metrics=SchedulerMetrics(metrics),
        tracer=tracer,
    )
    small_timings = SmallTimings(timings.pace, timings.urgent_pace, timings.resubmit_after)
    pace = HygienePace(settings.hygiene.pace, settings.hygiene.interval)
    limits = EventLimits(min(settings.events.retention, settings.retention), settings.events.max_bytes)
    each_tick: list[TickWork] = [
        removal_rounds(context, pace),
        _deletions(identity, stores, apps),
        OldCredentials(apps, clock),
        StoreRollbacks(stores, clock, context.metrics),
        EventStreams(context, stores.event_tending, limits),
    ]
    if settings.hygiene.enabled:
        each_tick.append(registry_rounds(context, pace))
    intervals = RecoveryIntervals(timings.sweep_interval, timings.resubmit_after)
    return Scheduler(
        context=context,
        redis=redis,
        dispatcher=Dispatcher(context, identity.id, timings.lease),
        series=SeriesRounds(context, settings.api.max_waiting),
        small_messages=SmallMessages(context, small_timings),
        recovery=Recovery(context, admin, intervals),
        audit=AuditRounds(context, settings.audit),
        each_tick=each_tick,
    )


def _deletions(identity: ProcessIdentity, stores: Stores, apps: LiveApps) -> AppDeletions:
    clock, redis = SystemClock(), identity.redis
    return AppDeletions(
        apps=apps,
        keys=ApiKeys.open(redis, clock),
        erasure=AppErasure(redis, clock, stores.message_index, identity.id),
        journal=ErasureJournal(redis),
    )
