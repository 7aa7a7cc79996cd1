"""What the simulated v3 of Huawei checks of a message, by its push type.

Source: docs/reference/vendors/harmony.md#requests and #limits
"""

import orjson

from pushgate.sandbox.vendors.harmony_live_view import JsonObject, is_valid_click, is_valid_live_view

_CATEGORIES = frozenset(
    [
        "IM", "VOIP", "MISS_CALL", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS",
        "FINANCE", "DEVICE_REMINDER", "MAIL", "PLAY_VOICE", "CUSTOMER_SERVICE", "MARKETING",
    ]
)  # fmt: skip
_ALERT, _CARD, _VOICE, _BACKGROUND, _LIVE_VIEW, _CALL = "0", "1", "2", "6", "7", "10"
_TOO_MANY_TOKENS, _TOO_MANY_TEST_TOKENS = "80300010", "80300030"  # codes
_BAD_TTL, _BAD_PARAMETER, _TOO_BIG = "80100004", "80100001", "80300008"
_MAX_TOKENS, _MAX_TEST_TOKENS = 1000, 10
_MAX_TTL, _DEFAULT_TTL = 1_296_000, 86_400  # s
_MAX_SIZE = 4096  # bytes
_MAX_TAG = 64  # bytes
_MAX_MESSAGE_ID, _MAX_PROFILE_ID = 64, 64  # characters
_MAX_LINES, _MAX_LINE = 3, 1024  # lines of an inbox, characters of each
_SOUND_SECONDS = range(1, 61)


def message_problem(push_type: str, body: JsonObject, tokens: list[str]) -> str:
    """The code for the first thing wrong with a message, '' if nothing is.

    Raises AttributeError, KeyError or TypeError for a wrong shape.
    """
    if not 1 <= len(tokens) <= (1 if push_type == _CARD else _MAX_TOKENS):
        return _TOO_MANY_TOKENS
    options = body.get("pushOptions", {})
    ttl, collapse_key = options.get("ttl", _DEFAULT_TTL), options.get("collapseKey", -1)
    if not isinstance(ttl, int) or not 1 <= ttl <= _MAX_TTL:  # 30 to 60 s for a call is only advice
        return _BAD_TTL
    if options.get("testMessage") and len(tokens) > _MAX_TEST_TOKENS:
        return _TOO_MANY_TEST_TOKENS
    is_valid = (
        isinstance(collapse_key, int)
        and -1 <= collapse_key <= 100
        and ("collapseKey" not in options or push_type in (_ALERT, _VOICE))
        and len(str(options.get("biTag", "")).encode()) <= _MAX_TAG
        and _is_valid_payload(push_type, body["payload"])
    )
    if not is_valid:
        return _BAD_PARAMETER
    return _TOO_BIG if len(orjson.dumps({**body, "target": {"token": []}})) > _MAX_SIZE else ""


def _is_valid_payload(push_type: str, payload: JsonObject) -> bool:
    notification, extra_data = payload.get("notification"), payload.get("extraData")
    is_voice = isinstance(notification, dict) and notification.get("category") == "PLAY_VOICE"
    if push_type == _ALERT:
        return isinstance(notification, dict) and not is_voice and _is_valid_notification(notification)
    if push_type == _CARD:
        return _is_valid_card(payload)
    if push_type == _VOICE:
        return is_voice and isinstance(extra_data, str) and _is_valid_notification(payload["notification"])
    if push_type == _BACKGROUND:
        return isinstance(extra_data, str) and payload.get("proxyData", "ENABLE") == "ENABLE"
    if push_type == _LIVE_VIEW:
        return is_valid_live_view(payload)
    return push_type == _CALL and payload.keys() == {"extraData"} and isinstance(extra_data, str)


def _is_valid_card(payload: JsonObject) -> bool:
    """A card (form) has ids, names and data, and at most one image."""
    data, images = payload.get("formData"), payload.get("images", [])
    return (
        all(isinstance(payload.get(name), int) for name in ("formId", "version"))
        and all(payload.get(name) for name in ("moduleName", "formName", "abilityName"))
        and isinstance(data, dict)
        and _is_valid_card_data(data)
        and isinstance(images, list)
        and len(images) <= 1
        and all(_is_valid_image(image) for image in images)
    )


def _is_valid_card_data(value: object) -> bool:
    if isinstance(value, dict):
        return all(
            not key.startswith("datashareproxy://") and _is_valid_card_data(value[key]) for key in value
        )
    if isinstance(value, list):
        return all(map(_is_valid_card_data, value))
    return value is not None


def _is_valid_image(image: JsonObject) -> bool:
    has_url = str(image.get("url", "")).startswith("https://")
    return bool(image.get("keyName")) and has_url and image.get("require", 0) in (0, 1)


def _is_valid_notification(notification: JsonObject) -> bool:
    lines, badge = notification.get("inboxContent", []), notification.get("badge", {})
    if not isinstance(lines, list) or not isinstance(badge, dict):
        return False
    notify_id, style = notification.get("notifyId", 0), notification.get("style", 0)
    return (
        all(isinstance(notification.get(name), str) and notification[name] for name in ("title", "body"))
        and notification.get("category") in _CATEGORIES
        and is_valid_click(notification.get("clickAction"))
        and isinstance(notify_id, int)
        and 0 <= notify_id < 2**31
        and 1 <= len(str(notification.get("appMessageId", "-"))) <= _MAX_MESSAGE_ID
        and style in (0, 1, 3)
        and (style != 1 or bool(notification.get("bigTitle") and notification.get("bigBody")))
        and (style != 3 or bool(lines))
        and len(lines) <= _MAX_LINES
        and all(len(str(line)) <= _MAX_LINE for line in lines)
        and len(str(notification.get("profileId", ""))) <= _MAX_PROFILE_ID
        and badge.get("addNum", 1) in range(1, 100)
        and badge.get("setNum", 0) in range(100)
        and notification.get("soundDuration", 1) in _SOUND_SECONDS
    )
