"""`/metrics` of this process, and `/metrics/fleet` of the whole installation, from Redis and
Gearman.
"""

from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pushgate.api import app_counters, health
from pushgate.api.auth import context_of, require_operator
from pushgate.api.context import ApiContext
from pushgate.fleet.probe import MEDIA_TYPE
from pushgate.redis.client import within

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus' text format"}},
)
async def metrics(request: Request) -> Response:
    """Prometheus text: the requests that this process answered."""
    registry: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(registry), media_type=MEDIA_TYPE)


@router.get(
    "/metrics/fleet",
    operation_id="get_fleet_metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus' text format"}},
    openapi_extra={"security": [{"api_key": []}]},
)
async def fleet_metrics(request: Request) -> Response:
    """Prometheus text: queues, processes, problems and totals of the whole installation. Scrape one
    API for it.
    """
    context = context_of(request)
    gathered = CollectorRegistry()
    async with within(health.GATHER_TIMEOUT):
        await require_operator(request)
        gathered.register(_Snapshot(await _families(context)))
    return Response(generate_latest(gathered), media_type=MEDIA_TYPE)


class _Snapshot:
    """Metrics that are read already, as a collector of the library."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def _families(context: ApiContext) -> list[Metric]:
    found = await health.gather(context)
    return [
        *_of_engines(found),
        *(await _of_redis(context)),
        *_of_processes(found),
        *(await _of_queues(context, found)),
        *(await _of_apps(context, found)),
    ]


def _of_engines(found: health.InstallationHealth) -> Iterable[Metric]:
    up = GaugeMetricFamily("pushgate_gearman_up", "Whether a Gearman server answers", labels=["server"])
    for server in found.gearman.up:
        up.add_metric([server], 1)
    for server in found.gearman.down:
        up.add_metric([server], 0)
    jobs = GaugeMetricFamily(
        "pushgate_gearman_jobs", "Jobs in Gearman, running ones included", labels=["function"]
    )
    workers = GaugeMetricFamily(
        "pushgate_gearman_workers", "Connections that take a function's jobs", labels=["function"]
    )
    for item in found.functions():
        jobs.add_metric([item.name], item.queued)
        workers.add_metric([item.name], item.workers)
    queued = GaugeMetricFamily(
        "pushgate_gearman_queued",
        "Jobs of all functions in a Gearman server, running ones included",
        labels=["server"],
    )
    for server, count in found.gearman.queued.items():
        queued.add_metric([server], count)
    return up, queued, jobs, workers


async def _of_redis(context: ApiContext) -> Iterable[Metric]:
    used = GaugeMetricFamily(
        "pushgate_redis_memory_bytes", "Memory that a Redis server uses", labels=["server"]
    )
    limit = GaugeMetricFamily(
        "pushgate_redis_memory_limit_bytes",
        "Memory that a Redis server may use (maxmemory); 0 = no limit",
        labels=["server"],
    )
    for memory in await context.stores.redis_memory.read():
        used.add_metric([memory.server], memory.used)
        limit.add_metric([memory.server], memory.limit)
    return used, limit


def _of_processes(found: health.InstallationHealth) -> Iterable[Metric]:
    processes = GaugeMetricFamily("pushgate_processes", "Processes that are alive", labels=["kind"])
    counts = {"api": 0, "scheduler": 0, "worker": 0, "webhooks": 0} | health.count_alive(
        found.facts.processes
    )
    for kind, count in counts.items():
        processes.add_metric([kind], count)
    late = GaugeMetricFamily(
        "pushgate_dispatch_lateness_seconds", "How long the oldest due message has waited for a scheduler"
    )
    late.add_metric([], found.facts.lateness.total_seconds())
    problems = GaugeMetricFamily(
        "pushgate_problems", "Problems that /status shows", labels=["code", "app", "vendor"]
    )
    counts_by_label = Counter((one.code.value, one.app or "", one.vendor or "") for one in found.problems)
    for labels, count in sorted(counts_by_label.items()):
        problems.add_metric(list(labels), count)
    return processes, late, problems


async def _of_queues(context: ApiContext, found: health.InstallationHealth) -> Iterable[Metric]:
    queue = GaugeMetricFamily(
        "pushgate_messages", "Messages by status, and jobs waiting for a retry", labels=["status"]
    )
    apps = await context.stores.registered_apps.all_apps()
    for name, messages in (await context.stores.tracked.unfinished.counts(apps)).items():
        queue.add_metric([name], messages)
    queue.add_metric(["retries"], await context.stores.retries.count())
    series = GaugeMetricFamily(
        "pushgate_series", "Schedules, and messages in parts, that are not over", labels=["kind"]
    )
    series.add_metric(["schedule"], await context.stores.series.count())
    series.add_metric(["family"], await context.stores.families.count())
    backlog = GaugeMetricFamily(
        "pushgate_backlog_jobs", "Jobs that wait in Redis for room in Gearman", labels=["function"]
    )
    for name, jobs_waiting in found.backlog.items():
        backlog.add_metric([name], jobs_waiting)
    return queue, series, backlog


async def _of_apps(context: ApiContext, found: health.InstallationHealth) -> Iterable[Metric]:
    totals = CounterMetricFamily(
        "pushgate_terminals", "Terminals by the state they came to", labels=["app", "vendor", "state"]
    )
    for labels, count in (await context.stores.totals.read()).items():
        totals.add_metric(list(labels), count)
    held = GaugeMetricFamily(
        "pushgate_removal_held",
        "Tokens called dead and kept until somebody decides, for too many were called dead at once",
        labels=["app", "vendor"],
    )
    for pair, tokens in found.facts.removals_held.items():
        held.add_metric(list(pair), tokens)
    return totals, held, *_of_quotas(found), *(await app_counters.families(context))


def _of_quotas(found: health.InstallationHealth) -> Iterable[Metric]:
    labels = ["app", "vendor", "class"]
    limit = GaugeMetricFamily("pushgate_quota_limit", "Pushes that a vendor takes in a day", labels=labels)
    used = GaugeMetricFamily("pushgate_quota_used", "Pushes of a vendor's day so far", labels=labels)
    waiting = GaugeMetricFamily("pushgate_quota_waiting", "Pushes that wait for a quota", labels=labels)
    for quota, state in found.quotas.items():
        names = [quota.app, quota.vendor, quota.push_class.value]
        limit.add_metric(names, state.limit)
        used.add_metric(names, state.used + state.reserved)
        waiting.add_metric(names, sum(state.wanted))
    return limit, used, waiting
