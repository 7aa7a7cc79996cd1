"""Apps and adapters of the tests: opened from settings, or made up where nothing is sent."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from redis.asyncio import Redis
from tests.support.adapters.quick_checks import NOTHING_SURE

from pushgate.adapters.contract import Adapter, PreparedPush, Push
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.registry import vendors
from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.catalog import AppCatalog, ConfiguredApp, ConfiguredVendor
from pushgate.apps.document_opening import DocumentOpening
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext, open_apps
from pushgate.domain.app import App, PushRate
from pushgate.domain.clock import Clock
from pushgate.http2.credentials import CredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sealing.sealer import Sealer
from pushgate.settings.apps import AppSettings
from pushgate.settings.model import Settings
from pushgate.terminals.registered_apps import RegisteredApps


def open_adapters(
    settings: Settings, clock: Clock, credentials: CredentialStore, callbacks: CallbackTokens
) -> dict[tuple[str, str], Adapter]:
    """Every adapter by app and vendor. Raises ConfigurationError that names every bad setting."""
    context = OpeningContext(clock=clock, credentials=credentials, receipt_path=callbacks.path)
    return {
        (name, vendor): found.adapter
        for name, app in open_apps(settings, context).items()
        for vendor, found in app.vendors.items()
    }


class SilentAdapter:
    """An adapter for tests in which nothing is sent."""

    receipt_parser: ReceiptParser | None = None
    supports_dry_run = False
    quick_check = NOTHING_SURE

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        raise NotImplementedError

    async def check(self) -> bool:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""


class RemovingAdapter(SilentAdapter):
    """An adapter of a vendor with silent pushes, on which apps remove notifications."""

    def removal(self, push: Push) -> Push:
        return push

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        return None  # type: ignore[return-value]  # nobody sends it


class ClosingAdapter(SilentAdapter):
    """An adapter that notes when it is closed."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def close(self) -> None:
        self.closed.set()


class BrokenAdapter(SilentAdapter):
    """An adapter that cannot be closed."""

    async def close(self) -> None:
        raise OSError


def configured_vendor(
    name: str, adapter: Adapter | None = None, rate: PushRate | None = None
) -> ConfiguredVendor:
    """The vendor with this adapter, or with one that cannot send; without a rate, there is no
    limit.
    """
    return ConfiguredVendor(
        vendor=vendors()[name], adapter=adapter or SilentAdapter(), rate=rate or PushRate()
    )


def configured_app(app: App, found: Mapping[str, ConfiguredVendor]) -> ConfiguredApp:
    """The app with these vendors, whose terminals are English unless they say otherwise."""
    return ConfiguredApp(app=app, default_language="en", vendors=found)


def capped_app(app: App, caps: Mapping[str, int], **others: object) -> ConfiguredApp:
    """An app with a vendor, in which a terminal gets so many messages of these categories a day."""
    limits = {category: {"per_day": per_day} for category, per_day in caps.items()}
    found = AppSettings.model_validate({"caps": limits, **others})
    configured = configured_app(app, {"apns": configured_vendor("apns")})
    return replace(configured, settings=found, timezone=found.timezone)


def limited_app(app: App, caps: Mapping[str, int], per_device: int = 2, **others: object) -> ConfiguredApp:
    """An app with Huawei, which shows so many marketing pushes a day on a device, and FCM."""
    settings = HuaweiSettings.model_construct(categories={}, marketing_per_device=per_device)
    huawei = replace(configured_vendor("huawei"), settings=settings)
    found = {"huawei": huawei, "fcm": configured_vendor("fcm")}
    return replace(capped_app(app, caps, **others), vendors=found)


def catalog_of(registered: RegisteredApps, app: App, names: Iterable[str]) -> AppCatalog:
    """A catalog of one app with these vendors, through which nothing can be sent."""
    return AppCatalog(
        registered, {app.name: configured_app(app, {name: configured_vendor(name) for name in names})}
    )


def live_apps_of(redis: Redis, catalog: AppCatalog, context: OpeningContext, sealer: Sealer) -> LiveApps:
    """What keeps the catalog current as its process would; nothing runs in the background."""
    return LiveApps(
        documents=AppDocuments(redis, context.clock, 1_000),
        catalog=catalog,
        opening=DocumentOpening(context=context, sealer=sealer, public_url=None),
        clock=context.clock,
    )
