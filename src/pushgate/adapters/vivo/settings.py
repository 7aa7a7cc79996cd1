"""`[apps.<app>.vivo]`: an app's settings for vivo. Pure."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from pushgate.adapters.daily_quotas import DailyQuotas
from pushgate.adapters.vendor_settings import EndpointUrl, FileOf, RequiredSecret
from pushgate.adapters.vivo.options import Category
from pushgate.domain.message import MAX_TTL as MAX_MESSAGE_TTL

MAX_TITLE, MAX_CONTENT = 40, 100  # docs/reference/vendors/vivo.md#limits, widths
MAX_TTL = timedelta(days=1)  # docs/reference/vendors/vivo.md#expiry


class VivoSettings(DailyQuotas):
    """`[apps.<app>.vivo]`"""

    required: ClassVar[frozenset[str]] = frozenset(["app_secret"])

    endpoint: EndpointUrl = "https://api-push.vivo.com.cn"
    app_id: int = Field(gt=0, lt=2**63)
    app_key: str = Field(max_length=128)
    app_secret_file: FileOf = None
    app_secret: RequiredSecret = None
    category: Category = Field(default="MARKETING", description="class of messages that name none")
    max_title_width: int = Field(
        default=MAX_TITLE,
        ge=1,
        le=1000,
        description="a Chinese character counts 2; the newest limit is not confirmed",
    )
    max_content_width: int = Field(
        default=MAX_CONTENT,
        ge=1,
        le=10_000,
        description="a Chinese character counts 2; the newest limit is not confirmed",
    )
    badge_field: str = Field(
        default="addBadge",
        pattern=r"^[A-Za-z]{1,40}$",
        description="vivo's name of the field for options.vivo.add_badge; not confirmed",
    )
    longest_ttl: timedelta = Field(
        default=MAX_TTL,
        gt=timedelta(0),
        le=MAX_MESSAGE_TTL,
        description="older documents have 7 days; not confirmed",
    )
    shortest_ttl: timedelta = Field(
        default=timedelta(minutes=1),
        gt=timedelta(0),
        le=timedelta(days=1),
        description="older documents have 15 minutes for lists; not confirmed",
    )
    receipt_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description=(
            "of the receipts' address set in vivo's console, for lists too; "
            "the form of those is not confirmed"
        ),
    )
    test_mode: bool = Field(
        default=False, description="push to test devices only, as an app under review has to"
    )
