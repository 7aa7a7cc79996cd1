"""The apps, and how each reaches its vendors: the one view that every process asks.

In: apps opened from settings (`apps.opening`), and later changes of them (`apps.live_apps`). An
answer holds for one job or one request: ask again for the next one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pushgate.adapters.contract import Adapter
from pushgate.adapters.daily_quotas import DailyQuotas, DeviceLimitSettings
from pushgate.adapters.vendor import Vendor
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.apps.adapter_uses import AdapterUses, close_all
from pushgate.apps.credential_facts import CredentialFacts
from pushgate.domain.app import App, PushRate
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass
from pushgate.domain.terminal import UNDETERMINED
from pushgate.quotas.quota import Quota
from pushgate.settings.apps import AppSettings
from pushgate.terminals.registered_apps import RegisteredApps

RETRY_REFUSED = timedelta(minutes=1)
"""How long after its refusal a credential is tried again, while the previous one is used."""
_NO_LIMIT = PushRate()


class AppSource(StrEnum):
    """Where the settings of an app are kept."""

    FILE = "file"
    """The configuration, which the API does not change."""
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredVendor:
    """A vendor that an app is set up for: what is known of the vendor, the app's adapter and its
    rate limit.
    """

    vendor: Vendor
    adapter: Adapter
    rate: PushRate
    settings: VendorSettings | None = None
    credentials: Mapping[str, CredentialFacts] = field(default_factory=dict)
    digest: str = ""
    """A digest of the whole section, contents of files included."""
    previous: "OtherVendor | None" = None
    """The vendor with the previous credential, which is used until this instant if the vendor
    refuses the new one.
    """
    refused: "OtherVendor | None" = None
    """The vendor with the refused credential, which this one replaces. It is tried again at this
    instant.
    """

    @property
    def quotas(self) -> Mapping[PushClass, int]:
        """The vendor's daily quotas that the app names, by class of pushes."""
        return self.settings.quotas if isinstance(self.settings, DailyQuotas) else {}

    def quota_of(self, app: str, options: Options) -> Quota | None:
        """The vendor's daily quota that pushes with these options count in, None where the app
        names none. Dry runs and removals count in none.
        """
        if not self.quotas or options.dry_run or options.withdraws:
            return None
        push_class = self._class_of(options)
        if push_class is None or push_class not in self.quotas:
            return None
        return Quota(app, self.vendor.name, push_class, self.quotas[push_class])

    @property
    def marketing_per_device(self) -> int:
        """How many marketing pushes the vendor shows on a device in a day; 0 for no limit."""
        settings = self.settings
        return settings.marketing_per_device if isinstance(settings, DeviceLimitSettings) else 0

    def device_limit_of(self, options: Options) -> int:
        """How many pushes with these options the vendor shows on a device in a day; 0 for no limit.

        Only a message with a marketing category has such a limit, because the vendor's class of
        other messages depends on the app.
        """
        limit = self.marketing_per_device
        if not limit or options.category is None or options.silent or options.dry_run:
            return 0
        return limit if self._class_of(options) is PushClass.MARKETING else 0

    def _class_of(self, options: Options) -> PushClass | None:
        """The class that the vendor counts a message in, None for a vendor that counts no
        classes.
        """
        tell, settings = self.vendor.push_class, self.settings
        return tell(options, settings) if tell and settings is not None else None

    @property
    def adapters(self) -> list[Adapter]:
        """The adapters that may be used: its own, and those of `previous` and `refused`."""
        others = [other for other in (self.previous, self.refused) if other]
        return [self.adapter, *(one for other in others for one in other.configured.adapters)]


@dataclass(frozen=True, slots=True)
class OtherVendor:
    """The vendor with another credential of the app, and an instant."""

    configured: ConfiguredVendor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredApp:
    """An app and its vendors by name. `default_language` is the one of terminals that name none.

    An app that this process has no settings for has no vendors, and its default language is `und`.
    `settings` has all settings of the app, without its vendors.
    """

    app: App
    default_language: str
    vendors: Mapping[str, ConfiguredVendor]
    timezone: str = "UTC"
    """The time zone of terminals that have none."""
    silent_after: timedelta | None = None
    """After what time without a sign of life terminals are removed; None = never."""
    public_id: str = ""
    """What installations without a registration token name the app by, '' without settings."""
    allow_anonymous: bool = False
    max_anonymous_registrations: int = 0
    """A minute, in one API process."""
    max_anonymous_registrations_per_client: int = 0
    """A minute, in one API process."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins of web pages that may call `/v1/devices`."""
    require_device_proof: bool = False
    """Whether a report of a client app needs the secret of the device that reports."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Vendors whose stored sections do not open with the master keys of this process: by vendor,
    the id of the missing master key.
    """
    settings: AppSettings = field(default_factory=AppSettings)
    source: AppSource = AppSource.FILE

    @property
    def quotas(self) -> list[Quota]:
        """The daily quotas of its vendors that the app names."""
        return [
            Quota(self.app.name, name, push_class, limit)
            for name, vendor in sorted(self.vendors.items())
            for push_class, limit in sorted(vendor.quotas.items())
        ]

    @property
    def adapters(self) -> list[Adapter]:
        """The adapters of all its vendors, those in reserve included."""
        found = (adapter for vendor in self.vendors.values() for adapter in vendor.adapters)
        return list({id(adapter): adapter for adapter in found}.values())


