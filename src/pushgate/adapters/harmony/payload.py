"""Renders pushes as Huawei's message for HarmonyOS, one form for each push type. Pure.

Source: docs/reference/vendors/harmony.md#requests
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson

from pushgate.adapters.client_data import CALLBACK_KEY, client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.harmony.live_view_payload import live_view_payload
from pushgate.adapters.harmony.options import FormUpdate, HarmonyOptions, PushType
from pushgate.adapters.harmony.push_types import NOTIFICATION_TYPES, options_of, push_type_of
from pushgate.adapters.harmony.settings import HarmonySettings
from pushgate.adapters.push_kit_classes import PLAY_VOICE
from pushgate.adapters.push_kit_options import badge_change, collapse_group
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

MAX_BODY = 4096
"""Bytes without the tokens: docs/reference/vendors/harmony.md#limits"""
MAX_MESSAGE_ID = 64
MAX_TTL = timedelta(days=15)  # docs/reference/vendors/harmony.md#expiry
MIN_CALL_TTL, MAX_CALL_TTL = 30, 60  # seconds: docs/reference/vendors/harmony.md#limits
PUSH_TYPES: Mapping[PushType, bytes] = {
    "alert": b"0", "form": b"1", "voice": b"2", "background": b"6", "live_view": b"7", "voip": b"10",
}  # fmt: skip
"""The values of the header `push-type`."""
_AFTER_TOKENS = b"]}}"


def render(push: Push, settings: HarmonySettings, now: datetime) -> tuple[bytes, bytes, bytes]:
    """Return the push type, and the body before and after the list of tokens.

    Raises PayloadRejected.
    """
    options = options_of(push, settings)
    require_length(push.message_id, MAX_MESSAGE_ID, "id")
    push_type = push_type_of(push, options)
    message = {
        "payload": _payload(push, options, push_type, settings.category),
        "pushOptions": _push_options(push, options, push_type, now),
        "target": {"token": []},
    }
    body = require_size(orjson.dumps(message), MAX_BODY, "the message without its tokens")
    return PUSH_TYPES[push_type], body[: -len(_AFTER_TOKENS)], _AFTER_TOKENS


def notification_number(push: Push, options: HarmonyOptions) -> int:
    """Return the number of the notification, by which it is replaced and recalled."""
    return notification_id(push) if options.notify_id is None else options.notify_id


def _push_options(
    push: Push, options: HarmonyOptions, push_type: PushType, now: datetime
) -> dict[str, object]:
    ttl = max(1, seconds_to_live(push, now, MAX_TTL))  # the meaning of 0 is not documented
    if push_type == "voip":
        ttl = min(max(ttl, MIN_CALL_TTL), MAX_CALL_TTL)
    collapses = push_type in NOTIFICATION_TYPES
    return without_none(
        {
            "ttl": ttl,
            "biTag": push.message_id,
            "receiptId": options.receipt_id,
            "collapseKey": collapse_group(push.options.collapse_key) if collapses else None,
            "backgroundMode": options.background_mode,
            "testMessage": options.test_message,
        }
    )


def _payload(
    push: Push, options: HarmonyOptions, push_type: PushType, default_class: str
) -> dict[str, object]:
    data = client_data(push)
    match push_type:
        case "background":
            proxy = {"proxyData": "ENABLE"} if options.proxy_data else {}
            return {"extraData": orjson.dumps(data).decode(), **proxy}
        case "voice":
            notification = _notification(push, options, PLAY_VOICE)
            return {"notification": notification, "extraData": orjson.dumps(data).decode()}
        case "voip":
            return {"extraData": _call(options, data)}
        case "live_view":
            assert options.live_view is not None
            return live_view_payload(options.live_view, push.content, data)
        case "form":
            assert options.form is not None
            return _form(push, options.form)
        case "alert":
            return {"notification": _notification(push, options, options.category or default_class)}


def _call(options: HarmonyOptions, data: Mapping[str, str]) -> str:
    """Return what the app gets when an incoming call wakes it. Raises PayloadRejected."""
    assert options.voip is not None
    if "scene" in data:
        raise PayloadRejected(
            FailureCode.RESERVED_KEY, "content.data.scene", "is Huawei's own key in a VoIP push"
        )
    return orjson.dumps({"scene": options.voip.scene, **data}).decode()


def _form(push: Push, form: FormUpdate) -> dict[str, object]:
    images = [
        without_none({"keyName": image.key_name, "url": image.url, "require": image.require})
        for image in form.images or ()
    ]
    return without_none(
        {
            "formId": form.form_id,
            "version": form.version,
            "moduleName": form.module_name,
            "formName": form.form_name,
            "abilityName": form.ability_name,
            "formData": {**form.form_data, CALLBACK_KEY: push.callback},
            "images": images or None,
        }
    )


def _notification(push: Push, options: HarmonyOptions, message_class: str) -> dict[str, object]:
    content = push.content
    require_https_image(content.image)
    add, set_to = badge_change(push, options.badge_add, options.badge_set)
    badge = without_none({"addNum": add, "setNum": set_to})
    return without_none(
        {
            "category": message_class,
            "title": content.title,
            "body": content.body,
            "image": content.image,
            "style": options.style,
            "bigTitle": options.big_title,
            "bigBody": options.big_body,
            "inboxContent": options.inbox_content,
            "clickAction": _click_action(push, options),
            "notifyId": notification_number(push, options),
            # A push that is sent twice within a day is taken once.
            "appMessageId": push.message_id,
            "profileId": options.profile_id,
            "badge": badge or None,
            "sound": options.sound,
            "soundDuration": options.sound_duration,
            "foregroundShow": options.foreground_show,
        }
    )


def _click_action(push: Push, options: HarmonyOptions) -> dict[str, object]:
    """Return what a click opens: 1 a page of the app, 0 the app."""
    uri = options.uri or (None if options.action else push.content.url)
    page = without_none({"action": options.action, "uri": uri})
    return {"actionType": 1 if page else 0, **page, "data": client_data(push)}
