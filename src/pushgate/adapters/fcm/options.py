"""`options.fcm`: what a message may set for FCM's clients on Android, on iOS and in browsers. Pure.

Source: docs/reference/vendors/fcm.md#options
"""

import re
from collections.abc import Mapping
from functools import cached_property
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


class ApnsConfig(VendorOptions):
    """`options.fcm.apns`: what FCM passes on to APNs."""

    headers: dict[str, str] | None = Field(default=None, description="of APNs, such as apns-priority")
    payload: dict[str, object] | None = Field(default=None, description="`aps`, and keys of the app's own")
    image: WebUrl | None = Field(default=None, description="address of a picture, for iOS alone")
    analytics_label: Label | None = None

    @field_validator("headers")
    @classmethod
    def _require_apns_headers(cls, headers: dict[str, str] | None) -> dict[str, str] | None:
        for name, value in (headers or {}).items():
            if not _APNS_HEADER.fullmatch(name):
                raise ValueError(f"has {name[:60]!r}, which is no header of APNs: they begin with apns-")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name} takes printable ASCII")
            if name == "apns-collapse-id" and len(value) > MAX_COLLAPSE_ID:
                raise ValueError(f"{name} takes at most {MAX_COLLAPSE_ID} characters")
        return headers

    def shows_something(self) -> bool:
        """Whether a client on iOS would show or play something."""
        aps = (self.payload or {}).get("aps")
        visible = aps.keys() & {"alert", "badge", "sound"} if isinstance(aps, dict) else ()
        return bool(visible or self.image)

    def to_json(self, name: str | None) -> dict[str, object]:
        """Return FCM's `apns`. The push replaces an earlier one of the same name on the device."""
        collapse_header = {"apns-collapse-id": apns_collapse_id(name)} if name else {}
        headers = {**collapse_header, **(self.headers or {})}
        return {**({"headers": headers} if headers else {}), **self.other_fields}

    @cached_property
    def other_fields(self) -> Mapping[str, object]:
        """Return the fields of FCM's `apns` that are set, beside the headers."""
        fcm_options = without_none({"image": self.image, "analytics_label": self.analytics_label})
        return without_none({"payload": self.payload, "fcm_options": fcm_options or None})


class WebpushHeaders(VendorOptions):
    """`options.fcm.webpush.headers`: headers of Web Push (RFC 8030, section 5)."""

    ttl: int | None = Field(default=None, ge=0, le=2_419_200, description="seconds")
    urgency: Literal["very-low", "low", "normal", "high"] | None = None
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_\-]{1,32}$")


class WebpushConfig(VendorOptions):
    """`options.fcm.webpush`: what FCM passes on to browsers."""

    headers: WebpushHeaders | None = None
    data: dict[str, str] | None = Field(
        default=None, description="beside the message's own data, for browsers alone"
    )
    notification: dict[str, object] | None = Field(
        default=None, description="fields of the browser's Notification"
    )
    link: HttpsUrl | None = Field(default=None, description="opened on a click")

    @field_validator("notification")
    @classmethod
    def _require_valid_pictures(cls, notification: dict[str, object] | None) -> dict[str, object] | None:
        for field, url in _picture_urls(notification or {}).items():
            if url is not None:
                try:
                    _picture.validate_python(url)
                except ValidationError as error:
                    reason = explain(error.errors()[0]["type"], error.errors()[0]["msg"], {})
                    raise ValueError(f"{field} {reason}") from error
        return notification

    def to_json(self, name: str | None, message_data: Mapping[str, str]) -> dict[str, object]:
        """Return FCM's `webpush`. The push replaces an earlier one of the same name in the browser.

        FCM gives a browser either `webpush.data` or the message's own data: the two are merged.
        """
        notification = {**({"tag": name} if name else {}), **(self.notification or {})}
        return {
            **({"data": {**message_data, **self.data}} if self.data else {}),
            **({"notification": notification} if notification else {}),
            **self.other_fields,
        }

    @cached_property
    def other_fields(self) -> Mapping[str, object]:
        """Return the fields of FCM's `webpush` that are set, beside data and notification."""
        own = self.headers or WebpushHeaders()
        ttl = None if own.ttl is None else str(own.ttl)
        headers = without_none({"TTL": ttl, "Urgency": own.urgency, "Topic": own.topic})
        fcm_options = {"link": self.link} if self.link else None
        return without_none({"headers": headers or None, "fcm_options": fcm_options})


def _picture_urls(notification: Mapping[str, object]) -> dict[str, object]:
    """Return the addresses of pictures in a browser's notification and its buttons, by field."""
    urls = {name: notification.get(name) for name in ("icon", "image", "badge")}
    actions = notification.get("actions")
    for index, action in enumerate(actions if isinstance(actions, list) else ()):
        if isinstance(action, dict):
            urls[f"actions.{index}.icon"] = action.get("icon")
    return urls


class AndroidNotification(VendorOptions):
    """Fields of FCM's `android.notification`."""

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
    def _require_consistency(self) -> Self:
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


class FcmOptions(AndroidNotification):
    """`options.fcm`: fields for Android, and blocks for clients on other platforms."""

    restricted_package_name: str | None = None
    direct_boot_ok: bool | None = None
    bandwidth_constrained_ok: bool | None = None
    restricted_satellite_ok: bool | None = None
    analytics_label: Label | None = None
    apns: ApnsConfig | None = Field(default=None, description="for the app's clients on iOS")
    webpush: WebpushConfig | None = Field(default=None, description="for the app's clients in browsers")

    @cached_property
    def android_notification_fields(self) -> Mapping[str, object]:
        """Return the fields of `android.notification` that are set."""
        return self.model_dump(include=set(AndroidNotification.model_fields), exclude_none=True)

    @cached_property
    def android_fields(self) -> Mapping[str, object]:
        """Return the other fields of `android` that are set."""
        names = (
            "restricted_package_name",
            "direct_boot_ok",
            "bandwidth_constrained_ok",
            "restricted_satellite_ok",
        )
        return self.model_dump(include=set(names), exclude_none=True)
