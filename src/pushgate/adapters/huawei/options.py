"""`options.huawei`: what a message may set for Huawei, by Huawei's own names. Pure.

Source: docs/reference/vendors/huawei.md#options
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters.android_options import Duration, HexColour, LightSettings, Timestamp, Visibility
from pushgate.adapters.links import HttpsUrl, Page
from pushgate.adapters.option_rules import EXACT, goes_with, not_beside_default, only_one
from pushgate.adapters.push_kit_classes import MARKETING, SERVICE
from pushgate.adapters.push_kit_options import require_style_texts
from pushgate.adapters.vendor_options import VendorOptions

Text = Annotated[str, StringConstraints(max_length=1024)]
Resource = Annotated[str, StringConstraints(pattern=r"^/raw/[^/]+$", max_length=256)]
# docs/reference/vendors/huawei.md#options, docs/reference/vendors/index.md#categories
DOCUMENTED_CLASSES = SERVICE | {MARKETING, "SYSTEM_REMINDER"}


class HuaweiButton(VendorOptions):
    """A button under the notification. Huawei decides what each `action_type` needs."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    action_type: int = Field(ge=0, le=4)
    intent_type: int | None = Field(default=None, ge=0, le=1)
    intent: Page | None = None
    data: Text | None = None


class HuaweiNotificationOptions(VendorOptions):
    """Fields of `android.notification`."""

    channel_id: str | None = None
    icon: Resource | None = Field(default=None, description="`/raw/name`, of the app's own resources")
    color: HexColour | None = None
    ticker: str | None = None
    notify_summary: str | None = None
    when: Timestamp | None = None
    sound: Resource | None = Field(default=None, description="`/raw/name`; unset = the device's own")
    default_sound: bool | None = Field(default=None, description="whether the device's own is heard")
    notify_id: int | None = Field(default=None, ge=0, lt=2**31, description="equal ones replace each other")
    use_default_vibrate: bool | None = None
    vibrate_config: tuple[Duration, ...] | None = Field(default=None, max_length=10)
    use_default_light: bool | None = None
    light_settings: LightSettings | None = None
    style: Annotated[Literal[0, 1, 3], EXACT] | None = Field(
        default=None, description="1 long text, 3 list of lines"
    )
    big_title: str | None = None
    big_body: str | None = None
    inbox_content: tuple[Text, ...] | None = Field(default=None, max_length=5)
    tag: str | None = None
    group: str | None = None
    title_loc_key: str | None = None
    title_loc_args: tuple[str, ...] | None = None
    body_loc_key: str | None = None
    body_loc_args: tuple[str, ...] | None = None
    buttons: tuple[HuaweiButton, ...] | None = Field(default=None, max_length=3)
    visibility: Visibility | None = None
    foreground_show: bool | None = None
    auto_clear: int | None = Field(
        default=None, ge=1, lt=2**31, description="milliseconds until it goes by itself"
    )
    auto_cancel: bool | None = None
    profile_id: str | None = Field(default=None, max_length=64)


class HuaweiOptions(HuaweiNotificationOptions):
    """`options.huawei`: the notification's own fields, its class, and what a click opens."""

    category: str | None = Field(
        default=None,
        pattern=r"^[A-Z_]{1,64}$",
        description="class of the message; Huawei takes what it has approved for the app, "
        "and counts the rest as marketing",
    )
    urgency: Literal["HIGH", "NORMAL"] | None = Field(
        default=None, description="of silent pushes; HIGH needs Huawei's permission"
    )
    importance: Literal["LOW", "NORMAL"] | None = None
    badge_add: int | None = Field(default=None, ge=1, le=99)
    badge_set: int | None = Field(default=None, ge=0, le=99)
    badge_class: str | None = None
    url: HttpsUrl | None = Field(default=None, description="opened on a click")
    intent: Page | None = Field(default=None, description="page opened on a click")
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    receipt_id: str | None = None
    fast_app_target: Annotated[Literal[1, 2], EXACT] | None = Field(
        default=None, description="1 development, 2 production"
    )
    target_user_type: Annotated[Literal[0, 1], EXACT] | None = Field(
        default=None, description="1 = a test message"
    )

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(badge_add=self.badge_add, badge_set=self.badge_set)
        only_one(url=self.url, intent=self.intent)
        only_one(url=self.url, action=self.action)
        goes_with(title_loc_args=self.title_loc_args, title_loc_key=self.title_loc_key)
        goes_with(body_loc_args=self.body_loc_args, body_loc_key=self.body_loc_key)
        not_beside_default(sound=self.sound, default_sound=self.default_sound)
        not_beside_default(vibrate_config=self.vibrate_config, use_default_vibrate=self.use_default_vibrate)
        not_beside_default(light_settings=self.light_settings, use_default_light=self.use_default_light)
        require_style_texts(self.style, self.big_title, self.big_body, self.inbox_content)
        return self

    def importance_of_class(self) -> Literal["LOW", "NORMAL"] | None:
        """Return the importance that is set, else that of the class; None leaves it to Huawei."""
        if self.importance or not self.category:
            return self.importance
        return "LOW" if self.category == MARKETING else "NORMAL"

    @cached_property
    def notification_fields(self) -> Mapping[str, object]:
        """Return the fields of `android.notification` that are set."""
        return self.model_dump(include=set(HuaweiNotificationOptions.model_fields), exclude_none=True)


DISPLAY_OPTIONS = frozenset(HuaweiNotificationOptions.model_fields) | {
    "importance", "badge_add", "badge_set", "badge_class", "url", "intent", "action",
}  # fmt: skip
"""Options that a silent push does not carry."""
