"""`options.oppo`: what a message may set for OPPO. Pure.

Source: docs/reference/vendors/oppo.md#options
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pushgate.adapters.links import Page, WebUrl
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.option_rules import EXACT, only_one
from pushgate.adapters.vendor_options import VendorOptions
from pushgate.domain.message import Category

MARKETING_CATEGORIES = frozenset(["NEWS", "CONTENT", "MARKETING", "SOCIAL"])
"""OPPO's categories of content and marketing; all others are of communication and service.

Source: docs/reference/vendors/index.md#categories
"""
_BY_CATEGORY: Mapping[Category, str] = {
    Category.MESSAGE: "IM",
    Category.ACCOUNT: "ACCOUNT",
    Category.ORDER: "ORDER",
    Category.REMINDER: "TODO",
    Category.NEWS: "NEWS",
    Category.MARKETING: "MARKETING",
}
CLASSES: MessageClasses = {category: {"category": name} for category, name in _BY_CATEGORY.items()}


class OppoOptions(VendorOptions):
    """Options of a message for OPPO."""

    subtitle: str | None = None
    channel_id: str | None = None
    category: str | None = Field(default=None, pattern=r"^[A-Z_]{1,64}$", description="class of the message")
    notify_level: Annotated[Literal[1, 2, 16], EXACT] | None = Field(
        default=None,
        description=(
            "1 bar, 2 also lock screen, 16 all alerts; "
            "needs a category, 2 and 16 one of communication and service"
        ),
    )
    badge_add: int | None = Field(default=None, ge=1, le=99_999)
    badge_set: int | None = Field(default=None, ge=0, le=99_999, description="0 clears it")
    small_picture_id: str | None = Field(default=None, max_length=128, description="of OPPO's upload")
    big_picture_id: str | None = Field(
        default=None,
        max_length=128,
        description="of OPPO's upload; the content is saved first, and then pushed",
    )
    url: WebUrl | None = Field(default=None, max_length=2000, description="opened on a click")
    activity: str | None = Field(default=None, max_length=500, description="opened on a click, by its action")
    activity_class: str | None = Field(
        default=None, max_length=500, description="opened on a click, by its class"
    )
    intent: Page | None = Field(
        default=None, max_length=2000, description="opened on a click, by an intent URL"
    )
    wifi_only: bool | None = None
    show_ttl: int | None = Field(default=None, ge=0, le=86_400, description="seconds it may be shown")
    show_from: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    show_until: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    private_msg_template_id: str | None = Field(
        default=None, max_length=128, description="of a template that OPPO approved, as private classes need"
    )
    private_title_parameters: dict[str, str] | None = None
    private_content_parameters: dict[str, str] | None = None

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(url=self.url, activity=self.activity, activity_class=self.activity_class, intent=self.intent)
        only_one(badge_add=self.badge_add, badge_set=self.badge_set)
        if (self.show_from is None) != (self.show_until is None):
            raise ValueError("show_from and show_until go together")
        if self.show_from is not None and self.show_until is not None and self.show_from >= self.show_until:
            raise ValueError("show_from is before show_until")
        given = self.private_title_parameters or self.private_content_parameters
        if given and not self.private_msg_template_id:
            raise ValueError("private_..._parameters go with private_msg_template_id")
        return self
