"""An app's settings for Huawei on HarmonyOS. Pure.

Source: docs/reference/vendors/harmony.md#credentials
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from pushgate.adapters.daily_quotas import DeviceLimitSettings
from pushgate.adapters.push_kit_classes import MARKETING, ApprovedClassSettings
from pushgate.adapters.push_kit_signature import ReceiptKeySettings
from pushgate.adapters.vendor_settings import ContentOf, EndpointUrl


class HarmonySettings(DeviceLimitSettings, ReceiptKeySettings, ApprovedClassSettings):
    """`[apps.<app>.harmony]`"""

    required: ClassVar[frozenset[str]] = frozenset(["service_account"])

    endpoint: EndpointUrl = "https://push-api.cloud.huawei.com"
    service_account: ContentOf = None
    service_account_file: Path | None = Field(
        default=None,
        description="JSON key file of the service account: project_id, key_id, private_key, sub_account; "
        "required, or its content",
    )
    client_id: str | None = Field(
        default=None,
        pattern=r"^[0-9A-Za-z]{1,64}$",
        description="the app's client id; needed to take pushes back, "
        "which goes by it and not by the project",
    )
    category: str = Field(
        default=MARKETING,
        pattern=r"^[A-Z_]{1,64}$",
        description="class of notifications that name none; any other must have been approved by Huawei",
    )
