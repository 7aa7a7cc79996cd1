"""Renders pushes as Honor's message. Pure.

Source: docs/reference/vendors/honor.md#requests
"""

from datetime import datetime, timedelta

import orjson

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.honor.options import CLASSES, DISPLAY_OPTIONS, HonorButton, HonorOptions
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.push_kit_options import badge_change, click_action
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options

MAX_MESSAGE_ID = 64
MAX_TTL = timedelta(days=15)  # docs/reference/vendors/honor.md#expiry
SERVICE = "NORMAL"
"""The importance of service messages; only they may have pictures."""
_AFTER_TOKENS = b"]}"


def render(push: Push, settings: HonorSettings, now: datetime) -> tuple[bytes, bytes]:
    """Return the body before and after the list of tokens. Raises PayloadRejected."""
    options = options_of(push)
    require_length(push.message_id, MAX_MESSAGE_ID, "id")
    require_https_image(push.content.image)
    if push.options.silent:
        require_no_options(push, "honor", sorted(DISPLAY_OPTIONS), "a silent push")
    data = orjson.dumps(client_data(push)).decode()
    body = orjson.dumps({"data": data, "android": _android(push, options, now), "token": []})
    require_size(body, settings.max_body, "the message without its tokens")
    return body[: -len(_AFTER_TOKENS)], _AFTER_TOKENS


def options_of(push: Push) -> HonorOptions:
    """Return the push's options for Honor. Raises PayloadRejected."""
    return parse_options(push, "honor", HonorOptions, CLASSES)


def _android(push: Push, options: HonorOptions, now: datetime) -> dict[str, object]:
    ttl = max(1, seconds_to_live(push, now, MAX_TTL))  # the meaning of 0 is not documented
    return without_none(
        {
            "ttl": f"{ttl}s",
            "biTag": push.message_id,
            "targetUserType": options.target_user_type,
            "notification": None if push.options.silent else _notification(push, options),
        }
    )


def _notification(push: Push, options: HonorOptions) -> dict[str, object]:
    content = push.content
    add, set_to = badge_change(push, options.badge_add, options.badge_set)
    badge = without_none({"addNum": add, "setNum": set_to, "badgeClass": options.badge_class})
    return without_none(
        {
            "title": content.title,
            "body": content.body,
            "image": content.image if options.importance == SERVICE else None,
            "importance": options.importance,
            "clickAction": click_action(push, url=options.url, intent=options.intent, action=options.action),
            "style": 1 if options.big_body else None,
            "bigTitle": options.big_title,
            "bigBody": options.big_body,
            "when": options.when,
            "buttons": [_button(button) for button in options.buttons] if options.buttons else None,
            "badge": badge or None,
            "notifyId": notification_id(push),
            "tag": push.options.collapse_key,
            "group": options.group,
        }
    )


def _button(button: HonorButton) -> dict[str, object]:
    return without_none(
        {
            "name": button.name,
            "actionType": button.action_type,
            "intentType": button.intent_type,
            "intent": button.intent,
            "data": button.data,
        }
    )
