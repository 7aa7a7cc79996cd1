"""Renders pushes as OPPO's notifications. Pure.

A push goes in; the notification without a token comes out.

Source: docs/reference/vendors/oppo.md#requests
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import orjson

from pushgate.adapters.click_target import click_target
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.oppo.options import CLASSES, MARKETING_CATEGORIES, OppoOptions
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.text_limits import require_length
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode, RefusalScope

Notification = Mapping[str, object]
MAX_TITLE, MAX_SUBTITLE = 50, 10  # docs/reference/vendors/oppo.md#limits, characters
MAX_CONTENT, MAX_LONG_CONTENT = 50, 128  # characters in styles 1 and 3, and in style 2
MAX_PARAMETERS = 4000  # characters
MAX_LINK = 2000  # characters
MAX_MARKETING_SHOW_TTL = 43_200  # s
MAX_TTL = timedelta(days=10)  # docs/reference/vendors/oppo.md#expiry
_STANDARD_STYLE, _LONG_TEXT_STYLE, _PICTURE_STYLE = 1, 2, 3


def render(
    push: Push, settings: OppoSettings, now: datetime, receipt_url: str | None = None
) -> dict[str, object]:
    """Return the notification that all terminals get. Raises PayloadRejected."""
    options = parse_options(push, "oppo", OppoOptions, CLASSES)
    require_not_silent(push)
    _require_texts(push, options)
    parameters = orjson.dumps(client_data(push)).decode()
    require_length(parameters, MAX_PARAMETERS, "content.data")
    class_fields = _class_fields(options, settings)
    fields = {
        # A terminal shows only one notification with this id, should it be sent twice.
        "app_message_id": push.message_id,
        **_text_fields(push, options),
        **_click_fields(push, options),
        "action_parameters": parameters,
        **_time_fields(push, options, now),
        "private_msg_template_id": options.private_msg_template_id,
        "private_title_parameters": options.private_title_parameters,
        "private_content_parameters": options.private_content_parameters,
        "network_type": None if options.wifi_only is None else int(options.wifi_only),
        "channel_id": options.channel_id or settings.channel_id,
        **class_fields,
        **_badge_fields(push, options),
        # A notification replaces the one with the same id on the device.
        "notify_id": notification_id(push),
        "call_back_url": receipt_url,
        "call_back_parameter": push.message_id if receipt_url else None,
    }
    return without_none(fields)


def has_big_picture(notification: Notification) -> bool:
    """Whether a notification has a big picture, which OPPO accepts only in broadcasts."""
    return "big_picture_id" in notification


def refusal_scopes(notification: Notification, call: str) -> Mapping[RefusalScope, str]:
    """Return what a refusal may be about.

    OPPO counts a quota by category, channel or template, depending on the app.
    """
    names = [notification.get(name) for name in ("category", "channel_id", "private_msg_template_id")]
    return {RefusalScope.CLASS: " ".join(str(name) for name in names if name), RefusalScope.CALL: call}


def message_encoder(notification: Notification) -> Callable[[bytes], bytes]:
    """Return what writes the notification to a token as it stands in a form.

    The notification is percent-encoded once, and not for each token.
    """
    before = quote(b'{"target_type":2,"target_value":"', safe="").encode()
    after = quote(b'","notification":' + orjson.dumps(notification) + b"}", safe="").encode()
    return lambda token: before + quote(token, safe="").encode() + after


def encode_messages(messages: Sequence[bytes]) -> bytes:
    """Return the field of a form with these notifications, each to one token."""
    return b"messages=%5B" + b"%2C".join(messages) + b"%5D"


def encode_tokens(tokens: Sequence[bytes]) -> bytes:
    """Return registration ids as they stand in the form of a broadcast."""
    return quote(b";".join(tokens), safe="").encode()


def encode_content(notification: Notification) -> bytes:
    """Return the form that saves a notification."""
    return urlencode({name: _form_text(value) for name, value in notification.items()}).encode()


def is_overseas(token: bytes) -> bool:
    """Whether a registration id belongs to a terminal outside of China."""
    parts = token.split(b"_")
    return len(parts) > 1 and not (len(parts) <= 3 and parts[len(parts) - 2] == b"CN")


def _require_texts(push: Push, options: OppoOptions) -> None:
    """Raise PayloadRejected for a text that is longer than OPPO takes."""
    require_length(push.content.title, MAX_TITLE, "content.title")
    max_content = MAX_CONTENT if options.big_picture_id else MAX_LONG_CONTENT
    require_length(push.content.body, max_content, "content.body")
    require_length(options.subtitle or "", MAX_SUBTITLE, "options.oppo.subtitle")


def _text_fields(push: Push, options: OppoOptions) -> Mapping[str, object]:
    """Texts and pictures, and the style that shows them."""
    is_short = len(push.content.body) <= MAX_CONTENT
    text_style = _STANDARD_STYLE if is_short else _LONG_TEXT_STYLE
    return {
        "title": push.content.title,
        "sub_title": options.subtitle,
        "content": push.content.body,
        "style": _PICTURE_STYLE if options.big_picture_id else text_style,
        "small_picture_id": options.small_picture_id,
        "big_picture_id": options.big_picture_id,
    }


def _click_fields(push: Push, options: OppoOptions) -> Mapping[str, object]:
    """A click opens the app, an activity, a web page, or a link of the app's own scheme."""
    if options.activity:
        return {"click_action_type": 1, "click_action_activity": options.activity}
    if options.activity_class:
        return {"click_action_type": 4, "click_action_activity": options.activity_class}
    web, page = click_target(push, options.url, options.intent)
    require_length(web or page or "", MAX_LINK, "content.url")  # the limits of the options hold by now
    if web:
        return {"click_action_type": 2, "click_action_url": web}
    if page:
        return {"click_action_type": 5, "click_action_url": page}
    return {"click_action_type": 0}


