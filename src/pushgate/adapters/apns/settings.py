"""`[apps.<app>.apns]`: an app's settings for APNs. Pure.

Source: docs/reference/vendors/apns.md#credentials
"""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings


class ApnsSettings(VendorSettings):
    """`[apps.<app>.apns]`"""

    endpoint: EndpointUrl = "https://api.push.apple.com"
    topic: str = Field(pattern=r"^[!-~]{1,255}$", description="the app's bundle id")
    certificate_file: Path | None = Field(
        default=None, description="PEM file of a push certificate, instead of team_id, key_id and a .p8 key"
    )
    team_id: str | None = Field(
        default=None, validate_default=True, description="10 characters, from the developer account"
    )
    key_id: str | None = Field(
        default=None, validate_default=True, description="10 characters, the id of the .p8 key"
    )
    key_file: Path | None = Field(
        default=None,
        validate_default=True,
        description="the .p8 key; or the certificate's key, where it has a file of its own",
    )

    @field_validator("team_id", "key_id", "key_file")
    @classmethod
    def _require_one_credential(cls, value: str | Path | None, info: ValidationInfo) -> str | Path | None:
        if info.data.get("certificate_file") is None:
            if not value:
                raise ValueError("is required, unless there is a certificate_file")
        elif value and info.field_name != "key_file":
            raise ValueError("is not used with certificate_file: remove one of them")
        return value
