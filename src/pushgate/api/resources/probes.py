"""`/healthz` and `/readyz`: is the process alive, and would a POST be stored?"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from fastapi import APIRouter, Request, Response
from redis import exceptions

from pushgate.api import health
from pushgate.api.auth import context_of
from pushgate.api.context import ApiContext
from pushgate.api.http import json_response
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.status import Health
from pushgate.api.schemas.status import Readiness as ReadinessModel
from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.fleet.problem_codes import SystemProblemCode
from pushgate.fleet.problems import store_problem
from pushgate.redis.client import reaching, within
from pushgate.redis.hash_tags import QUEUE

router = APIRouter(tags=["operations"])
_PROBE = f"{QUEUE}:probe"
_GEARMAN_TIMEOUT = timedelta(seconds=0.5)
"""Whether the process is ready does not depend on Gearman, so the probe hardly waits for it."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a POST would be stored; the state of each engine in words."""

    ready: bool
    redis: str
    gearman: str


@router.get("/healthz", operation_id="get_health", responses=response_schema(Health))
async def healthz() -> Response:
    """The process is alive."""
    return json_response({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="get_readiness",
    responses=response_schema(ReadinessModel, 200, "Ready")
    | response_schema(ReadinessModel, 503, "Not ready"),
)
async def readyz(request: Request) -> Response:
    """A POST would be stored: 200, else 503 with the reason. Gearman may be down: messages wait in
    Redis then.
    """
    state = await readiness(context_of(request))
    status = "ready" if state.ready else "not ready"
    return json_response(
        {"status": status, "redis": state.redis, "gearman": state.gearman}, 200 if state.ready else 503
    )


async def readiness(context: ApiContext) -> Readiness:
    """Try both engines, each for a short time: probes do not wait long."""
    redis, gearman = await asyncio.gather(_try_redis(context), _try_gearman(context))
    return Readiness(redis == "ok", redis, gearman)


async def _try_gearman(context: ApiContext) -> str:
    try:
        async with asyncio.timeout(_GEARMAN_TIMEOUT.total_seconds()):
            await context.gearman.ping()
    except (EngineUnavailable, TimeoutError):
        return "out of reach: messages are stored, and sent when it is back"
    return "ok"


async def _try_redis(context: ApiContext) -> str:
    """Try Redis with a write: a full or read-only server still answers reads."""
    try:
        async with within(health.PROBE_TIMEOUT), reaching():
            await context.redis.set(_PROBE, 1, px=1000)
            raw = cast("bytes | None", await context.redis.hget(f"{QUEUE}:store", "id"))
            if raw is None or raw.decode() != context.watch.store.id:
                await context.watch.beat()
            keys = await context.keys.count()
    except EngineUnavailable as error:
        return str(error)
    except (exceptions.ResponseError, ConfigurationError) as error:
        return str(error)
    lost = store_problem(context.watch.store.lost_at, keys, context.clock.now())
    return f"{lost.message}; {lost.remedy}" if lost and lost.code is SystemProblemCode.STORE_LOST else "ok"
