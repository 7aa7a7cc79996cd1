"""Renders pushes as Huawei's message for Android. Pure.

Source: docs/reference/vendors/huawei.md#requests
"""

from datetime import datetime, timedelta

import orjson

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.huawei.options import DISPLAY_OPTIONS, DOCUMENTED_CLASSES, HuaweiOptions
from pushgate.adapters.huawei.settings import HuaweiSettings
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.push_kit_classes import PLAY_VOICE
from pushgate.adapters.push_kit_options import badge_change, click_action, collapse_group
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

MAX_BODY = 4096
"""Bytes without the tokens: docs/reference/vendors/huawei.md#limits"""
MAX_MESSAGE_ID = 64
MAX_TTL = timedelta(days=15)  # docs/reference/vendors/huawei.md#expiry
_AFTER_TOKENS = b"]}}"


def render(push: Push, settings: HuaweiSettings, now: datetime) -> tuple[bytes, bytes]:
    """Return the body before and after the list of tokens. Raises PayloadRejected."""
    options = options_of(push, settings)
    require_length(push.message_id, MAX_MESSAGE_ID, "id")
    require_https_image(push.content.image)
    message = {"android": _android(push, options, now), "token": []}
    body = orjson.dumps({"validate_only": push.options.dry_run, "message": message})
    require_size(body, MAX_BODY, "the message without its tokens")
    return body[: -len(_AFTER_TOKENS)], _AFTER_TOKENS


def options_of(push: Push, settings: HuaweiSettings) -> HuaweiOptions:
    """Return the push's options for Huawei.

    Raises PayloadRejected for options that contradict each other or have no effect in this push.
    """
    # The class that follows from the message's category is one of notifications.
    classes = {} if push.options.silent else settings.message_classes()
    options = parse_options(push, "huawei", HuaweiOptions, classes)
    settings.require_known_class(options.category, DOCUMENTED_CLASSES, "huawei")
    if push.options.silent:
        require_no_options(push, "huawei", sorted(DISPLAY_OPTIONS), "a silent push")
        return options
    require_no_options(push, "huawei", ["urgency"], "a push that is shown")
    if options.category == PLAY_VOICE:
        raise PayloadRejected(
            FailureCode.BAD_OPTION, "options.huawei.category", "PLAY_VOICE is for silent pushes"
        )
    return options


def notification_number(push: Push, options: HuaweiOptions) -> int:
    """Return the number of the notification, by which it is replaced and recalled."""
    return notification_id(push) if options.notify_id is None else options.notify_id


def _android(push: Push, options: HuaweiOptions, now: datetime) -> dict[str, object]:
    ttl = max(1, seconds_to_live(push, now, MAX_TTL))  # the meaning of 0 is not documented
    return without_none(
        {
            "ttl": f"{ttl}s",
            "category": options.category,
            "urgency": options.urgency,
            "bi_tag": push.message_id,
            "receipt_id": options.receipt_id,
            "fast_app_target": options.fast_app_target,
            "target_user_type": options.target_user_type,
            "collapse_key": collapse_group(push.options.collapse_key),
            "data": orjson.dumps(client_data(push)).decode(),
            "notification": None if push.options.silent else _notification(push, options),
        }
    )


def _notification(push: Push, options: HuaweiOptions) -> dict[str, object]:
    content = push.content
    add, set_to = badge_change(push, options.badge_add, options.badge_set)
    badge = without_none({"add_num": add, "set_num": set_to, "class": options.badge_class})
    return without_none(
        {
            "title": content.title,
            "body": content.body,
            "image": content.image,
            "default_sound": not options.sound,
            "importance": options.importance_of_class(),
            "notify_id": notification_number(push, options),
            "badge": badge or None,
            "click_action": click_action(push, url=options.url, intent=options.intent, action=options.action),
            **options.notification_fields,
        }
    )
