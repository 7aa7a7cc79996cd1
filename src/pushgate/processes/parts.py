"""Parts that several processes are made of, opened from the settings: Redis, adapters, the catalog
of apps.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

from redis.asyncio import Redis

from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.catalog import AppCatalog
from pushgate.apps.document_opening import DocumentOpening
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext, open_apps
from pushgate.domain.errors import EngineUnavailable
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.reloading import Reloading, reloading
from pushgate.redis.client import connect, masters, ping
from pushgate.runtime import logs, tasks
from pushgate.settings.model import Settings
from pushgate.terminals.registered_apps import RegisteredApps

_START_LIMIT = timedelta(seconds=30)
_RETRY_DELAY = timedelta(milliseconds=500)
_log = logs.get("process")


@asynccontextmanager
async def open_redis(settings: Settings, *, wait: bool = True) -> AsyncIterator[Redis]:
    """A client, closed with the context.

    With `wait`, each server that takes writes may take 30 seconds to answer, for a process may be
    started before its engine, or during a failover; after that, EngineUnavailable is raised.
    """
    redis = connect(settings.redis)
    try:
        if wait:
            await _wait_for(redis)
        yield redis
    finally:
        await redis.aclose()


async def _wait_for(redis: Redis) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _START_LIMIT.total_seconds()
    while True:
        try:
            return await _ping_all(redis)
        except EngineUnavailable as error:
            if loop.time() > deadline:
                raise
            _log.warning("waiting for Redis", action="redis_awaited", error=str(error))
            await asyncio.sleep(_RETRY_DELAY.total_seconds())


async def _ping_all(redis: Redis) -> None:
    for server in await masters(redis):
        await ping(server)


@asynccontextmanager
async def open_live_apps(
    settings: Settings, identity: ProcessIdentity, registered: RegisteredApps, context: OpeningContext
) -> AsyncIterator[LiveApps]:
    """The apps of the file and of the API, whose registries exist by then, and which follow every
    change. Their adapters are closed with the context.

    Raises ConfigurationError, EngineUnavailable.
    """
    catalog = AppCatalog(registered, open_apps(settings, context))
    live = LiveApps(
        documents=AppDocuments(identity.redis, context.clock, settings.max_apps),
        catalog=catalog,
        opening=DocumentOpening(context=context, sealer=identity.sealer, public_url=settings.api.public_url),
        clock=context.clock,
    )
    try:
        await catalog.create_registries()
        await live.refresh()
        running = asyncio.create_task(live.run())
        try:
            async with reloading(Reloading(identity, live, context)):
                yield live
        finally:
            await tasks.cancel_and_wait(running)
            await live.close()
    finally:
        await catalog.close()


class Followed(Protocol):
    """A value that may change in Redis at any time, and that a process has in memory."""

    async def refresh(self) -> object:
        """Read the value. Raises EngineUnavailable."""
        ...

    async def follow(self) -> None:
        """Read the value again and again until cancelled."""
        ...


@asynccontextmanager
async def following(followed: Followed) -> AsyncIterator[None]:
    """Keep the value current while the context is open. Raises EngineUnavailable."""
    await followed.refresh()
    task = asyncio.create_task(_follow(followed))
    try:
        yield
    finally:
        await tasks.cancel_and_wait(task)


async def _follow(followed: Followed) -> None:
    """Follow until cancelled, whatever happens: a process that stops following would not notice a
    pause or a new key.
    """
    while True:
        try:
            await followed.follow()
        except Exception:  # noqa: BLE001  # what cannot be read must not stop the next look
            _log.exception("a change was not taken in", action="change_unreadable")
