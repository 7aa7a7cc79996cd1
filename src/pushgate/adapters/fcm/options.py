"""`options.fcm` (docs/reference/vendors/fcm.md#options): fields of FCM's message that a message may
set for its Android, Apple and web clients. Pure.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from pushgate.adapters.android_options import Duration, HexColour, LightSettings, Timestamp, Visibility
from pushgate.adapters.collapse import MAX_COLLAPSE_ID, apns_collapse_id
from pushgate.adapters.links import HttpsUrl, Picture, WebUrl
from pushgate.adapters.option_rules import goes_with, not_beside_default
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import VendorOptions
from pushgate.runtime.validation_text import explain

Label = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9\-_.~%]{1,50}$")]
_picture: TypeAdapter[str] = TypeAdapter(Picture)
_APNS_HEADER = re.compile(r"apns-[a-z-]{1,40}")


class Apple(VendorOptions):
    """What FCM hands on to APNs (docs/reference/vendors/fcm.md#requests)."""

    headers: dict[str, str] | None = Field(default=None, description="of APNs, such as apns-priority")
    payload: dict[str, object] | None = Field(default=None, description="`aps`, and keys of the app's own")
    image: WebUrl | None = Field(default=None, description="address of a picture, for iOS alone")
    analytics_label: Label | None = None

    @field_validator("headers")
    @classmethod
    def _of_apns(cls, headers: dict[str, str] | None) -> dict[str, str] | None:
        for name, value in (headers or {}).items():
            if not _APNS_HEADER.fullmatch(name):
                raise ValueError(f"has {name[:60]!r}, which is no header of APNs: they begin with apns-")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name} takes printable ASCII")
            if name == "apns-collapse-id" and len(value) > MAX_COLLAPSE_ID:
                raise ValueError(f"{name} takes at most {MAX_COLLAPSE_ID} characters")
        return headers

    def shows(self) -> bool:
        """Whether a client on iOS would show something, or sound."""
        aps = (self.payload or {}).get("aps")
        seen = aps.keys() & {"alert", "badge", "sound"} if isinstance(aps, dict) else ()
        return bool(seen or self.image)

    def rendered(self, key: str | None) -> dict[str, object]:
        """As FCM has it. The key names what is shown, so that it replaces what came under the same one."""
        more = without_none({"image": self.image, "analytics_label": self.analytics_label})
        headers = {**({"apns-collapse-id": apns_collapse_id(key)} if key else {}), **(self.headers or {})}
        return without_none(
            {"headers": headers or None, "payload": self.payload, "fcm_options": more or None}
        )


class WebHeaders(VendorOptions):
    """Of Web Push (docs/reference/vendors/webpush.md#requests)."""

    ttl: int | None = Field(default=None, ge=0, le=2_419_200, description="seconds")
    urgency: Literal["very-low", "low", "normal", "high"] | None = None
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_\-]{1,32}$")


class Web(VendorOptions):
    """What FCM hands on to browsers (docs/reference/vendors/fcm.md#requests)."""

    headers: WebHeaders | None = None
    data: dict[str, str] | None = Field(
        default=None, description="beside the message's own data, for browsers alone"
    )
    notification: dict[str, object] | None = Field(
        default=None, description="fields of the browser's Notification"
    )
    link: HttpsUrl | None = Field(default=None, description="opened on a click")

    @field_validator("notification")
    @classmethod
    def _with_pictures(cls, notification: dict[str, object] | None) -> dict[str, object] | None:
        for name, address in _pictures(notification or {}).items():
            if address is not None:
                try:
                    _picture.validate_python(address)
                except ValidationError as error:
                    told = explain(error.errors()[0]["type"], error.errors()[0]["msg"], {})
                    raise ValueError(f"{name} {told}") from error
        return notification

    def rendered(self, key: str | None, data: Mapping[str, str]) -> dict[str, object]:
        """As FCM has it. The key names what is shown, so that it replaces what came under the same one.

        `data` is the message's own, which browsers would not be given else
        (docs/reference/vendors/fcm.md#options).
        """
        told = self.headers or WebHeaders()
        ttl = None if told.ttl is None else str(told.ttl)
        headers = without_none({"TTL": ttl, "Urgency": told.urgency, "Topic": told.topic})
        return without_none(
            {
                "headers": headers or None,
                "data": {**data, **self.data} if self.data else None,
                "notification": {**({"tag": key} if key else {}), **(self.notification or {})} or None,
                "fcm_options": {"link": self.link} if self.link else None,
            }
        )


def _pictures(notification: Mapping[str, object]) -> dict[str, object]:
    """Addresses that a browser's notification and its buttons have, by their fields."""
    found = {name: notification.get(name) for name in ("icon", "image", "badge")}
    actions = notification.get("actions")
    for index, action in enumerate(actions if isinstance(actions, list) else ()):
        if isinstance(action, dict):
            found[f"actions.{index}.icon"] = action.get("icon")
    return found


class OnAndroid(VendorOptions):
    """Fields of `android.notification`, by their own names."""

    channel_id: str | None = None
    icon: str | None = None
    color: HexColour | None = None
    sound: str | None = None
    default_sound: bool | None = None
    tag: str | None = None
    click_action: str | None = None
    ticker: str | None = None
    sticky: bool | None = None
    local_only: bool | None = None
    event_time: Timestamp | None = None
    notification_count: int | None = Field(
        default=None,
        ge=1,
        lt=2**31,
        description="FCM cannot clear the number: 0 counts up, as no number does",
    )
    visibility: Visibility | None = None
    notification_priority: (
        Literal["PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT", "PRIORITY_HIGH", "PRIORITY_MAX"] | None
    ) = None
    proxy: Literal["ALLOW", "DENY", "IF_PRIORITY_LOWERED"] | None = None
    title_loc_key: str | None = None
    title_loc_args: tuple[str, ...] | None = None
    body_loc_key: str | None = None
    body_loc_args: tuple[str, ...] | None = None
    default_vibrate_timings: bool | None = None
    vibrate_timings: tuple[Duration, ...] | None = None
    default_light_settings: bool | None = None
    light_settings: LightSettings | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        goes_with(title_loc_args=self.title_loc_args, title_loc_key=self.title_loc_key)
        goes_with(body_loc_args=self.body_loc_args, body_loc_key=self.body_loc_key)
        not_beside_default(sound=self.sound, default_sound=self.default_sound)
        not_beside_default(
            vibrate_timings=self.vibrate_timings, default_vibrate_timings=self.default_vibrate_timings
        )
        not_beside_default(
            light_settings=self.light_settings, default_light_settings=self.default_light_settings
        )
        return self


class FcmExtras(OnAndroid):
    """`options.fcm`: `android.notification`, what stands beside it, and blocks for clients on other systems."""

    restricted_package_name: str | None = None
    direct_boot_ok: bool | None = None
    bandwidth_constrained_ok: bool | None = None
    restricted_satellite_ok: bool | None = None
    analytics_label: Label | None = None
    apns: Apple | None = Field(default=None, description="for the app's clients on iOS")
    webpush: Web | None = Field(default=None, description="for the app's clients in browsers")

    def on_android(self) -> dict[str, object]:
        """What is set of `android.notification`."""
        return self.model_dump(include=set(OnAndroid.model_fields), exclude_none=True)

    def of_android(self) -> dict[str, object]:
        """What is set of `android` beside its notification."""
        names = (
            "restricted_package_name",
            "direct_boot_ok",
            "bandwidth_constrained_ok",
            "restricted_satellite_ok",
        )
        return self.model_dump(include=set(names), exclude_none=True)
