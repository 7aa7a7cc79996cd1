"""`[apps.<app>.meizu]`: an app's settings for Meizu. Pure."""

from typing import ClassVar

from pydantic import Field

from pushgate.adapters.daily_quotas import DailyQuotas, PerDevice
from pushgate.adapters.vendor_settings import EndpointUrl, FileOf, RequiredSecret, Secret

MAX_MESSAGE = 4096
"""Bytes of `messageJson`; no document of the vendor has a limit."""


class MeizuSettings(DailyQuotas):
    """`[apps.<app>.meizu]`"""

    required: ClassVar[frozenset[str]] = frozenset(["app_secret"])

    marketing_per_device: PerDevice = 3
    endpoint: EndpointUrl = "https://server-api-push.meizu.com"
    app_id: str = Field(pattern=r"^[0-9]{1,20}$")
    app_secret_file: FileOf = None
    app_secret: RequiredSecret = None
    private: bool = Field(
        default=False, description="messages that name no class are private, not public ones"
    )
    vip: bool = Field(
        default=False, description="the app is one of Meizu's VIP apps, whose notifications may have an image"
    )
    max_message: int = Field(
        default=MAX_MESSAGE,
        ge=1024,
        le=1_000_000,
        description="bytes of messageJson; no document has a limit",
    )
    receipt_token_file: FileOf = None
    receipt_token: Secret | None = Field(
        default=None, description="the access_token of receipts, if you know it; others are then refused"
    )
