"""What the simulated v3 of Huawei checks of a message
(docs/reference/vendors/harmony.md#options).
"""

from typing import Any

import orjson

_DAY = 86_400
CATEGORIES = frozenset(
    [
        "IM", "VOIP", "MISS_CALL", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE",
        "DEVICE_REMINDER", "MAIL", "PLAY_VOICE", "CUSTOMER_SERVICE", "MARKETING",
    ]
)  # fmt: skip
_CREATED = frozenset(
    [
        "FLIGHT", "TAXI", "TRAIN", "DELIVERY", "QUEUE", "RENT", "EXPRESS", "CHECK_IN", "TRADE", "SUBSCRIBE_TIMER",
    ]
)  # fmt: skip
_EVENTS = _CREATED | {"PICK_UP", "SCORE", "TIMER", "WORKOUT", "NAVIGATION"}
_ALERT, _FORM, _VOICE = "0", "1", "2"
_Json = dict[str, Any]


def fault(kind: str, body: _Json, tokens: list[str]) -> str:
    """The code for the first thing wrong with a message of this push type, or ''."""
    if not 1 <= len(tokens) <= (1 if kind == _FORM else 1000):
        return "80300010"
    options = body.get("pushOptions", {})
    ttl, collapse = options.get("ttl", _DAY), options.get("collapseKey", -1)
    if not isinstance(ttl, int) or not 1 <= ttl <= 1_296_000:  # of a call, 30 to 60 is Huawei's advice
        return "80100004"
    if options.get("testMessage") and len(tokens) > 10:
        return "80300030"
    good = (
        isinstance(collapse, int)
        and -1 <= collapse <= 100
        and ("collapseKey" not in options or kind in (_ALERT, _VOICE))
        and len(str(options.get("biTag", "")).encode()) <= 64
        and _is_payload(kind, body["payload"])
    )
    if not good:
        return "80100001"
    return "80300008" if len(orjson.dumps({**body, "target": {"token": []}})) > 4096 else ""


def _is_payload(kind: str, payload: _Json) -> bool:
    match kind:
        case "0":
            shown = payload.get("notification")
            return isinstance(shown, dict) and shown.get("category") != "PLAY_VOICE" and _is_shown(shown)
        case "1":
            return _is_form(payload)
        case "2":
            shown, data = payload.get("notification"), payload.get("extraData")
            voiced = isinstance(shown, dict) and shown.get("category") == "PLAY_VOICE"
            return voiced and isinstance(data, str) and _is_shown(payload["notification"])
        case "6":
            return (
                isinstance(payload.get("extraData"), str) and payload.get("proxyData", "ENABLE") == "ENABLE"
            )
        case "7":
            return _is_live_view(payload)
        case "10":
            return payload.keys() == {"extraData"} and isinstance(payload["extraData"], str)
    return False


def _is_form(payload: _Json) -> bool:
    data, images = payload.get("formData"), payload.get("images", [])
    return (
        all(isinstance(payload.get(name), int) for name in ("formId", "version"))
        and all(payload.get(name) for name in ("moduleName", "formName", "abilityName"))
        and isinstance(data, dict)
        and _is_form_data(data)
        and isinstance(images, list)
        and len(images) <= 1
        and all(_is_image(image) for image in images)
    )


def _is_form_data(value: object) -> bool:
    if isinstance(value, dict):
        return all(not key.startswith("datashareproxy://") and _is_form_data(value[key]) for key in value)
    if isinstance(value, list):
        return all(map(_is_form_data, value))
    return value is not None


def _is_image(image: _Json) -> bool:
    return (
        bool(image.get("keyName"))
        and str(image.get("url", "")).startswith("https://")
        and image.get("require", 0) in (0, 1)
    )


def _is_shown(notification: _Json) -> bool:
    lines, badge = notification.get("inboxContent", []), notification.get("badge", {})
    if not isinstance(lines, list) or not isinstance(badge, dict):
        return False
    number, style = notification.get("notifyId", 0), notification.get("style", 0)
    return (
        all(isinstance(notification.get(name), str) and notification[name] for name in ("title", "body"))
        and notification.get("category") in CATEGORIES
        and _opens(notification.get("clickAction"))
        and isinstance(number, int)
        and 0 <= number < 2**31
        and 1 <= len(str(notification.get("appMessageId", "-"))) <= 64
        and style in (0, 1, 3)
        and (style != 1 or bool(notification.get("bigTitle") and notification.get("bigBody")))
        and (style != 3 or bool(lines))
        and len(lines) <= 3
        and all(len(str(line)) <= 1024 for line in lines)
        and len(str(notification.get("profileId", ""))) <= 64
        and badge.get("addNum", 1) in range(1, 100)
        and badge.get("setNum", 0) in range(100)
        and notification.get("soundDuration", 1) in range(1, 61)
    )


def _opens(click: object, *, at_the_side: bool = False) -> bool:
    """A click opens the app or a page of it; at the side of a live view it may also clear it, or dial a number."""
    if not isinstance(click, dict):
        return False
    match click.get("actionType"):
        case 0:
            return True
        case 1:
            return bool(click.get("action") or click.get("uri"))
        case 3:
            return at_the_side
        case 5:
            return at_the_side and _is_phone(str(click.get("data", {}).get("tel", "")))
    return False


def _is_phone(number: str) -> bool:
    return 1 <= len(number) <= 20 and set(number.removeprefix("+")) <= set("0123456789- #")


def _is_live_view(payload: _Json) -> bool:
    shown, number, version = (
        payload["activityData"]["notificationData"],
        payload.get("activityId"),
        payload.get("version", 0),
    )
    operation, event = payload.get("operation"), payload.get("event")
    texts = shown.get("contentText", [])
    return (
        isinstance(number, int)
        and -(2**31) <= number < 2**31
        and operation in (0, 1, 2)
        and event in (_CREATED if operation == 0 else _EVENTS)
        and isinstance(version, int)
        and version >= 0
        and shown.get("type") in (3, 4, 5, 7)
        and _opens(shown.get("clickAction"))
        and isinstance(texts, list)
        and all(1 <= len(str(text.get("text", ""))) <= 1024 for text in texts)
        and (operation != 0 or _is_begun(payload, shown))
        and shown.get("keepTime", 0) in range(3601)
        and ("extend" not in shown or _is_extended(shown["extend"]))
        and (
            "capsuleData" not in payload["activityData"]
            or _is_capsule(payload["activityData"]["capsuleData"])
        )
    )


def _is_begun(payload: _Json, shown: _Json) -> bool:
    """What a new live view needs."""
    texts = [
        str(shown.get("contentTitle", "")),
        *(str(text["text"]) for text in shown.get("contentText", [])),
    ]
    return (
        len(texts) > 1
        and bool(payload.get("status") and texts[0])
        and any("{{status}}" in text for text in texts)
    )


def _is_extended(extend: _Json) -> bool:
    return extend.get("type") in range(5) and _opens(extend.get("clickAction"), at_the_side=True)


def _is_capsule(capsule: _Json) -> bool:
    return (
        capsule.get("type") in (1, 2, 3) and capsule.get("status", 1) in (1, -1) and bool(capsule.get("icon"))
    )
