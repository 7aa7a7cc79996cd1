"""`/status`: problems and queues, of the process for anybody, of its app for a key, of all apps for an operator."""

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
from pushgate.api.times import format_instant
from pushgate.apps.api_keys import ApiKey
from pushgate.dispatch.job import parse_function
from pushgate.domain.app import Scope
from pushgate.domain.errors import EngineUnavailable
from pushgate.fleet.heartbeats import Process
from pushgate.fleet.problem_codes import SystemProblem
from pushgate.redis.client import within

router = APIRouter(tags=["operations"])


@router.get("/status", operation_id="get_status", responses=response_schema(SystemStatus))
async def status(request: Request) -> Response:
    """Problems and queues. Without a key: this process alone; with a key: its app; with an operator's: everything."""
    context = context_of(request)
    async with within(health.GATHERED_WITHIN):
        key = await optional_key(request)
        body = await _of_process(context) if key is None else await _of_key(context, key)
    return json_response(body)


async def _of_key(context: ApiContext, key: ApiKey) -> dict[str, object]:
    """What the holder of a key may see."""
    found = await health.gather(context)
    every = key.may(Scope.OPERATOR)
    problems = [one for one in found.problems if every or one.app in (None, key.app)]
    body = _head(context, [*health.own_problems(context, found.facts.keys), *_without_store(problems)])
    body |= await _queues(context, key, found)
    if every:
        body["processes"] = [_process(one) for one in found.facts.processes]
        body["gearman_servers"] = {"down": list(found.gearman.down), "up": list(found.gearman.up)}
    return body


async def _of_process(context: ApiContext) -> dict[str, object]:
    try:
        async with within(health.PROBED_WITHIN):
            keys: int | None = await context.keys.count()
    except EngineUnavailable:
        keys = None
    return _head(context, health.own_problems(context, keys))


def _without_store(problems: Sequence[SystemProblem]) -> list[SystemProblem]:
    """The problems without those that every process knows by itself."""
    return [one for one in problems if not one.code.value.startswith("store_")]


def _head(context: ApiContext, problems: Sequence[SystemProblem]) -> dict[str, object]:
    return {
        "status": "problems" if problems else "ok",
        "version": __version__,
        "time": format_instant(context.clock.now()),
        "problems": [from_problem(one) for one in problems],
    }


async def _queues(context: ApiContext, key: ApiKey, found: health.Health) -> dict[str, object]:
    """Messages, jobs, terminals: of the key's app, or of all apps for an operator."""
    every = key.may(Scope.OPERATOR)

    def mine(app: str) -> bool:
        return every or app == key.app

    def my_function(name: str) -> bool:
        pair = parse_function(name)
        return every or (pair is not None and pair[0] == key.app)

    oldest = found.facts.oldest_due
    index = context.stores.message_index
    messages = dict(await (index.counts() if every else index.app_counts(key.app)))
    if every:
        messages["retries"] = await context.stores.retries.count()
    return {
        "messages": messages,
        "oldest_due": format_instant(oldest) if oldest else None,
        "lateness": found.facts.lateness.total_seconds(),
        "alive": health.alive(found.facts.processes),
        "gearman": [
            {"function": one.name, "queued": one.queued, "running": one.running, "workers": one.workers}
            for one in found.functions()
            if my_function(one.name)
        ],
        "backlog": {name: jobs for name, jobs in found.backlog.items() if my_function(name)},
        "apps": {
            name: {"vendors": sorted(configured.vendors)}
            for name, configured in context.catalog.apps.items()
            if mine(name)
        },
        "terminals": [
            {"app": app, "vendor": vendor, "state": state, "count": count}
            for (app, vendor, state), count in sorted((await context.stores.totals.read()).items())
            if mine(app)
        ],
        "removal_held": [
            {"app": app, "vendor": vendor, "tokens": tokens}
            for (app, vendor), tokens in sorted(found.facts.removals_held.items())
            if mine(app)
        ],
        "unknown_reports": await app_counters.unknown_reports(context, mine),
        "languages": await app_counters.languages(context, mine),
    }


def _process(one: Process) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.description.kind,
        "host": one.description.host,
        "pid": one.description.pid,
        "version": one.description.version,
        "started_at": format_instant(one.description.started_at),
        "seen_at": format_instant(one.seen_at),
        "alive": one.alive,
        "metrics": one.description.metrics,
        "vendors": list(one.description.vendors),
    }
