"""What the simulated vivo checks of a message.

Source: docs/reference/vendors/vivo.md#limits
"""

import re

_CLASSIFICATIONS = {  # docs/reference/vendors/vivo.md#options: 1 is system, 0 is operation
    **dict.fromkeys(["IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"], 1),
    **dict.fromkeys(["NEWS", "CONTENT", "MARKETING", "SOCIAL"], 0),
}
_UNKNOWN_CATEGORY, _WRONG_CLASSIFICATION, _BAD_PARAMETER = "10096", "10097", "10050"
_MAX_TITLE, _MAX_CONTENT = 40, 100  # characters; a wide one counts 2
_MIN_TTL, _MAX_TTL = 60, 86_400  # s
_MAX_CUSTOM_DATA, _MAX_REQUEST_ID = 1024, 64  # characters
_MAX_URL, _MAX_INTENT = 1000, 1024  # characters
_MAX_RECEIPT_URL, _MAX_RECEIPT_PARAM = 128, 64  # characters
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")


def message_problem(message: dict[str, object]) -> str:
    """The code for the first thing wrong with a message, '' if nothing is."""
    category = message.get("category")
    if category is not None and category not in _CLASSIFICATIONS:
        return _UNKNOWN_CATEGORY
    if category is not None and message.get("classification", 0) != _CLASSIFICATIONS[str(category)]:
        return _WRONG_CLASSIFICATION
    extra, ttl = message.get("extra"), message.get("timeToLive", 86_400)
    is_valid = (
        1 <= _width(str(message.get("title", ""))) <= _MAX_TITLE
        and 1 <= _width(str(message.get("content", ""))) <= _MAX_CONTENT
        and message.get("notifyType") in (1, 2, 3, 4)
        and _is_valid_click(message)
        and isinstance(ttl, int)
        and _MIN_TTL <= ttl <= _MAX_TTL
        and _is_valid_custom_data(message.get("clientCustomMap", {}))
        and has_request_id(message)
        and isinstance(message.get("addBadge", True), bool)
        and 1 <= int(str(message.get("notifyId", 1))) < 2**31
        and _are_valid_receipt_options(extra if isinstance(extra, dict) else {})
    )
    return "" if is_valid else _BAD_PARAMETER


def has_request_id(body: dict[str, object]) -> bool:
    """Whether a request has an id of an allowed length."""
    return 1 <= len(str(body.get("requestId", ""))) <= _MAX_REQUEST_ID


def _width(text: str) -> int:
    """The length of a text; a Chinese, Japanese or Korean character counts 2."""
    return len(text) + len(_WIDE.findall(text))


def _is_valid_click(message: dict[str, object]) -> bool:
    """A click opens the app, a web page, or an activity by its intent URI."""
    content = str(message.get("skipContent") or "")
    match message.get("skipType"):
        case 1:
            return True
        case 2:
            return content.startswith(("http://", "https://")) and len(content) <= _MAX_URL
        case 3 | 4:
            return content.startswith("intent:") and content.endswith(";end") and len(content) <= _MAX_INTENT
    return False


def _is_valid_custom_data(custom: object) -> bool:
    if not isinstance(custom, dict):
        return False
    return sum(len(key) + len(str(value)) for key, value in custom.items()) <= _MAX_CUSTOM_DATA


def _are_valid_receipt_options(extra: dict[str, object]) -> bool:
    return (
        len(str(extra.get("callback", ""))) <= _MAX_RECEIPT_URL
        and len(str(extra.get("callback.param", ""))) <= _MAX_RECEIPT_PARAM
    )
