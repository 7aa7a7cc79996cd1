"""`options.honor`: what a message may set for Honor. Pure.

Source: docs/reference/vendors/honor.md#options
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters.android_options import Timestamp
from pushgate.adapters.links import HttpsUrl, Page
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.option_rules import EXACT, only_one
from pushgate.adapters.vendor_options import VendorOptions
from pushgate.domain.message import Category

_MARKETING = (Category.NEWS, Category.MARKETING)
CLASSES: MessageClasses = {  # docs/reference/vendors/index.md#categories
    category: {"importance": "LOW" if category in _MARKETING else "NORMAL"} for category in Category
}
SERVICE_CATEGORIES = frozenset(Category) - frozenset(_MARKETING)


class HonorButton(VendorOptions):
    """A button under the notification."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    action_type: Annotated[Literal[0, 1, 2], EXACT]
    intent_type: int | None = None
    intent: Page | None = None
    data: Annotated[str, StringConstraints(max_length=1024)] | None = None


class HonorOptions(VendorOptions):
    """`options.honor`."""

    importance: Literal["LOW", "NORMAL"] | None = Field(
        default=None,
        description="LOW for marketing, NORMAL for service messages, which need Honor's approval",
    )
    badge_add: int | None = Field(default=None, ge=0, le=99)
    badge_set: int | None = Field(default=None, ge=0, le=99)
    badge_class: str | None = None
    url: HttpsUrl | None = Field(default=None, description="opened on a click")
    intent: Page | None = Field(default=None, description="page opened on a click")
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    big_title: str | None = None
    big_body: str | None = Field(default=None, description="text of the long style")
    when: Timestamp | None = None
    buttons: tuple[HonorButton, ...] | None = Field(default=None, max_length=3)
    group: str | None = None
    target_user_type: Annotated[Literal[0, 1], EXACT] | None = Field(
        default=None, description="1 = a test message"
    )

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(url=self.url, intent=self.intent)
        only_one(url=self.url, action=self.action)
        only_one(badge_add=self.badge_add, badge_set=self.badge_set)
        if self.big_title and not self.big_body:
            raise ValueError("big_title goes with big_body")
        return self


DISPLAY_OPTIONS = frozenset(HonorOptions.model_fields) - {"target_user_type"}
"""Options that a silent push does not carry."""
