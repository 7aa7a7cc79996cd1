"""`[apps.<app>.oppo]`: an app's settings for OPPO. Pure."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pushgate.adapters.daily_quotas import DailyQuotas
from pushgate.adapters.option_rules import EXACT
from pushgate.adapters.vendor_settings import EndpointUrl, FileOf, RequiredSecret


class OppoSettings(DailyQuotas):
    """`[apps.<app>.oppo]`"""

    required: ClassVar[frozenset[str]] = frozenset(["master_secret"])
    own_addresses: ClassVar[frozenset[str]] = frozenset(["https://api.push.oppomobile.com"])

    endpoint: EndpointUrl = Field(
        default="https://api-push-cn.heytapmobi.com",
        description="for terminals in China; its host as of 2026",
    )
    overseas_endpoint: EndpointUrl = Field(
        default="https://api-intl.push.oppomobile.com",
        description="for terminals abroad, told by their registration id",
    )
    app_key: str = Field(max_length=128)
    master_secret_file: FileOf = None
    master_secret: RequiredSecret = None
    channel_id: str | None = Field(default=None, description="Android notification channel")
    category: str | None = Field(
        default=None, pattern=r"^[A-Z_]{1,64}$", description="class of messages that name none"
    )
    notify_level: Annotated[Literal[1, 2, 16], EXACT] | None = Field(
        default=None,
        description="of messages with a category; 2 and 16 of those of communication and service",
    )
