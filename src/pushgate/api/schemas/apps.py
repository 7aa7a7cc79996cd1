"""Schemas of apps and of their vendors' sections."""

from typing import Any

from pydantic import ConfigDict, Field, RootModel

from pushgate.api.schemas.base import ResponseModel
from pushgate.api.schemas.controls import Pause
from pushgate.api.times import Instant
from pushgate.apps.catalog import AppSource
from pushgate.settings.apps import AppSettings


class AppSettingsBody(AppSettings):
    """The settings of an app; those that are left out have their defaults."""

    model_config = ConfigDict(extra="forbid")


class ChangedAppSettings(RootModel[dict[str, Any]]):
    """Some settings of an app, as in its PUT; null sets one back to its default."""


class VendorSectionBody(RootModel[dict[str, Any]]):
    """A vendor's section: its settings as in the configuration, files by their contents (`key`
    instead of `key_file`). In a PATCH only those that change; null takes one away.
    """


class AppView(ResponseModel):
    """An app. `settings` has the defaults of what was not set."""

    app: str
    source: AppSource = Field(description="`file`: in the configuration, and not changed by API")
    settings: AppSettingsBody
    vendors: list[str] = Field(description="names of the vendors that the app has a section for")
    revision: int | None = Field(description="counts the changes of the app; null for one of the file")
    changed_at: Instant | None = None
    changed_by: str | None = Field(default=None, description="id of the API key that changed it last")
    paused: Pause | None = Field(default=None, description="null where the app is not paused")
    deleting_since: Instant | None = Field(
        default=None, description="since when the app's data are being erased"
    )


class AppPage(ResponseModel):
    """Apps in the order of their names."""

    apps: list[AppView]
    next_cursor: str | None


class CredentialView(ResponseModel):
    """What is told of a secret setting."""

    fingerprint: str = Field(description="first 16 hexadecimal digits of its SHA-256")
    expires_at: Instant | None = Field(description="end of a certificate's validity")


class PreviousSection(ResponseModel):
    """The section before the last change, in reserve: used where the vendor refuses the new one."""

    fingerprints: dict[str, str]
    until: Instant


class LastRefusal(ResponseModel):
    """The vendor's last refusal of the app's credential."""

    at: Instant
    code: str
    reason: str


class AppVendorView(ResponseModel):
    """A vendor's section of an app, without its secrets."""

    app: str
    vendor: str
    source: AppSource
    settings: dict[str, Any] = Field(description="what was set, without secrets")
    credentials: dict[str, CredentialView]
    previous: PreviousSection | None
    paused: Pause | None = Field(description="null where neither the vendor nor the app is paused")
    changed_at: Instant | None
    changed_by: str | None
    last_used_at: Instant | None = Field(description="last answer of the vendor, to 10 s")
    last_refusal: LastRefusal | None
    receipt_url: str | None = Field(
        description="where the vendor reports receipts to this app, for the vendor's console. Whoever "
        "knows it can report: keep it secret. null where the vendor reports none, or `api.public_url` "
        "is not set"
    )
    receipt_path: str | None = Field(
        description="the path of `receipt_url`, below wherever the vendor reaches the API; as secret. "
        "null where the vendor reports none"
    )
    confirmed: bool | None = Field(
        default=None,
        description="after a change: true where the vendor accepted the credential; null where it was "
        "not asked, or can be asked by a push only",
    )


class AppVendorPage(ResponseModel):
    """The vendors of an app, in the order of their names."""

    vendors: list[AppVendorView]
