"""What commands do with the store of an installation: API keys, and the addresses of receipts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.opening import open_apps
from pushgate.audit.cursor import Cursor, Order
from pushgate.audit.reader import AuditFilter, AuditReader
from pushgate.audit.streams import RecordedEntry
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


async def recent_audit_entries(
    settings: Settings, app: str | None, wanted: AuditFilter, count: int
) -> list[RecordedEntry]:
    """The last entries of the audit log that are wanted, of one app or of all, newest first.

    Raises EngineUnavailable.
    """
    async with open_redis(settings, wait=False) as redis:
        await open_store(redis)
        reader, registered = AuditReader(redis), RegisteredApps(redis)
        if app is None:
            streams = await reader.streams(await registered.all_apps(), operators=True)
        else:
            streams = reader.streams_of(app, await registered.find_app(app))
        found: list[RecordedEntry] = []
        cursor, has_more = Cursor(Order.NEWEST), True
        while has_more and len(found) < count:
            page = await reader.read(streams, cursor, count - len(found), wanted)
            found += page.entries
            cursor, has_more = page.cursor, page.has_more
        return found[:count]


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
