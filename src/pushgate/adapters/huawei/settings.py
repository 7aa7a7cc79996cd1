"""An app's settings for Huawei on Android. Pure.

Source: docs/reference/vendors/huawei.md#credentials
"""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from pushgate.adapters.daily_quotas import DeviceLimitSettings
from pushgate.adapters.push_kit_classes import ApprovedClassSettings
from pushgate.adapters.push_kit_signature import ReceiptKeySettings
from pushgate.adapters.vendor_settings import ContentOf, EndpointUrl, FileOf, Secret


class HuaweiSettings(DeviceLimitSettings, ReceiptKeySettings, ApprovedClassSettings):
    """`[apps.<app>.huawei]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.huawei.com"
    token_endpoint: EndpointUrl = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which is its OAuth client id"
    )
    app_secret_file: FileOf = None
    app_secret: Secret | None = Field(default=None, description="the app's OAuth client secret")
    service_account: ContentOf = None
    service_account_file: Path | None = Field(
        default=None, description="JSON key file of a service account, instead of app_secret; calls v2"
    )
    project_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="calls v2 of this project; unset = v1, or v2 of the service account's project",
    )

    @model_validator(mode="after")
    def _require_one_credential(self) -> Self:
        secret = self.app_secret or self.app_secret_file
        if bool(secret) == bool(self.service_account or self.service_account_file):
            raise ValueError("needs app_secret or service_account_file, and not both")
        return self
