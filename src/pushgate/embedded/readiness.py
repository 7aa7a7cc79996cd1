"""Wait until everything that `pushgate up` started works."""

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import FunctionKind, function_name
from pushgate.domain.errors import ChildFailed, EngineUnavailable
from pushgate.embedded.addresses import api_url
from pushgate.embedded.plan import Plan
from pushgate.processes.parts import open_redis
from pushgate.redis.client import ping
from pushgate.settings.model import Settings

_READY_TIMEOUT = 60.0
_REDIS_TIMEOUT = 5.0
_REQUEST_TIMEOUT = 2
_POLL_INTERVAL = 0.1


async def wait_for_embedded_redis(settings: Settings) -> None:
    """Give an embedded Redis the moment that it takes to start, at most 5 s: what asks it next
    waits longer between its attempts, and tells the user about each.
    """
    deadline = time.monotonic() + _REDIS_TIMEOUT
    async with open_redis(settings, wait=False) as redis:
        while time.monotonic() < deadline:
            with suppress(EngineUnavailable):
                await ping(redis)
                return
            await asyncio.sleep(_POLL_INTERVAL / 2)  # no engine says when it is ready


async def wait_until_ready(plan: Plan, logs: Path) -> None:
    """Wait until the API and the sandbox answer and workers take every app's jobs.

    Raises ChildFailed after 60 seconds; its text names the folder of the logs.
    """
    deadline = time.monotonic() + _READY_TIMEOUT
    urls = [f"{api_url(plan.settings)}/readyz"]
    if plan.demo:
        urls.append(f"{plan.demo.sandbox_url}/healthz")
    functions = {
        function_name(name, vendor, kind)
        for name, app in plan.settings.apps.items()
        for vendor in app.vendors
        for kind in FunctionKind
    }
    admin = GearmanAdmin(plan.settings.gearman.servers, plan.settings.gearman.timeout)
    async with httpx.AsyncClient(timeout=_REQUEST_TIMEOUT, trust_env=False) as client:
        while time.monotonic() < deadline:
            if await _answer(client, urls) and await _are_served(admin, functions):
                return
            await asyncio.sleep(_POLL_INTERVAL)  # between two looks
    raise ChildFailed(f"not ready after {_READY_TIMEOUT:g} s; see the logs in {logs}")


async def _answer(client: httpx.AsyncClient, urls: Sequence[str]) -> bool:
    try:
        return all([(await client.get(url)).status_code == 200 for url in urls])
    except httpx.HTTPError:
        return False


async def _are_served(admin: GearmanAdmin, functions: Collection[str]) -> bool:
    try:
        served = {function.name for function in await admin.status() if function.workers}
    except EngineUnavailable:
        return False
    return served.issuperset(functions)
