"""Parts that several processes are made of, opened from the settings: Redis, adapters, the catalog
of apps.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.apps.catalog import AppCatalog
from pushgate.apps.opening import OpeningContext, open_apps
from pushgate.domain.clock import Clock
from pushgate.domain.errors import EngineUnavailable
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.redis.client import connect, ping
from pushgate.runtime import logs
from pushgate.settings.model import Settings
from pushgate.terminals.registered_apps import RegisteredApps

_START_LIMIT = timedelta(seconds=30)
_RETRY_DELAY = timedelta(milliseconds=500)
_log = logs.get("process")


@asynccontextmanager
async def open_redis(settings: Settings, *, wait: bool = True) -> AsyncIterator[Redis]:
    """A client, closed with the context.

    With `wait`, the server may take 30 seconds to start, for a process may be started before its
    engine; after that, EngineUnavailable is raised.
    """
    redis = connect(settings.redis.url, settings.redis.max_connections)
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
            return await ping(redis)
        except EngineUnavailable as error:
            if loop.time() > deadline:
                raise
            _log.warning("waiting for Redis", action="redis_awaited", error=str(error))
            await asyncio.sleep(_RETRY_DELAY.total_seconds())


@asynccontextmanager
async def open_catalog(
    settings: Settings, registered: RegisteredApps, context: OpeningContext
) -> AsyncIterator[AppCatalog]:
    """The configured apps, whose registries exist by then; their adapters are closed with the
    context.

    Raises ConfigurationError, EngineUnavailable.
    """
    catalog = AppCatalog(registered, open_apps(settings, context))
    try:
        await catalog.create_registries()
        yield catalog
    finally:
        await catalog.close()


def sends_nothing(clock: Clock, callbacks: CallbackTokens) -> OpeningContext:
    """What a process that sends nothing opens adapters with: it shares credentials with none."""
    return OpeningContext(clock=clock, credentials=NoCredentialStore(), receipt_path=callbacks.path)
