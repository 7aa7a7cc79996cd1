"""What the simulated FCM checks of a message: its target, its fields and their types, its size.

Source: docs/reference/vendors/fcm.md#requests
"""

import re
from typing import Any

import orjson

from pushgate.sandbox.vendors.fcm_errors import INVALID_TOKEN, BadField

_MAX_TTL = 2_419_200  # s
_MAX_SIZE, _MAX_TOPIC_SIZE = 4096, 2048  # bytes
_TTL = re.compile(r"\d+(\.\d{1,9})?s")
_TOKEN = re.compile(r"[A-Za-z0-9_:.\-]{4,4096}")
_INSTALLATION = re.compile(r"fid:[A-Za-z0-9_\-]{4,100}")
_TOPIC = re.compile(r"/topics/[a-zA-Z0-9\-_.~%]+")
_CONDITION = re.compile(r"[!( ]*'[^']+' in topics[ )]*((&&|\|\|)[!( ]*'[^']+' in topics[ )]*){0,4}")
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")
_SENDER_KEYS = frozenset(
    [
        "message.data", "message.android.data", "message.apns.headers", "message.apns.payload",
        "message.webpush.headers", "message.webpush.data", "message.webpush.notification",
    ]
)  # fmt: skip
"""Objects whose keys the sender chooses; they are no fields of FCM."""
_TARGETS = ("token", "fid", "topic", "condition")
_MESSAGE_FIELDS = {
    *_TARGETS, "name", "data", "notification", "android", "android_v2", "apns", "webpush", "fcm_options"
}  # fmt: skip
_NOTIFICATION_FIELDS = {"title": str, "body": str, "image": str}
_ANDROID_FIELDS = {
    **dict.fromkeys(["priority", "ttl", "collapse_key", "restricted_package_name"], str),
    **dict.fromkeys(["direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok"], bool),
    **dict.fromkeys(["data", "notification", "fcm_options"], dict),
}
_ANDROID_NOTIFICATION_FIELDS = {
    **dict.fromkeys(
        ["title", "body", "icon", "color", "sound", "tag", "click_action", "title_loc_key", "body_loc_key",
         "channel_id",
         "image", "ticker", "event_time", "notification_priority", "visibility", "proxy"], str),
    **dict.fromkeys(["title_loc_args", "body_loc_args", "vibrate_timings"], list),
    **dict.fromkeys(
        ["sticky", "local_only", "default_sound", "default_vibrate_timings", "default_light_settings"], bool),
    "light_settings": dict,
    "notification_count": int,
}  # fmt: skip
_APNS_FIELDS = {**dict.fromkeys(["headers", "payload", "fcm_options"], dict), "live_activity_token": str}
_WEBPUSH_FIELDS = dict.fromkeys(["headers", "data", "notification", "fcm_options"], dict)


def to_snake_case(value: Any, path: str = "") -> Any:
    """JSON with FCM's fields in snake_case: FCM accepts camelCase as well.

    Of a field that is written in both ways the last one counts.
    """
    if isinstance(value, list):
        return [to_snake_case(item, path) for item in value]
    if not isinstance(value, dict) or path in _SENDER_KEYS:
        return value
    converted: dict[str, Any] = {}
    for key, item in value.items():
        name = _CAPITAL.sub(lambda letter: f"_{letter[0].lower()}", key)
        converted[name] = to_snake_case(item, f"{path}.{name}" if path else name)
    return converted


def target_of(message: dict[str, Any]) -> str:
    """What the push is for: a token, an installation id, a topic or a condition."""
    if "topic" in message:
        return f"/topics/{message['topic']}"
    if "condition" in message:
        return str(message["condition"])
    return f"fid:{message['fid']}" if "fid" in message else str(message.get("token", ""))


def target_problem(message: dict[str, Any], target: str) -> BadField | None:
    """What is wrong with the target of a message, None if nothing is."""
    malformed = "Malformed topic or condition"
    if "topic" in message:
        return None if _TOPIC.fullmatch(target) else BadField(malformed, "message.topic")
    if "condition" in message:
        is_condition = _CONDITION.fullmatch(target) and _has_matching_parentheses(target)
        return None if is_condition else BadField(malformed, "message.condition")
    return None if (_INSTALLATION if "fid" in message else _TOKEN).fullmatch(target) else INVALID_TOKEN


def message_problem(body: dict[str, object], message: dict[str, object]) -> BadField | None:
    """The first thing wrong with a message, None if nothing is.

    Raises AttributeError for a wrong shape.
    """
    if body.keys() - {"message", "validate_only"}:
        return BadField("unknown field at the top", "message")
    if unknown := message.keys() - _MESSAGE_FIELDS:
        return BadField("unknown field", f"message.{min(unknown)}")
    if sum(target in message for target in _TARGETS) != 1:
        return BadField("exactly one of token, fid, topic or condition is required", "message")
    if "android" in message and "android_v2" in message:
        return BadField("excludes android", "message.android_v2")
    return (
        _data_problem(message.get("data", {}))
        or _android_problem(message.get("android", {}))
        or _type_problem(message)
        or _size_problem(message)
    )


def _data_problem(data: object) -> BadField | None:
    """The first entry of the data that FCM does not carry."""
    assert isinstance(data, dict)
    for key, value in data.items():
        if not isinstance(value, str):
            return BadField("values must be strings", f"message.data[{key}]")
        if key in ("from", "message_type") or key.startswith(("google.", "gcm.notification.")):
            return BadField("reserved key", f"message.data[{key}]")
    return None


def _android_problem(android: object) -> BadField | None:
    assert isinstance(android, dict)
    ttl = str(android.get("ttl", "0s"))
    if not _TTL.fullmatch(ttl) or float(ttl[:-1]) > _MAX_TTL:
        return BadField("invalid TTL", "message.android.ttl")
    # Lower case is accepted as well: Google's own client writes it.
    if str(android.get("priority", "NORMAL")).upper() not in ("NORMAL", "HIGH"):
        return BadField("invalid priority", "message.android.priority")
    return None


def _type_problem(message: dict[str, object]) -> BadField | None:
    """The first field that FCM does not document, or that has another type."""
    android = message.get("android", {})
    assert isinstance(android, dict)
    for path, value, types in (
        ("notification", message.get("notification", {}), _NOTIFICATION_FIELDS),
        ("android", android, _ANDROID_FIELDS),
        ("android.notification", android.get("notification", {}), _ANDROID_NOTIFICATION_FIELDS),
        ("apns", message.get("apns", {}), _APNS_FIELDS),
        ("webpush", message.get("webpush", {}), _WEBPUSH_FIELDS),
    ):
        assert isinstance(value, dict)
        for name, item in value.items():
            if name not in types:
                return BadField("unknown field", f"message.{path}.{name}")
            if type(item) is not types[name]:
                return BadField("wrong type", f"message.{path}.{name}")
    return None


def _size_problem(message: dict[str, object]) -> BadField | None:
    max_size = _MAX_TOPIC_SIZE if {"topic", "condition"} & message.keys() else _MAX_SIZE
    content = {key: value for key, value in message.items() if key not in _TARGETS}
    return BadField("Message too big", "message") if len(orjson.dumps(content)) > max_size else None


def _has_matching_parentheses(condition: str) -> bool:
    depth = 0
    for char in re.sub("'[^']*'", "", condition):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0
