"""`options.xiaomi`: what a message may set for Xiaomi. Pure.

Source: docs/reference/vendors/xiaomi.md#options
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from pushgate.adapters.links import Page, WebUrl
from pushgate.adapters.option_rules import only_one
from pushgate.adapters.vendor_options import VendorOptions

MAX_EXTRA_KEYS, MAX_EXTRA_CHARACTERS = 10, 1024  # docs/reference/vendors/xiaomi.md#limits
ExtraKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
EXTRA_OPTIONS = (
    "channel_name", "channel_description", "sound_uri", "ticker", "flow_control", "locale",
    "locale_not_in", "model", "model_not_in", "app_version", "app_version_not_in", "connpt",
)  # fmt: skip
"""Options that are sent as the fields `extra.<name>`, unchanged."""
_RESERVED_KEYS = frozenset(
    [
        *EXTRA_OPTIONS, "channel_id", "notify_effect", "web_uri", "intent_uri", "notify_foreground",
        "only_send_once", "jobkey",
    ]
)  # fmt: skip
_KEYS_WITHOUT_EFFECT = frozenset(["notification_bigPic_uri", "notification_large_icon_uri"])


class XiaomiOptions(VendorOptions):
    """Options of a message for Xiaomi."""

    channel_id: str | None = None
    channel_name: str | None = None
    channel_description: str | None = None
    notify_type: int | None = Field(default=None, ge=-1, le=7)
    notify_foreground: bool | None = None
    sound_uri: str | None = None
    ticker: str | None = None
    url: WebUrl | None = Field(default=None, description="opened on a click")
    intent_uri: Page | None = Field(default=None, description="page opened on a click")
    flow_control: int | None = Field(default=None, ge=3000, lt=2**31, description="messages a second")
    locale: str | None = Field(default=None, description="only devices of these, as a comma list")
    locale_not_in: str | None = None
    model: str | None = None
    model_not_in: str | None = None
    app_version: str | None = None
    app_version_not_in: str | None = None
    connpt: Literal["wifi"] | None = Field(default=None, description="only devices that are online so")
    extra: dict[ExtraKey, str] | None = Field(
        default=None, max_length=MAX_EXTRA_KEYS, description="`extra.<key>` of the app's own"
    )

    @field_validator("extra")
    @classmethod
    def _require_own_keys(cls, extra: dict[str, str] | None) -> dict[str, str] | None:
        for key in extra or {}:
            if key in _KEYS_WITHOUT_EFFECT:
                raise ValueError(f"{key} has no effect: Xiaomi has shown no picture of a push since 2023")
            if key in _RESERVED_KEYS or key.startswith("callback"):
                raise ValueError(f"{key} is the vendor's own key; take another one")
        size = sum(len(key) + len(value) for key, value in (extra or {}).items())
        if size > MAX_EXTRA_CHARACTERS:
            raise ValueError(f"has {size} characters, the vendor takes {MAX_EXTRA_CHARACTERS}")
        return extra

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(url=self.url, intent_uri=self.intent_uri)
        return self


DISPLAY_OPTIONS = frozenset(["notify_type", "notify_foreground", "sound_uri", "ticker", "url", "intent_uri"])
"""Options that a silent push does not carry."""
