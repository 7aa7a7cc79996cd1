"""The apps, and how each reaches its vendors: the one view that every process asks.

In: apps opened from the settings (`apps.opening`). An answer holds for one job or one
request: ask again for the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pushgate.adapters.contract import Adapter
from pushgate.adapters.vendor import Vendor
from pushgate.domain.app import App, PushRate
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.domain.terminal import UNDETERMINED
from pushgate.terminals.registered_apps import RegisteredApps

_NO_LIMIT = PushRate()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredVendor:
    """A vendor that an app is set up for: what is known of the vendor, the app's adapter and its
    rate limit.
    """

    vendor: Vendor
    adapter: Adapter
    rate: PushRate


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredApp:
    """An app and its vendors by name. `default_language` is the one of terminals that name none.

    An app that this process has no settings for has no vendors, and its default language is `und`.
    """

    app: App
    default_language: str
    vendors: Mapping[str, ConfiguredVendor]
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


class AppCatalog:
    """Every app that this process has settings for; other apps are found by their registry."""

    def __init__(self, registered: RegisteredApps, apps: Mapping[str, ConfiguredApp]) -> None:
        self._registered = registered
        self._apps = apps

    @property
    def apps(self) -> Mapping[str, ConfiguredApp]:
        """The apps that this process has settings for, by name."""
        return self._apps

    @property
    def routes(self) -> list[tuple[str, str]]:
        """App and vendor of every pair that can send, sorted."""
        return sorted((name, vendor) for name, found in self._apps.items() for vendor in found.vendors)

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
        """The app; without settings, its registry is created if there is none.

        Raises EngineUnavailable.
        """
        return self._apps.get(name) or _without_settings(await self._registered.ensure_app(App(name)))

    async def create_registries(self) -> None:
        """Create the registry of every app that has settings, unless it exists.

        Raises ConfigurationError where one was created with another number of shards,
        EngineUnavailable.
        """
        for name, configured in self._apps.items():
            created = await self._registered.ensure_app(configured.app)
            if created.shards != configured.app.shards:
                raise ConfigurationError(
                    [
                        FieldError(
                            f"apps.{name}.shards",
                            f"cannot change: the registry was created with {created.shards}",
                        )
                    ]
                )

    async def close(self) -> None:
        """Close the connections of all adapters."""
        for configured in self._apps.values():
            for vendor in configured.vendors.values():
                await vendor.adapter.close()


def _without_settings(app: App) -> ConfiguredApp:
    return ConfiguredApp(app=app, default_language=UNDETERMINED, vendors={})