class AppCatalog:
    """Every app that this process has settings for; other apps are found by their registry."""

    def __init__(self, registered: RegisteredApps, apps: Mapping[str, ConfiguredApp]) -> None:
        self._registered = registered
        self._apps = dict(apps)
        self._uses = AdapterUses()
        self._listeners: list[Callable[[], None]] = []

    @property
    def apps(self) -> Mapping[str, ConfiguredApp]:
        """The apps that this process has settings for, by name. Changes make another mapping."""
        return self._apps

    @property
    def routes(self) -> list[tuple[str, str]]:
        """App and vendor of every pair that can send, sorted."""
        return sorted((name, vendor) for name, found in self._apps.items() for vendor in found.vendors)

    def is_in_file(self, app: str) -> bool:
        """Whether the app is one of the configuration file."""
        configured = self._apps.get(app)
        return configured is not None and configured.source is AppSource.FILE

    def vendor(self, app: str, vendor: str) -> ConfiguredVendor | None:
        """The app's vendor, None where this process has no settings for it."""
        configured = self._apps.get(app)
        return configured.vendors.get(vendor) if configured else None

    def push_rate(self, app: str, vendor: str) -> PushRate:
        """How fast the app may push through the vendor; without settings, as fast as it can."""
        configured = self.vendor(app, vendor)
        return configured.rate if configured else _NO_LIMIT

    async def find(self, name: str) -> ConfiguredApp | None:
        """The app, None where there are neither settings nor a registry.

        Raises EngineUnavailable.
        """
        configured = self._apps.get(name)
        if configured:
            return configured
        app = await self._registered.find_app(name)
        return _without_settings(app) if app else None

    async def ensure(self, name: str) -> ConfiguredApp:
        """The app; one without settings and registry has one shard, and no registry is created.

        Raises EngineUnavailable.
        """
        return await self.find(name) or _without_settings(App(name))

    async def create_registries(self, apps: Collection[ConfiguredApp] | None = None) -> None:
        """Create the registry of each of these apps, None for all that have settings, unless it
        exists.

        Raises ConfigurationError where one was created with another number of shards,
        EngineUnavailable.
        """
        faults = await self.register(self._apps.values() if apps is None else apps)
        if faults:
            raise ConfigurationError(list(faults.values()))

    async def register(self, apps: Collection[ConfiguredApp]) -> Mapping[str, FieldError]:
        """Create the registry of each of these apps, unless it exists.

        Returns the faults, by app, of those whose registry was created with another number of
        shards. Raises EngineUnavailable.
        """
        wanted = [configured.app for configured in apps]
        created = await self._registered.ensure_apps(wanted)
        return {
            app.name: FieldError(
                f"apps.{app.name}.shards",
                f"cannot change: the registry was created with {found.shards}",
            )
            for app, found in zip(wanted, created, strict=True)
            if found.shards != app.shards
        }

    def change(self, changed: Mapping[str, ConfiguredApp | None]) -> None:
        """Replace the apps with these names; None removes an app.

        Adapters that are no longer part of the catalog close once nothing uses them.
        """
        apps = {name: found for name, found in self._apps.items() if name not in changed}
        apps |= {name: found for name, found in changed.items() if found}
        kept = {id(adapter) for found in apps.values() for adapter in found.adapters}
        before = [one for name in changed if name in self._apps for one in self._apps[name].adapters]
        self._apps = apps
        self._uses.retire([adapter for adapter in before if id(adapter) not in kept])
        for listener in self._listeners:
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call this after each change."""
        self._listeners.append(listener)

    def hold(self) -> Callable[..., None]:
        """Keep adapters open that the catalog gives from now on; returns a function that releases
        them.
        """
        return self._uses.hold()

    def fall_back(self, app: str, vendor: str, refused: ConfiguredVendor, now: datetime) -> bool:
        """Use the previous credential, if it is kept in reserve, because the vendor refuses this
        one.

        The refused one is tried again after `RETRY_REFUSED`. Returns whether this call changed
        the catalog.
        """
        current = self.vendor(app, vendor)
        if current is None or current.adapter is not refused.adapter:
            return False
        if current.previous is None or current.previous.at <= now:
            return False
        retry = OtherVendor(current, min(now + RETRY_REFUSED, current.previous.at))
        self._put_vendor(app, vendor, replace(current.previous.configured, refused=retry))
        return True

    def try_refused(self, now: datetime) -> None:
        """Use refused credentials again once their time has come."""
        for app, configured in self._apps.items():
            for name, vendor in configured.vendors.items():
                if vendor.refused and vendor.refused.at <= now:
                    self._put_vendor(app, name, vendor.refused.configured)

    def _put_vendor(self, app: str, vendor: str, configured: ConfiguredVendor) -> None:
        found = self._apps[app]
        self._apps = {**self._apps, app: replace(found, vendors={**found.vendors, vendor: configured})}

    async def close(self) -> None:
        """Close the connections of all adapters."""
        await self._uses.close()
        await close_all(adapter for found in self._apps.values() for adapter in found.adapters)


def _without_settings(app: App) -> ConfiguredApp:
    return ConfiguredApp(app=app, default_language=UNDETERMINED, vendors={})
