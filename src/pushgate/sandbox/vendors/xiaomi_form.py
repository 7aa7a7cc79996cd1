"""What the simulated Xiaomi checks of a push's form.

Source: docs/reference/vendors/xiaomi.md#limits
"""

import re
from collections.abc import Mapping, Sequence

_UNKNOWN_PACKAGE, _BAD_PARAMETER, _LIMIT_EXCEEDED = "22022", "10017", "10016"
_BAD_RECEIPT_PARAM, _MISSING_CHANNEL = "65036", "27001"
_EXTRA_PARAMETERS = frozenset(
    "extra." + name
    for name in [
        "channel_id", "channel_name", "channel_description", "notify_effect", "intent_uri", "web_uri",
        "notify_foreground", "sound_uri", "ticker", "jobkey", "only_send_once", "flow_control", "locale",
        "locale_not_in", "model", "model_not_in", "app_version", "app_version_not_in", "connpt",
        "notification_style_type", "notification_bigPic_uri", "notification_large_icon_uri", "callback",
        "callback.param", "callback.type",
    ]
)  # fmt: skip
"""Extras that Xiaomi reads; all others are the app's own."""
_CLICK_PARAMETERS = {"1": None, "2": "extra.intent_uri", "3": "extra.web_uri"}
"""The parameter that each effect of a click needs."""
_JOBKEY = re.compile(r"[0-9A-Za-z-][0-9A-Za-z_-]{0,19}")
_MAX_TOKENS = 1000
_MAX_PAYLOAD, _MAX_RECEIPT_PARAM = 4096, 256  # bytes
_MAX_TTL_MS = 14 * 86_400_000
_MAX_TITLE, _MAX_DESCRIPTION = 49, 127  # characters
_MAX_APP_EXTRAS, _MAX_APP_EXTRAS_LENGTH = 10, 1024  # pairs, characters in all
_MIN_FLOW_CONTROL = 3000  # pushes a second


def form_problem(form: Mapping[str, str], package: str, tokens: Sequence[str]) -> str:
    """The code for the first thing wrong with a push, '' if nothing is."""
    ttl_ms = form.get("time_to_live", "0")
    if package not in form.get("restricted_package_name", "").split(","):
        return _UNKNOWN_PACKAGE
    if not _is_valid_notification(form):
        return _BAD_PARAMETER
    if len(form.get("extra.callback.param", "").encode()) > _MAX_RECEIPT_PARAM:
        return _BAD_RECEIPT_PARAM
    if not 1 <= len(tokens) <= _MAX_TOKENS or len(form.get("payload", "").encode()) > _MAX_PAYLOAD:
        return _LIMIT_EXCEEDED
    if not ttl_ms.isdigit() or int(ttl_ms) > _MAX_TTL_MS:
        return _BAD_PARAMETER
    return _extra_problem(form) if form.get("extra.channel_id") else _MISSING_CHANNEL


def _is_valid_notification(form: Mapping[str, str]) -> bool:
    """Check texts, numbers and the effect of a click; a data message needs no title."""
    title, description = form.get("title", ""), form.get("description", "")
    is_data = form.get("pass_through", "0") == "1"
    notify_id = form.get("notify_id", "0")
    return (
        form.get("pass_through", "0") in ("0", "1")
        and bool(description.strip())
        and len(description) <= _MAX_DESCRIPTION
        and (is_data or (bool(title.strip()) and len(title) <= _MAX_TITLE))
        and notify_id.isdecimal()
        and int(notify_id) < 2**31
        and form.get("notify_type", "-1") in map(str, range(-1, 8))
        and _is_valid_click(form)
    )


def _is_valid_click(form: Mapping[str, str]) -> bool:
    effect = form.get("extra.notify_effect", "1")
    if effect not in _CLICK_PARAMETERS:
        return False
    needed = _CLICK_PARAMETERS[effect]
    return needed is None or bool(form.get(needed))


def _extra_problem(form: Mapping[str, str]) -> str:
    """The code for the first thing wrong with the extras, '' if nothing is."""
    own = {
        key: value for key, value in form.items() if key.startswith("extra.") and key not in _EXTRA_PARAMETERS
    }
    length = sum(len(key) - len("extra.") + len(value) for key, value in own.items())
    if len(own) > _MAX_APP_EXTRAS or length > _MAX_APP_EXTRAS_LENGTH:
        return _LIMIT_EXCEEDED
    flow_control, jobkey = form.get("extra.flow_control", "3000"), form.get("extra.jobkey", "0")
    is_valid = (
        flow_control.isdecimal() and int(flow_control) >= _MIN_FLOW_CONTROL and _JOBKEY.fullmatch(jobkey)
    )
    return "" if is_valid else _BAD_PARAMETER
