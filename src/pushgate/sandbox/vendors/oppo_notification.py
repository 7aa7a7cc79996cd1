"""What the simulated OPPO checks of a notification.

Source: docs/reference/vendors/oppo.md#limits
"""

_MARKETING_CATEGORIES = frozenset(["NEWS", "CONTENT", "MARKETING", "SOCIAL"])
_LONG_TEXT_STYLE, _PICTURE_STYLE = 2, 3
_MAX_TITLE, _MAX_SUBTITLE, _MAX_CONTENT, _MAX_LONG_CONTENT = 50, 10, 50, 128  # characters
_MAX_ACTIVITY, _MAX_URL, _MAX_PARAMETERS = 500, 2000, 4000  # characters
_MAX_RECEIPT_URL, _MAX_RECEIPT_PARAM = 200, 100  # characters
_MAX_TTL = 864_000  # s
_MAX_SHOW_TTL, _MAX_MARKETING_SHOW_TTL = 86_400, 43_200  # s
_TARGET_TYPES = (2, 5)  # a registration id, an alias


def is_valid_unicast(message: dict[str, object]) -> bool:
    """Whether OPPO accepts a notification for one token. Pictures are for broadcasts only."""
    notification = message["notification"]
    return (
        message.get("target_type") in _TARGET_TYPES
        and isinstance(notification, dict)
        and notification.get("style") != _PICTURE_STYLE
        and "big_picture_id" not in notification
        and _is_valid(notification)
    )


def is_valid_broadcast(notification: dict[str, object]) -> bool:
    """Whether OPPO saves a notification for a broadcast.

    The picture style needs a picture, no other has one.
    """
    has_picture = "big_picture_id" in notification
    return _is_valid(notification) and (notification.get("style") == _PICTURE_STYLE) == has_picture


def _is_valid(notification: dict[str, object]) -> bool:
    title, content = str(notification.get("title", "")), str(notification.get("content", ""))
    max_content = _MAX_LONG_CONTENT if notification.get("style") == _LONG_TEXT_STYLE else _MAX_CONTENT
    ttl = notification.get("off_line_ttl", 3600)
    return (
        1 <= len(title) <= _MAX_TITLE
        and 1 <= len(content) <= max_content
        and len(str(notification.get("sub_title", ""))) <= _MAX_SUBTITLE
        and _is_valid_click(notification)
        and isinstance(ttl, int)
        and 0 < ttl <= _MAX_TTL
        and _is_valid_level(notification)
        and _is_valid_badge(notification)
        and _is_valid_show_ttl(notification)
        and notification.get("show_time_type", 0) in (0, 1)
        and (("show_start_time" in notification) == ("show_end_time" in notification))
        and len(str(notification.get("action_parameters", ""))) <= _MAX_PARAMETERS
        and len(str(notification.get("call_back_url", ""))) <= _MAX_RECEIPT_URL
        and len(str(notification.get("call_back_parameter", ""))) <= _MAX_RECEIPT_PARAM
    )


def _is_valid_click(notification: dict[str, object]) -> bool:
    """A click without a type opens the app."""
    match notification.get("click_action_type", 0):
        case 0:
            return True
        case 1 | 4:
            return 1 <= len(str(notification.get("click_action_activity") or "")) <= _MAX_ACTIVITY
        case 2 | 5:
            return 1 <= len(str(notification.get("click_action_url") or "")) <= _MAX_URL
    return False


def _is_valid_level(notification: dict[str, object]) -> bool:
    """A level needs a category; a level above 1 needs one of communication and service."""
    level, category = notification.get("notify_level", 0), notification.get("category")
    if level == 0:
        return True
    return level in (1, 2, 16) and bool(category) and (level == 1 or category not in _MARKETING_CATEGORIES)


def _is_valid_show_ttl(notification: dict[str, object]) -> bool:
    """The maximum is 12 hours, and 24 in categories of communication and service."""
    category, show_ttl = notification.get("category"), notification.get("show_ttl", 0)
    is_marketing = not category or category in _MARKETING_CATEGORIES
    max_show_ttl = _MAX_MARKETING_SHOW_TTL if is_marketing else _MAX_SHOW_TTL
    return isinstance(show_ttl, int) and 0 <= show_ttl <= max_show_ttl


def _is_valid_badge(notification: dict[str, object]) -> bool:
    """The badge is set to a number, or added to, which needs no number."""
    operation, count = notification.get("badge_operation_type"), notification.get("badge_message_count")
    if operation is None:
        return count is None
    if count is None:
        return operation == 1
    return operation in (0, 1) and isinstance(count, int) and count >= 0
