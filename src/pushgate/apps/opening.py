"""Settings in, apps with opened adapters out, and every bad setting by name.

Opens no connection.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from pushgate.adapters.content_files import read_contents
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import AdapterContext, Vendor
from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.apps.credential_facts import digest_of, facts_of
from pushgate.content.language import for_grouping, normalize
from pushgate.domain.app import App, PushRate
from pushgate.domain.clock import Clock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.domain.terminal import UNDETERMINED
from pushgate.http2.credentials import CredentialStore
from pushgate.settings.apps import AppSettings, public_id_of
from pushgate.settings.field_errors import field_errors
from pushgate.settings.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningContext:
    """The context with which adapters are opened.

    `receipt_path` gives the path at which a vendor reports to an app now.
    """

    clock: Clock
    credentials: CredentialStore
    receipt_path: Callable[[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSection:
    """A vendor's section of an app as it is written in the file, not checked yet."""

    app: str
    vendor: str
    written: object

    @property
    def path(self) -> str:
        """The path of the section in the configuration."""
        return f"apps.{self.app}.{self.vendor}"


def open_apps(settings: Settings, context: OpeningContext) -> dict[str, ConfiguredApp]:
    """Every app by name. Raises ConfigurationError that names every bad setting."""
    apps, found = open_valid_apps(settings, context)
    if found:
        raise ConfigurationError(found)
    return apps


def open_valid_apps(
    settings: Settings, context: OpeningContext
) -> tuple[dict[str, ConfiguredApp], list[FieldError]]:
    """The apps with those of their vendors that can be opened, and every bad setting."""
    found = list(_unknown_vendors(settings.worker.vendors))
    apps: dict[str, ConfiguredApp] = {}
    for name, app in settings.apps.items():
        apps[name], faults = open_app(name, app, settings.api.public_url, context)
        found += faults
    return apps, found


def open_app(
    name: str, settings: AppSettings, public_url: str | None, context: OpeningContext
) -> tuple[ConfiguredApp, list[FieldError]]:
    """The app with those of its vendors that can be opened, and every bad setting.

    Vendors that take the address of receipts in a push are given it below `public_url`.
    """
    found: list[FieldError] = []
    language = _default_language(name, settings, found)
    opened: dict[str, ConfiguredVendor] = {}
    for vendor, written in settings.vendors.items():
        section = VendorSection(app=name, vendor=vendor, written=written)
        configured, faults = open_vendor(section, public_url, context)
        found += faults
        if configured:
            opened[vendor] = configured
    configured_app = ConfiguredApp(
        app=App(name, settings.shards),
        default_language=language,
        vendors=opened,
        settings=settings.without_vendors(),
        timezone=settings.timezone,
        silent_after=settings.silent_after,
        public_id=_public_id(name, settings, found),
        allow_anonymous=settings.allow_anonymous,
        max_anonymous_registrations=settings.max_anonymous_registrations,
        max_anonymous_registrations_per_client=settings.max_anonymous_registrations_per_client,
        allowed_origins=frozenset(settings.allowed_origins),
        require_device_proof=settings.require_device_proof,
    )
    return configured_app, found


def _unknown_vendors(served: tuple[str, ...]) -> Iterator[FieldError]:
    known = ", ".join(vendors())
    for name in served:
        if name not in vendors():
            yield FieldError("worker.vendors", f"{name} is none of {known}")


def _default_language(app: str, section: AppSettings, found: list[FieldError]) -> str:
    try:
        return for_grouping(normalize(section.default_language))
    except ValueError as error:
        found.append(FieldError(f"apps.{app}.default_language", str(error)))
        return UNDETERMINED


def _public_id(app: str, section: AppSettings, found: list[FieldError]) -> str:
    """The app's public id. It contains the app's name, so no app can have the public id of another
    one.
    """
    if section.public_id and section.public_id.rpartition("_")[0] != f"pga_{app}":
        found.append(FieldError(f"apps.{app}.public_id", f"must begin with pga_{app}_"))
    return public_id_of(app, section)


def open_vendor(
    section: VendorSection, public_url: str | None, context: OpeningContext
) -> tuple[ConfiguredVendor | None, list[FieldError]]:
    """The vendor, None if its settings are bad, and the errors."""
    vendor = vendors().get(section.vendor)
    if vendor is None:
        known = ", ".join([*AppSettings.model_fields, *vendors()])
        return None, [FieldError(section.path, f"is neither a setting nor a vendor; known are {known}")]
    receipt_url = partial(_receipt_url, public_url, vendor, context, section.app)
    try:
        checked = vendor.settings.model_validate(section.written)
        adapter = vendor.open(
            checked,
            AdapterContext(section.app, context.clock, context.credentials, receipt_url),
        )
        contents = read_contents(checked)
    except ValidationError as error:
        return None, field_errors(error, section.path)
    except ConfigurationError as error:
        return None, [FieldError(f"{section.path}.{each.field}", each.message) for each in error.errors]
    credentials = facts_of(contents)
    configured = ConfiguredVendor(
        vendor=vendor,
        adapter=adapter,
        rate=_push_rate(vendor, checked),
        settings=checked,
        credentials=credentials,
        digest=digest_of(contents, credentials),
    )
    return configured, list(_receipt_url_errors(vendor, receipt_url()))


def _receipt_url(base: str | None, vendor: Vendor, context: OpeningContext, app: str) -> str | None:
    """The URL that pushes through this vendor name for receipts now, None where they name none."""
    if not (base and vendor.max_receipt_url):
        return None
    return f"{base.rstrip('/')}{context.receipt_path(vendor.name, app)}"


def _receipt_url_errors(vendor: Vendor, url: str | None) -> Iterator[FieldError]:
    if url and len(url) > vendor.max_receipt_url:
        yield FieldError(
            "api.public_url",
            f"is too long: {vendor.name} takes receipts' addresses of {vendor.max_receipt_url} characters, "
            f"this makes {len(url)}",
        )


def _push_rate(vendor: Vendor, section: VendorSettings) -> PushRate:
    return vendor.quota if section.rate_limit is None else PushRate(section.rate_limit)
