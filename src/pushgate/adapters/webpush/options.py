"""`options.webpush`: what a message may set for Web Push. Pure.

Source: docs/reference/vendors/webpush.md#options
"""

from typing import Literal

from pydantic import Field

from pushgate.adapters.links import Picture
from pushgate.adapters.vendor_options import VendorOptions


class NotificationAction(VendorOptions):
    """A button of the notification."""

    action: str = Field(min_length=1, description="what the service worker is told of a click on it")
    title: str = Field(min_length=1)
    icon: Picture | None = None


class WebPushOptions(VendorOptions):
    """`options.webpush`: headers for the push service, and fields of the notification."""

    urgency: Literal["very-low", "low", "normal", "high"] | None = None
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_\-]{1,32}$")
    icon: Picture | None = None
    badge: Picture | None = Field(default=None, description="address of a small picture")
    tag: str | None = None
    renotify: bool | None = None
    require_interaction: bool | None = None
    silent: bool | None = None
    actions: tuple[NotificationAction, ...] | None = None
    remove_on_click: bool | None = Field(
        default=None,
        description="`true` for `options.clear_on_click` to clear browsers, too; a browser may end a "
        "subscription whose pushes show nothing",
    )
