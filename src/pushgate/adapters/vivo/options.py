"""`options.vivo`: what a message may set for vivo. Pure.

Source: docs/reference/vendors/vivo.md#options
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters import links
from pushgate.adapters.click_target import intent_uri
from pushgate.adapters.links import WebUrl
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.option_rules import only_one
from pushgate.adapters.vendor_options import VendorOptions
from pushgate.domain.message import Category as MessageCategory

MAX_WEB_URL, MAX_INTENT_URI = 1000, 1024  # docs/reference/vendors/vivo.md#limits, characters
MAX_LINK = min(MAX_WEB_URL, MAX_INTENT_URI - len(intent_uri(":")))
"""Characters of a link that is short enough as a web page and as an intent URI."""
SYSTEM_CATEGORIES = frozenset(["IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"])
Category = Literal[
    "IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION", "NEWS", "CONTENT", "MARKETING",
    "SOCIAL",
]  # fmt: skip
Page = Annotated[
    links.Page,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$", max_length=MAX_INTENT_URI),
    Field(description="intent URI of an exported activity, opened on a click; a deep link is sent as one"),
]
# docs/reference/vendors/index.md#categories
_BY_CATEGORY: Mapping[MessageCategory, Category] = {
    MessageCategory.MESSAGE: "IM",
    MessageCategory.ACCOUNT: "ACCOUNT",
    MessageCategory.ORDER: "ORDER",
    MessageCategory.REMINDER: "TODO",
    MessageCategory.NEWS: "NEWS",
    MessageCategory.MARKETING: "MARKETING",
}
CLASSES: MessageClasses = {category: {"category": name} for category, name in _BY_CATEGORY.items()}


class VivoOptions(VendorOptions):
    """Options of a message for vivo."""

    category: Category | None = None
    notify_type: int | None = Field(
        default=None, ge=1, le=4, description="1 none, 2 sound, 3 vibration, 4 both"
    )
    url: WebUrl | None = Field(default=None, max_length=MAX_WEB_URL, description="opened on a click")
    page: Page | None = None
    custom: Page | None = None
    wifi_only: bool | None = None
    foreground_show: bool | None = None
    add_badge: bool | None = Field(
        default=None, description="adds 1 to the number at the icon; needs vivo's permission"
    )

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(url=self.url, page=self.page, custom=self.custom)
        return self
