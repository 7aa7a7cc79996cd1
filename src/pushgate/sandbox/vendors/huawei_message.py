"""What the simulated Huawei checks of a message.

Source: docs/reference/vendors/huawei.md#requests
"""

import re
from collections.abc import Mapping

import orjson

_CATEGORIES = frozenset(
    [
        "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE",
        "DEVICE_REMINDER", "MAIL", "PLAY_VOICE", "MARKETING", "CUSTOMER_SERVICE", "SYSTEM_REMINDER",
    ]
)  # fmt: skip
_TTL = re.compile(r"\d{1,7}s")
_TOPIC = re.compile(r"[a-zA-Z0-9\-_.~%]{1,900}")
_IN_TOPICS = re.compile(r"'[a-zA-Z0-9\-_.~%]+' in topics")
_COMBINED_TOPICS = re.compile(r"\(T\)|!T|T(?:&&|\|\|)T")
_MAX_TOPICS = 5
_MAX_TOKENS = 1000
_MAX_TTL = 1_296_000  # s
_MAX_SIZE = 4096  # bytes
_MAX_PROFILE_ID = 64  # characters
_MAX_LINES, _MAX_LINE = 5, 1024  # lines of an inbox, characters of each
_MAX_VIBRATIONS = 10
_MAX_BUTTONS, _MAX_BUTTON_NAME, _MAX_BUTTON_DATA = 3, 40, 1024  # buttons, characters of each
_TOO_MANY_TOKENS, _BAD_PARAMETER, _BAD_JSON = "80300010", "80100001", "80100003"  # codes
_BAD_TTL, _BAD_COLLAPSE_KEY, _TOO_BIG = "80100004", "80100013", "80300008"


def targets_of(message: Mapping[str, object]) -> list[str]:
    """The tokens of a message, or its topic or condition as the only target.

    Raises ValueError unless the message has exactly one kind of target.
    """
    (kind,) = message.keys() & {"token", "topic", "condition"}
    target = message[kind]
    if kind != "token":
        return [str(target)]
    return [str(token) for token in target] if isinstance(target, list) else []


def message_problem(message: Mapping[str, object], targets: list[str]) -> str:
    """The code for the first thing wrong with a message, '' if nothing is.

    Raises AttributeError, TypeError or ValueError for a wrong shape.
    """
    if "token" in message and not 1 <= len(targets) <= _MAX_TOKENS:
        return _TOO_MANY_TOKENS
    if not _is_valid_target(message):
        return _BAD_PARAMETER
    android = message.get("android", {})
    outer = message.get("notification", {})
    if not isinstance(android, dict) or not isinstance(outer, dict):
        return _BAD_JSON
    if not android and not outer and not isinstance(message.get("data"), str):
        return _BAD_JSON
    code = _android_problem(android)
    if code:
        return code
    if not _is_valid_notification(android.get("notification"), outer):
        return _BAD_PARAMETER
    content = {key: value for key, value in message.items() if key != "token"}
    return _TOO_BIG if len(orjson.dumps(content)) > _MAX_SIZE else ""


def _is_valid_target(message: Mapping[str, object]) -> bool:
    if "topic" in message:
        return bool(_TOPIC.fullmatch(str(message["topic"])))
    return "condition" not in message or _is_condition(str(message["condition"]))


def _is_condition(text: str) -> bool:
    """Whether the text is topics joined by &&, || and !, in matching parentheses."""
    if len(_IN_TOPICS.findall(text)) > _MAX_TOPICS:
        return False
    rest = _IN_TOPICS.sub("T", text).replace(" ", "")
    while (shorter := _COMBINED_TOPICS.sub("T", rest, count=1)) != rest:
        rest = shorter
    return rest == "T"


def _android_problem(android: dict[str, object]) -> str:
    if android.get("category", "IM") not in _CATEGORIES:
        return _BAD_PARAMETER
    ttl = str(android.get("ttl", "86400s"))
    if not _TTL.fullmatch(ttl) or not 1 <= int(ttl[:-1]) <= _MAX_TTL:
        return _BAD_TTL
    collapse_key = android.get("collapse_key", -1)
    if not isinstance(collapse_key, int) or not -1 <= collapse_key <= 100:
        return _BAD_COLLAPSE_KEY
    is_valid = (
        isinstance(android.get("data", ""), str)
        and android.get("urgency", "NORMAL") in ("HIGH", "NORMAL")
        and android.get("target_user_type", 0) in (0, 1)
        and android.get("fast_app_target", 1) in (1, 2)
    )
    return "" if is_valid else _BAD_PARAMETER


def _is_valid_notification(notification: object, outer: dict[str, object]) -> bool:
    """Title and body are in Android's notification or in the outer one;

    Android's has precedence.
    """
    if notification is None:
        return not outer or bool(outer.get("title") and outer.get("body"))
    if not isinstance(notification, dict):
        return False
    merged = {**outer, **notification}
    badge, click = notification.get("badge", {}), notification.get("click_action", {})
    return (
        bool(merged.get("title") and merged.get("body"))
        and _is_valid_click(click)
        and notification.get("importance", "NORMAL") in ("LOW", "NORMAL", "HIGH")
        and 0 <= badge.get("set_num", 0) <= 99
        and 1 <= badge.get("add_num", 1) <= 99
        and str(merged.get("image", "https://")).startswith("https://")
        and _is_valid_style(notification)
    )


def _is_valid_click(click: dict[str, object]) -> bool:
    """Type 1 opens a page of the app, type 2 a web page, type 3 the app."""
    match click.get("type"):
        case 1:
            return bool(click.get("intent") or click.get("action"))
        case 2:
            return str(click.get("url", "")).startswith("https://")
        case 3:
            return True
    return False


def _is_valid_style(notification: dict[str, object]) -> bool:
    """Whether a notification has the fields that its style needs, and no list is too long."""
    lines = notification.get("inbox_content") or []
    buttons, vibrations = notification.get("buttons") or [], notification.get("vibrate_config") or []
    if not isinstance(lines, list) or not isinstance(buttons, list) or not isinstance(vibrations, list):
        return False
    style = notification.get("style", 0)
    return (
        style in (0, 1, 3)
        and (style != 1 or bool(notification.get("big_title") and notification.get("big_body")))
        and (style != 3 or bool(lines))
        and len(lines) <= _MAX_LINES
        and all(len(str(line)) <= _MAX_LINE for line in lines)
        and len(vibrations) <= _MAX_VIBRATIONS
        and len(buttons) <= _MAX_BUTTONS
        and all(_is_valid_button(button) for button in buttons)
        and len(str(notification.get("profile_id", ""))) <= _MAX_PROFILE_ID
        and all(str(notification.get(name, "/raw/")).startswith("/raw/") for name in ("icon", "sound"))
        and not (notification.get("sound") and notification.get("default_sound"))
    )


def _is_valid_button(button: dict[str, object]) -> bool:
    return (
        1 <= len(str(button.get("name", ""))) <= _MAX_BUTTON_NAME
        and button.get("action_type") in range(5)
        and len(str(button.get("data", ""))) <= _MAX_BUTTON_DATA
    )
