"""`options.meizu`: what a message may set for Meizu. Pure.

Source: docs/reference/vendors/meizu.md#options
"""

from typing import Self

from pydantic import Field, model_validator

from pushgate.adapters.links import Page
from pushgate.adapters.message_classes import MessageClasses
from pushgate.adapters.option_rules import only_one
from pushgate.adapters.vendor_options import VendorOptions
from pushgate.domain.message import Category

_SERVICE = (Category.MESSAGE, Category.ACCOUNT, Category.ORDER, Category.REMINDER)
CLASSES: MessageClasses = {category: {"private": category in _SERVICE} for category in Category}
"""Messages of these categories are private, the others public:
docs/reference/vendors/index.md#categories
"""


class MeizuOptions(VendorOptions):
    """Options of a message for Meizu."""

    private: bool | None = Field(default=None, description="a private message, not a public one")
    url: Page | None = Field(
        default=None, max_length=1000, description="opened on a click: a page on the web or of the app"
    )
    activity: str | None = Field(default=None, max_length=1000, description="opened on a click")
    sound: bool | None = None
    vibrate: bool | None = None
    lights: bool | None = None
    expanded: str | None = Field(default=None, max_length=4096, description="text when it is unfolded")
    suspend: bool | None = Field(default=None, description="shown floating")
    clear_notice_bar: bool | None = Field(default=None, description="may be cleared by the user")

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(url=self.url, activity=self.activity)
        return self
