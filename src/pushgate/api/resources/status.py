"""`/status`: problems and queues of the process, of the app of a key, or of all apps for an
operator.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from pushgate import __version__
from pushgate.api import app_counters, health
from pushgate.api.auth import context_of, optional_key
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response
from pushgate.api.mapping.results import from_problem
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.status import SystemStatus
from pushgate.api.times import format_instant, format_known
from pushgate.apps.api_key import ApiKey
from pushgate.dispatch.job import parse_function
from pushgate.domain.app import Scope
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.redis.client import within

router = APIRouter(tags=["operations"])


@router.get("/status", operation_id="get_status", responses=response_schema(SystemStatus))
async def status(request: Request) -> Response:
    """Problems and queues. Without a key: this process alone; with a key: its app; with an
    operator's: everything.
    """
    context = context_of(request)
    async with within(health.GATHER_TIMEOUT):
        key = await optional_key(request)
        body = await _of_process(context) if key is None else await _of_key(context, key)
    return json_response(body)


async def _of_key(context: ApiContext, key: ApiKey) -> dict[str, object]:
    """Return what the holder of a key may see."""
    gathered = await health.gather(context)
    is_operator = key.may(Scope.OPERATOR)
    problems = [one for one in gathered.problems if is_operator or _concerns(one, key.app)]
    body = _head(context, [*health.own_problems(context, gathered.facts.keys), *_without_store(problems)])
    body |= await _queues(context, key, gathered)
    body |= await _apps(context, key, gathered)
    if is_operator:
        body["processes"] = [_process(process) for process in gathered.facts.processes]
        body["gearman_servers"] = {
            "down": list(gathered.gearman.down),
            "up": list(gathered.gearman.up),
            "queued": gathered.gearman.queued,
        }
    return body


async def _of_process(context: ApiContext) -> dict[str, object]:
    try:
        async with within(health.PROBE_TIMEOUT):
            keys: int | None = await context.keys.count()
    except EngineUnavailable:
        keys = None
    return _head(context, health.own_problems(context, keys))


def _concerns(problem: SystemProblem, app: str) -> bool:
    """Return whether the app's keys may see the problem. Which processes there are is for operators
    alone.
    """
    return problem.app in (None, app) and problem.code is not SystemProblemCode.CONFIGURATION_DIFFERS


def _without_store(problems: Sequence[SystemProblem]) -> list[SystemProblem]:
    """Return the problems without those that each process finds for itself."""
    return [one for one in problems if one.code not in health.OWN_PROBLEMS]


def _head(context: ApiContext, problems: Sequence[SystemProblem]) -> dict[str, object]:
    return {
        "status": "problems" if problems else "ok",
        "version": __version__,
        "time": format_instant(context.clock.now()),
        "problems": [from_problem(one) for one in problems],
    }


class _Visibility:
    """What the holder of an API key may see: its own app, or everything for an operator."""

    def __init__(self, key: ApiKey) -> None:
        self.is_operator = key.may(Scope.OPERATOR)
        self._app = key.app

    def app(self, name: str) -> bool:
        """Return whether the app is visible."""
        return self.is_operator or name == self._app

    def function(self, name: str) -> bool:
        """Return whether the Gearman function is visible."""
        route = parse_function(name)
        return self.is_operator or (route is not None and route[0] == self._app)


async def _queues(context: ApiContext, key: ApiKey, gathered: health.InstallationHealth) -> dict[str, object]:
    """Return messages, jobs and workers."""
    visible, unfinished = _Visibility(key), context.stores.tracked.unfinished
    if visible.is_operator:
        messages = dict(await unfinished.counts(await context.stores.registered_apps.all_apps()))
    else:
        messages = dict(await unfinished.app_counts((await context.catalog.ensure(key.app)).app))
    if visible.is_operator:
        messages["retries"] = await context.stores.retries.count()
    oldest = gathered.facts.oldest_due
    return {
        "messages": messages,
        "oldest_due": format_known(oldest),
        "lateness": gathered.facts.lateness.total_seconds(),
        "alive": health.count_alive(gathered.facts.processes),
        "gearman": [
            {
                "function": state.name,
                "queued": state.queued,
                "running": state.running,
                "workers": state.workers,
            }
            for state in gathered.functions()
            if visible.function(state.name)
        ],
        "backlog": {name: jobs for name, jobs in gathered.backlog.items() if visible.function(name)},
    }


async def _apps(context: ApiContext, key: ApiKey, gathered: health.InstallationHealth) -> dict[str, object]:
    """Return the vendors and the totals of apps."""
    visible, totals = _Visibility(key), await context.stores.totals.read()
    return {
        "apps": {
            name: {"vendors": sorted(configured.vendors)}
            for name, configured in context.catalog.apps.items()
            if visible.app(name)
        },
        "terminals": [
            {"app": app, "vendor": vendor, "state": state, "count": count}
            for (app, vendor, state), count in sorted(totals.items())
            if visible.app(app)
        ],
        "removal_held": [
            {"app": app, "vendor": vendor, "tokens": tokens}
            for (app, vendor), tokens in sorted(gathered.facts.removals_held.items())
            if visible.app(app)
        ],
        "unknown_reports": await app_counters.unknown_reports(context, visible.app),
        "languages": await app_counters.languages(context, visible.app),
    }


def _process(process: Process) -> dict[str, object]:
    return {
        "id": process.id,
        "kind": process.description.kind,
        "host": process.description.host,
        "pid": process.description.pid,
        "version": process.description.version,
        "configuration": process.description.configuration,
        "started_at": format_instant(process.description.started_at),
        "seen_at": format_instant(process.seen_at),
        "alive": process.alive,
        "metrics": process.description.metrics,
        "vendors": list(process.description.vendors),
        "unreadable_sections": [
            {"app": section.app, "vendor": section.vendor, "master_key": section.key}
            for section in process.description.unreadable
        ],
    }
