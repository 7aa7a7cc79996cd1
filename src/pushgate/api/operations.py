"""What operators look at: alive, ready, state, metrics."""

from collections.abc import Awaitable, Iterable

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pushgate import __version__
from pushgate.api.auth import front_of
from pushgate.api.bodies import answer
from pushgate.api.documented import gives
from pushgate.api.front import Front
from pushgate.api.states import Health, Readiness, SystemStatus
from pushgate.dispatch.admin import FunctionState
from pushgate.errors import EngineUnavailable
from pushgate.redis import ping

router = APIRouter(tags=["operations"])


@router.get("/healthz", operation_id="get_health", responses=gives(Health))
async def healthz() -> Response:
    """The process is alive."""
    return answer({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="get_readiness",
    responses=gives(Readiness, 200, "Ready") | gives(Readiness, 503, "Not ready"),
)
async def readyz(request: Request) -> Response:
    """Redis and Gearman are in reach: 200, else 503 with what is not."""
    front = front_of(request)
    engines = {"redis": await _try(ping(front.redis)), "gearman": await _try(front.gearman.ping())}
    ready = all(state == "ok" for state in engines.values())
    return answer({"status": "ready" if ready else "not ready", **engines}, 200 if ready else 503)


@router.get("/status", operation_id="get_status", responses=gives(SystemStatus))
async def status(request: Request) -> Response:
    """Queues, workers and vendors, as they are now."""
    front = front_of(request)
    functions = await _functions(front)
    return answer(
        {
            "version": __version__,
            "time": front.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "messages": dict(await front.messages.depth()),
            "gearman": None
            if functions is None
            else [
                {
                    "server": item.server,
                    "function": item.name,
                    "queued": item.queued,
                    "running": item.running,
                    "workers": item.workers,
                }
                for item in functions
            ],
            "backlog": await front.backlog.sizes(),
            "apps": {name: {"vendors": sorted(tenant.adapters)} for name, tenant in front.tenants.items()},
            "terminals": [
                {"app": app, "vendor": vendor, "state": state, "count": count}
                for (app, vendor, state), count in sorted((await front.totals.read()).items())
            ],
            "removal_held": [
                {"app": app, "vendor": vendor, "tokens": tokens}
                for (app, vendor), tokens in sorted((await front.totals.held()).items())
            ],
        }
    )


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=PlainTextResponse,
    responses={200: {"description": "Prometheus' text format"}},
)
async def metrics(request: Request) -> Response:
    """Prometheus text: the front door's requests, the queues, and what terminals came to."""
    front = front_of(request)
    registry: CollectorRegistry = request.app.state.metrics
    gathered = CollectorRegistry()
    gathered.register(_Snapshot(await _families(front)))
    text = generate_latest(registry) + generate_latest(gathered)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


class _Snapshot:
    """Metrics read a moment ago, in the form that the library collects."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def _families(front: Front) -> list[Metric]:
    up = GaugeMetricFamily("pushgate_engine_up", "Whether an engine is in reach", labels=["engine"])
    queue = GaugeMetricFamily(
        "pushgate_messages", "Messages by status, and jobs waiting for a retry", labels=["status"]
    )
    jobs = GaugeMetricFamily(
        "pushgate_gearman_jobs", "Jobs in Gearman, running ones included", labels=["function"]
    )
    workers = GaugeMetricFamily(
        "pushgate_gearman_workers", "Connections that take a function's jobs", labels=["function"]
    )
    totals = CounterMetricFamily(
        "pushgate_terminals", "Terminals by the state they came to", labels=["app", "vendor", "state"]
    )
    backlog = GaugeMetricFamily(
        "pushgate_backlog_jobs", "Jobs that wait in Redis for room in Gearman", labels=["function"]
    )
    held = GaugeMetricFamily(
        "pushgate_removal_held",
        "Tokens called dead within a day but kept, for there were too many to be believed",
        labels=["app", "vendor"],
    )
    functions = await _functions(front)
    up.add_metric(["gearman"], 0 if functions is None else 1)
    for item in functions or []:
        jobs.add_metric([item.name], item.queued)
        workers.add_metric([item.name], item.workers)
    try:
        for name, depth in (await front.messages.depth()).items():
            queue.add_metric([name], depth)
        for name, jobs_waiting in (await front.backlog.sizes()).items():
            backlog.add_metric([name], jobs_waiting)
        for labels, count in (await front.totals.read()).items():
            totals.add_metric(list(labels), count)
        for pair, tokens in (await front.totals.held()).items():
            held.add_metric(list(pair), tokens)
        up.add_metric(["redis"], 1)
    except EngineUnavailable:
        up.add_metric(["redis"], 0)
    return [up, queue, jobs, workers, backlog, totals, held]


async def _functions(front: Front) -> list[FunctionState] | None:
    try:
        return await front.gearman.status()
    except EngineUnavailable:
        return None


async def _try(engine: Awaitable[None]) -> str:
    try:
        await engine
    except EngineUnavailable:
        return "out of reach"
    return "ok"
