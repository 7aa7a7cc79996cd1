"""What the simulated v3 of Huawei checks of a live view and of a click.

Source: docs/reference/vendors/harmony.md#options
"""

from typing import Any

JsonObject = dict[str, Any]
_CREATED_EVENTS = frozenset(
    [
        "FLIGHT", "TAXI", "TRAIN", "DELIVERY", "QUEUE", "RENT", "EXPRESS", "CHECK_IN", "TRADE",
        "SUBSCRIBE_TIMER",
    ]
)  # fmt: skip
"""Events for which a push may create a live view."""
_EVENTS = _CREATED_EVENTS | {"PICK_UP", "SCORE", "TIMER", "WORKOUT", "NAVIGATION"}
_CREATE, _OPERATIONS = 0, (0, 1, 2)
_MAX_TEXT = 1024  # characters
_KEEP_SECONDS = range(3601)
_MAX_PHONE_NUMBER = 20  # characters


def is_valid_live_view(payload: JsonObject) -> bool:
    """Whether Huawei accepts a live view.

    Raises KeyError, TypeError or AttributeError for a wrong shape.
    """
    activity = payload["activityData"]
    notification, operation = activity["notificationData"], payload.get("operation")
    texts = notification.get("contentText", [])
    return (
        _is_valid_activity(payload)
        and notification.get("type") in (3, 4, 5, 7)
        and is_valid_click(notification.get("clickAction"))
        and isinstance(texts, list)
        and all(1 <= len(str(text.get("text", ""))) <= _MAX_TEXT for text in texts)
        and (operation != _CREATE or _is_valid_creation(payload, notification))
        and notification.get("keepTime", 0) in _KEEP_SECONDS
        and ("extend" not in notification or _is_valid_extension(notification["extend"]))
        and ("capsuleData" not in activity or _is_valid_capsule(activity["capsuleData"]))
    )


def is_valid_click(click: object, *, is_extension: bool = False) -> bool:
    """A click opens the app or a page of it.

    In the extension of a live view it may also clear the view, or dial a number.
    """
    if not isinstance(click, dict):
        return False
    match click.get("actionType"):
        case 0:
            return True
        case 1:
            return bool(click.get("action") or click.get("uri"))
        case 3:
            return is_extension
        case 5:
            return is_extension and _is_phone_number(str(click.get("data", {}).get("tel", "")))
    return False


def _is_valid_activity(payload: JsonObject) -> bool:
    activity_id, version = payload.get("activityId"), payload.get("version", 0)
    operation, event = payload.get("operation"), payload.get("event")
    return (
        isinstance(activity_id, int)
        and -(2**31) <= activity_id < 2**31
        and operation in _OPERATIONS
        and event in (_CREATED_EVENTS if operation == _CREATE else _EVENTS)
        and isinstance(version, int)
        and version >= 0
    )


def _is_valid_creation(payload: JsonObject, notification: JsonObject) -> bool:
    """A new live view needs a status, a title and texts, one of which shows the status."""
    title = str(notification.get("contentTitle", ""))
    texts = [str(text["text"]) for text in notification.get("contentText", [])]
    shows_status = any("{{status}}" in text for text in [title, *texts])
    return bool(texts and payload.get("status") and title and shows_status)


def _is_valid_extension(extension: JsonObject) -> bool:
    return extension.get("type") in range(5) and is_valid_click(
        extension.get("clickAction"), is_extension=True
    )


def _is_valid_capsule(capsule: JsonObject) -> bool:
    return (
        capsule.get("type") in (1, 2, 3) and capsule.get("status", 1) in (1, -1) and bool(capsule.get("icon"))
    )


def _is_phone_number(number: str) -> bool:
    return 1 <= len(number) <= _MAX_PHONE_NUMBER and set(number.removeprefix("+")) <= set("0123456789- #")
