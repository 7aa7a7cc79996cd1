"""`[apps.<app>.apns]`: an app's settings for APNs. Pure.

Source: docs/reference/vendors/apns.md#credentials
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from pushgate.adapters.vendor_settings import ContentOf, EndpointUrl, VendorSettings


class ApnsSettings(VendorSettings):
    """`[apps.<app>.apns]`"""

    own_addresses: ClassVar[frozenset[str]] = frozenset(
        [
            "https://api.push.apple.com:2197",
            "https://api.sandbox.push.apple.com",
            "https://api.sandbox.push.apple.com:2197",
            "https://api.development.push.apple.com",
            "https://api.development.push.apple.com:2197",
        ]
    )

    endpoint: EndpointUrl = "https://api.push.apple.com"
    topic: str = Field(pattern=r"^[!-~]{1,255}$", description="the app's bundle id")
    certificate: ContentOf = None
    certificate_file: Path | None = Field(
        default=None, description="PEM file of a push certificate, instead of team_id, key_id and a .p8 key"
    )
    team_id: str | None = Field(default=None, description="10 characters, from the developer account")
    key_id: str | None = Field(default=None, description="10 characters, the id of the .p8 key")
    key: ContentOf = None
    key_file: Path | None = Field(
        default=None,
        description="the .p8 key; or the certificate's key, where it has a file of its own",
    )

    @field_validator("team_id", "key_id", "key_file")
    @classmethod
    def _require_one_credential(cls, value: str | Path | None, info: ValidationInfo) -> str | Path | None:
        certificate = next((name for name in ("certificate", "certificate_file") if info.data.get(name)), "")
        is_key_file = info.field_name == "key_file"
        if certificate and value and not is_key_file:
            raise ValueError(f"is not used with {certificate}: remove one of them")
        if not certificate and not value and not (is_key_file and info.data.get("key")):
            raise ValueError("is required, unless there is a certificate_file")
        return value
