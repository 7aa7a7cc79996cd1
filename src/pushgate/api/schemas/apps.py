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
    """An app. `settings` includes the defaults of settings that were not set."""

    app: str
    source: AppSource = Field(description="`file`: in the configuration, and not changed by API")
    settings: AppSettingsBody
    vendors: list[str] = Field(description="names of the vendors that the app has a section for")
    revision: int | None = Field(description="counts the changes of the app; null for an app of the file")
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
    """What is shown of a secret setting."""

    fingerprint: str = Field(description="first 16 hexadecimal digits of its SHA-256")
    expires_at: Instant | None = Field(description="end of a certificate's validity")


class PreviousSection(ResponseModel):
    """The section before the last change, kept in reserve: it is used if the vendor refuses the new
    one.
    """

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
        description="the URL to which the vendor reports receipts, for the vendor's console. It "
        "contains a secret: anyone who has it can send receipts. null where the vendor reports none, "
        "or `api.public_url` is not set"
    )
    receipt_path: str | None = Field(
        description="the path of `receipt_url`, below the address at which the vendor reaches the API; "
        "just as secret. null where the vendor reports none"
    )
    confirmed: bool | None = Field(
        default=None,
        description="after a change: true if the vendor accepted the credential; null if the vendor "
        "was not asked, or can only be asked by a push",
    )


class AppVendorPage(ResponseModel):
    """The vendors of an app, in the order of their names."""

    vendors: list[AppVendorView]
