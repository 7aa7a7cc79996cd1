"""Renders pushes as FCM's messages. A push goes in; the message without its target comes out. Pure.

Source: docs/reference/vendors/fcm.md#requests
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from pushgate.adapters.client_data import REMOVAL_KEY, URL_KEY, client_data
from pushgate.adapters.collapse import apns_collapse_id, collapse_name
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.fcm.options import AndroidNotification, ApnsConfig, FcmOptions, WebpushConfig
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.removal import silent_removal
from pushgate.adapters.text_limits import require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode

MAX_MESSAGE = 4096  # docs/reference/vendors/fcm.md#limits, bytes, for tokens
MAX_TOPIC_MESSAGE = 2048  # bytes
MAX_TTL = timedelta(days=28)  # docs/reference/vendors/fcm.md#expiry
RESERVED_KEYS = frozenset(["from", "message_type"])
RESERVED_PREFIXES = ("google.", "gcm.notification.")
_NO_APNS_CONFIG, _NO_WEBPUSH_CONFIG = ApnsConfig(), WebpushConfig()
_PRIORITIES = {Priority.HIGH: "HIGH", Priority.LOW: "NORMAL", Priority.NORMAL: None}


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A request's body before and after the field that names its target."""

    before: bytes
    after: bytes

    @property
    def size(self) -> int:
        """Bytes of the message without its target."""
        return len(self.after) - len(b",}") + len(b"{")


def render(push: Push, now: datetime) -> RenderedMessage:
    """Return the message that all targets get. Raises PayloadRejected."""
    options = parse_options(push, "fcm", FcmOptions)
    _require_free_keys(push)
    _require_free_url_key(push, options)
    if push.options.silent:
        _require_silence(push, options)
    body = _message_body(push, options, now)
    start = b'{"validate_only":true,"message":{' if push.options.dry_run else b'{"message":{'
    return RenderedMessage(start, b"," + body[1:] + b"}")


def _message_body(push: Push, options: FcmOptions, now: datetime) -> bytes:
    message = _common_message(push, options, now)
    max_size, target = (MAX_TOPIC_MESSAGE, "topic") if push.to_topic else (MAX_MESSAGE, "token")
    named = not push.options.silent
    body = orjson.dumps({**message, **_other_platforms(push, options, named=named)})
    if len(body) > max_size:  # the content matters more than the name that lets a repeat replace it
        body = orjson.dumps({**message, **_other_platforms(push, options, named=False)})
    return require_size(body, max_size, f"the message without its {target}")


def removal(push: Push) -> Push:
    """Return the silent push on which the client app removes the notification of `push`.

    The app cancels the tag on Android, and the delivered notification with that id on iOS.
    """
    options = parse_options(push, "fcm", FcmOptions)
    name = options.tag or collapse_name(push)
    apns = {
        "headers": {"apns-push-type": "background", "apns-priority": "5"},
        "payload": {"aps": {"content-available": 1}, REMOVAL_KEY: _name_on_ios(push, options)},
    }
    return silent_removal(push, name, {"fcm": {"apns": apns}})


def _name_on_ios(push: Push, options: FcmOptions) -> str:
    headers = (options.apns and options.apns.headers) or {}
    return headers.get("apns-collapse-id") or apns_collapse_id(collapse_name(push))


def _common_message(push: Push, options: FcmOptions, now: datetime) -> dict[str, object]:
    """Return what clients of all platforms get, and the part for Android."""
    content, silent = push.content, push.options.silent
    notification = {"title": content.title, "body": content.body}
    if content.image is not None:
        notification["image"] = content.image
    android = {
        "ttl": f"{seconds_to_live(push, now, MAX_TTL)}s",
        "priority": _PRIORITIES[push.options.priority],
        "collapse_key": push.options.collapse_key,
        **options.android_fields,
        "notification": None if silent else _android_notification(push, options),
    }
    message: dict[str, object] = {
        **({} if silent else {"notification": notification}),
        "data": client_data(push),
        "android": without_none(android),
    }
    if options.analytics_label:
        message["fcm_options"] = {"analytics_label": options.analytics_label}
    return message


def _android_notification(push: Push, options: FcmOptions) -> dict[str, object]:
    # The collapse key replaces a push that FCM still stores; the tag replaces one that the device
    # shows.
    notification: dict[str, object] = {"tag": collapse_name(push)}
    if push.options.badge:  # with 0 the launcher would count up
        notification["notification_count"] = push.options.badge
    return {**notification, **options.android_notification_fields}


def _other_platforms(push: Push, options: FcmOptions, *, named: bool) -> dict[str, object]:
    """Return the parts for iOS and browsers.

    If `named`, they have the name under which the push replaces an earlier one.
    """
    name = collapse_name(push) if named else None
    apns = (options.apns or _NO_APNS_CONFIG).to_json(name)
    webpush = (options.webpush or _NO_WEBPUSH_CONFIG).to_json(name, client_data(push))
    return {**({"apns": apns} if apns else {}), **({"webpush": webpush} if webpush else {})}


def _require_free_keys(push: Push) -> None:
    """Raise PayloadRejected for data under a key that FCM reserves."""
    for key in push.content.data:
        if key in RESERVED_KEYS or key.startswith(RESERVED_PREFIXES):
            reason = "is one of the vendor's own keys; take another one"
            raise PayloadRejected(FailureCode.RESERVED_KEY, f"content.data.{key}", reason)


def _require_free_url_key(push: Push, options: FcmOptions) -> None:
    """Raise PayloadRejected for options whose data has the key of the content's url."""
    if not push.content.url:
        return
    by_option: dict[str, Mapping[str, object]] = {
        "apns.payload": (options.apns and options.apns.payload) or {},
        "webpush.data": (options.webpush and options.webpush.data) or {},
    }
    for option, data in by_option.items():
        if URL_KEY in data:
            reason = "is taken by content.url, which the app finds there; give one of the two"
            raise PayloadRejected(FailureCode.BAD_OPTION, f"options.fcm.{option}.{URL_KEY}", reason)


def _require_silence(push: Push, options: FcmOptions) -> None:
    """Raise PayloadRejected for options with which a silent push would show something."""
    require_no_options(push, "fcm", list(AndroidNotification.model_fields), "a silent push")
    if options.apns and options.apns.shows_something():
        reason = "shows something, which options.silent rules out"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.fcm.apns", reason)
    if options.webpush and (options.webpush.notification or options.webpush.link):
        reason = "has a notification or a link, which options.silent rules out"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.fcm.webpush", reason)
