"""`[apps.<app>.xiaomi]`: an app's settings for Xiaomi. Pure."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters.daily_quotas import DailyQuotas, PerDevice
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.vendor_settings import EndpointUrl, FileOf, RequiredSecret
from pushgate.domain.message import Category

_HOSTS = {  # docs/reference/vendors/xiaomi.md#requests
    "china": "https://api.xmpush.xiaomi.com",
    "global": "https://api.xmpush.global.xiaomi.com",
    "russia": "https://ru-api.xmpush.global.xiaomi.com",
    "india": "https://idmb-api.xmpush.global.xiaomi.com",
    "europe": "https://fr-api.xmpush.global.xiaomi.com",
    "singapore": "https://sgp-api.xmpush.global.xiaomi.com",
}


class XiaomiSettings(DailyQuotas):
    """`[apps.<app>.xiaomi]`"""

    required: ClassVar[frozenset[str]] = frozenset(["app_secret"])
    own_addresses: ClassVar[frozenset[str]] = frozenset(_HOSTS.values())

    marketing_per_device: PerDevice = 5
    endpoint: EndpointUrl = Field(default="", description="the host to call; unset = the region's")
    region: Literal["china", "global", "russia", "india", "europe", "singapore"] = "china"
    package: str = Field(pattern=r"^[A-Za-z0-9_.]{1,255}$", description="the app's package name")
    app_secret_file: FileOf = None
    app_secret: RequiredSecret = None
    channel_id: str | None = Field(
        default=None,
        description="of messages without a category; required by Xiaomi in mainland China since 2024-11-04",
    )
    channels: dict[Category, Annotated[str, StringConstraints(min_length=1)]] = Field(
        default_factory=dict,
        description="by `options.category`, the id of the channel, which is Xiaomi's class of message",
    )
    max_payload: int = Field(
        default=4096,
        ge=1024,
        le=1_000_000,
        description="bytes of data; Xiaomi's limit is about so, not confirmed",
    )
    revoke_path: str = Field(
        default="/v3/message/regid/revoke",
        pattern=r"^/[A-Za-z0-9_/]{1,200}$",
        description="the call that takes pushes back; v1 and v2 end on 2026-12-01",
    )
    revoke_ids: str = Field(
        default="registration_ids",
        pattern=r"^[a-z_]{1,40}$",
        description="its field for the registration ids, as the vendor's own library names it; "
        "not confirmed for v3",
    )

    def message_classes(self) -> MessageClasses:
        """Return the app's channels.

        Each app has channels of its own, so there is no table for all apps.
        """
        return {category: {"channel_id": channel} for category, channel in self.channels.items()}

    @model_validator(mode="before")
    @classmethod
    def _use_host_of_region(cls, values: object) -> object:
        if isinstance(values, dict) and not values.get("endpoint"):
            return {**values, "endpoint": _HOSTS.get(str(values.get("region")), _HOSTS["china"])}
        return values
