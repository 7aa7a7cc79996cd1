"""What commands do with the store of an installation: API keys, and the addresses of receipts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.opening import open_apps
from pushgate.domain.clock import SystemClock
from pushgate.processes.parts import open_redis, sends_nothing
from pushgate.receipts.callback_token import CallbackTokens
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
    """Every address at which receipts are accepted, by app and vendor.

    Raises ConfigurationError, EngineUnavailable.
    """
    async with open_redis(settings, wait=False) as redis:
        callbacks = CallbackTokens((await open_store(redis)).callback_key)
    apps = open_apps(settings, sends_nothing(SystemClock(), callbacks))
    return [
        ReceiptAddress(app, name, callbacks.path(name, app))
        for app, configured in sorted(apps.items())
        for name, vendor in sorted(configured.vendors.items())
        if vendor.adapter.receipt_parser
    ]