def _time_fields(push: Push, options: OppoOptions, now: datetime) -> Mapping[str, object]:
    ttl = seconds_to_live(push, now, MAX_TTL)
    return {
        "off_line": ttl > 0,
        "off_line_ttl": ttl or None,
        "show_ttl": options.show_ttl,
        "show_time_type": None if options.show_from is None else 1,
        "show_start_time": options.show_from,
        "show_end_time": options.show_until,
    }


def _class_fields(options: OppoOptions, settings: OppoSettings) -> Mapping[str, object]:
    """Return the class of message, and its level, which says how loud it is.

    The level is the message's own, or else that of the settings, for a class that has it. Raises
    PayloadRejected for options that the class does not have.
    """
    category = options.category or settings.category
    is_marketing = category is None or category in MARKETING_CATEGORIES
    _require_allowed(options, has_category=bool(category), is_marketing=is_marketing)
    level = options.notify_level
    if level is None and category is not None and (not is_marketing or settings.notify_level == 1):
        level = settings.notify_level
    return {"category": category, "notify_level": level}


def _require_allowed(options: OppoOptions, *, has_category: bool, is_marketing: bool) -> None:
    """Raise PayloadRejected for options that the class of message does not have.

    Source: docs/reference/vendors/oppo.md#options
    """
    reason = ""
    if options.notify_level and not has_category:
        reason = "needs a category"
    elif (options.notify_level or 1) > 1 and is_marketing:
        reason = "2 and 16 are for the classes of communication and service"
    if reason:
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.oppo.notify_level", reason)
    if (options.show_ttl or 0) > MAX_MARKETING_SHOW_TTL and is_marketing:
        limit = f"is at most {MAX_MARKETING_SHOW_TTL} (12 hours)"
        reason = f"{limit} but for the classes of communication and service"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.oppo.show_ttl", reason)


def _badge_fields(push: Push, options: OppoOptions) -> Mapping[str, object]:
    if options.badge_add is not None:
        return {"badge_operation_type": 1, "badge_message_count": options.badge_add}
    count = push.options.badge if options.badge_set is None else options.badge_set
    return {} if count is None else {"badge_operation_type": 0, "badge_message_count": count}


def _form_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
