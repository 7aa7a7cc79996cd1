"""Work of commands on the store of an installation: API keys, callback keys, and the addresses of
receipts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.opening import open_apps
from pushgate.audit.entry import AuditEntry, Author
from pushgate.audit.log import AuditLog
from pushgate.domain.clock import SystemClock
from pushgate.processes.parts import open_redis
from pushgate.processes.sealing import open_callback_keys, open_sealer
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.processes.stored_apps import stored_apps
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_keys import CallbackRing
from pushgate.redis.key_space import open_store
from pushgate.settings.model import Settings
from pushgate.terminals.registered_apps import RegisteredApps


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """Where a vendor reports receipts to an app. `path` contains a secret."""

    app: str
    vendor: str
    path: str


@asynccontextmanager
async def open_api_keys(settings: Settings, *, wait: bool = False) -> AsyncIterator[ApiKeys]:
    """The API keys, while the context is open.

    With `wait`, Redis may take half a minute to start.
    """
    async with open_redis(settings, wait=wait) as redis:
        await open_store(redis)
        keys = ApiKeys.open(redis, SystemClock())
        try:
            yield keys
        finally:
            await keys.close()


async def has_registry(settings: Settings, app: str) -> bool:
    """Whether the store knows an app of this name. Raises EngineUnavailable."""
    async with open_redis(settings, wait=False) as redis:
        await open_store(redis)
        return await RegisteredApps(redis).find_app(app) is not None


async def receipt_addresses(settings: Settings) -> list[ReceiptAddress]:
    """Every address at which receipts are accepted, by app and vendor: of apps of the file, and of
    those that the API made.

    Raises ConfigurationError, EngineUnavailable.
    """
    async with open_redis(settings, wait=False) as redis:
        keys = await _callback_keys(settings, redis)
        context = sends_nothing(SystemClock(), keys.tokens)
        apps = open_apps(settings, context) | await stored_apps(settings, redis, context)
    return [
        ReceiptAddress(app, name, keys.receipt_path(name, app))
        for app, configured in sorted(apps.items())
        for name, vendor in sorted(configured.vendors.items())
        if vendor.adapter.receipt_parser
    ]


async def rotate_callback_keys(settings: Settings, overlap: timedelta) -> CallbackRing:
    """Make a new callback key; the others end with the overlap.

    Raises Conflict where the configuration has the keys, ConfigurationError, EngineUnavailable.
    """
    async with open_redis(settings, wait=False) as redis:
        keys = await _callback_keys(settings, redis)
        ring = await keys.rotate(overlap)
        author = Author.command("receipts rotate")
        entry = AuditEntry("callback_key.rotated", author, (ring.keys[0].id,))
        await AuditLog(redis).record("", entry)
        return ring


async def callback_keys(settings: Settings) -> CallbackRing:
    """The callback keys that verify now, the newest first. Raises ConfigurationError,
    EngineUnavailable.
    """
    async with open_redis(settings, wait=False) as redis:
        return (await _callback_keys(settings, redis)).ring


async def _callback_keys(settings: Settings, redis: Redis) -> CallbackKeys:
    await open_store(redis)
    keys = open_callback_keys(settings, redis, open_sealer(settings))
    await keys.load()
    return keys
