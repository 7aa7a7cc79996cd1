"""What the simulated Huawei checks of a message (docs/reference/vendors/huawei.md#options)."""

import re
from collections.abc import Mapping

import orjson

CATEGORIES = frozenset(
    [
        "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE", "DEVICE_REMINDER",
        "MAIL", "PLAY_VOICE", "MARKETING", "CUSTOMER_SERVICE", "SYSTEM_REMINDER",
    ]
)  # fmt: skip
_TTL = re.compile(r"\d{1,7}s")
_TOPIC = re.compile(r"[a-zA-Z0-9\-_.~%]{1,900}")
_IN_TOPICS = re.compile(r"'[a-zA-Z0-9\-_.~%]+' in topics")
_OF_CONDITIONS = re.compile(r"\(T\)|!T|T(?:&&|\|\|)T")
_MOST_TOPICS = 5


def targets_of(message: Mapping[str, object]) -> list[str]:
    """The tokens, or the topic or the condition as the only one. Raises ValueError unless there is just one kind."""
    (kind,) = message.keys() & {"token", "topic", "condition"}
    target = message[kind]
    if kind != "token":
        return [str(target)]
    return [str(token) for token in target] if isinstance(target, list) else []


def fault(message: Mapping[str, object], targets: list[str]) -> str:
    """The code for the first thing wrong with a message, or ''."""
    if "token" in message and not 1 <= len(targets) <= 1000:
        return "80300010"
    if not _is_target(message):
        return "80100001"
    android = message.get("android", {})
    outer = message.get("notification", {})
    if not isinstance(android, dict) or not isinstance(outer, dict):
        return "80100003"
    if not android and not outer and not isinstance(message.get("data"), str):
        return "80100003"
    code = _android_fault(android)
    if code:
        return code
    if not _is_shown(android.get("notification"), outer):
        return "80100001"
    rest = {key: value for key, value in message.items() if key != "token"}
    return "80300008" if len(orjson.dumps(rest)) > 4096 else ""


def _is_target(message: Mapping[str, object]) -> bool:
    if "topic" in message:
        return bool(_TOPIC.fullmatch(str(message["topic"])))
    return "condition" not in message or _is_condition(str(message["condition"]))


def _is_condition(text: str) -> bool:
    """Topics joined by &&, || and !, in parentheses that match."""
    if len(_IN_TOPICS.findall(text)) > _MOST_TOPICS:
        return False
    left = _IN_TOPICS.sub("T", text).replace(" ", "")
    while (shorter := _OF_CONDITIONS.sub("T", left, count=1)) != left:
        left = shorter
    return left == "T"


def _android_fault(android: dict[str, object]) -> str:
    if android.get("category", "IM") not in CATEGORIES:
        return "80100001"
    ttl = str(android.get("ttl", "86400s"))
    if not _TTL.fullmatch(ttl) or not 1 <= int(ttl[:-1]) <= 1_296_000:
        return "80100004"
    collapse = android.get("collapse_key", -1)
    if not isinstance(collapse, int) or not -1 <= collapse <= 100:
        return "80100013"
    good = (
        isinstance(android.get("data", ""), str)
        and android.get("urgency", "NORMAL") in ("HIGH", "NORMAL")
        and android.get("target_user_type", 0) in (0, 1)
        and android.get("fast_app_target", 1) in (1, 2)
    )
    return "" if good else "80100001"


def _is_shown(notification: object, outer: dict[str, object]) -> bool:
    """Title and body are in the outer notification or in Android's, which wins."""
    if notification is None:
        return not outer or bool(outer.get("title") and outer.get("body"))
    if not isinstance(notification, dict):
        return False
    merged = {**outer, **notification}
    badge, click = notification.get("badge", {}), notification.get("click_action", {})
    return (
        bool(merged.get("title") and merged.get("body"))
        and click.get("type") in (1, 2, 3)
        and _opens(click)
        and notification.get("importance", "NORMAL") in ("LOW", "NORMAL", "HIGH")
        and 0 <= badge.get("set_num", 0) <= 99
        and 1 <= badge.get("add_num", 1) <= 99
        and str(merged.get("image", "https://")).startswith("https://")
        and _is_styled(notification)
    )


def _opens(click: dict[str, object]) -> bool:
    """What each type of click needs."""
    match click.get("type"):
        case 1:
            return bool(click.get("intent") or click.get("action"))
        case 2:
            return str(click.get("url", "")).startswith("https://")
    return True


def _is_styled(notification: dict[str, object]) -> bool:
    """What each style needs, and how much of what is listed."""
    lines = notification.get("inbox_content") or []
    buttons, pulses = notification.get("buttons") or [], notification.get("vibrate_config") or []
    if not isinstance(lines, list) or not isinstance(buttons, list) or not isinstance(pulses, list):
        return False
    style = notification.get("style", 0)
    return (
        style in (0, 1, 3)
        and (style != 1 or bool(notification.get("big_title") and notification.get("big_body")))
        and (style != 3 or bool(lines))
        and len(lines) <= 5
        and all(len(str(line)) <= 1024 for line in lines)
        and len(pulses) <= 10
        and len(buttons) <= 3
        and all(_is_button(button) for button in buttons)
        and len(str(notification.get("profile_id", ""))) <= 64
        and all(str(notification.get(name, "/raw/")).startswith("/raw/") for name in ("icon", "sound"))
        and not (notification.get("sound") and notification.get("default_sound"))
    )


def _is_button(button: dict[str, object]) -> bool:
    return (
        1 <= len(str(button.get("name", ""))) <= 40
        and button.get("action_type") in range(5)
        and len(str(button.get("data", ""))) <= 1024
    )
