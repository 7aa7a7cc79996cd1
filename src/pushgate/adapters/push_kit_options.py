"""Parts of a notification that Huawei Push Kit has on Android and on HarmonyOS. Pure.

Honor has the badge too.

Sources: docs/reference/vendors/huawei.md#options, docs/reference/vendors/harmony.md#options
"""

import zlib
from collections.abc import Sequence

from pushgate.adapters.contract import Push

MAX_BADGE = 99
COLLAPSE_GROUPS = 100
"""Messages of one group replace each other while they wait at the vendor."""


def badge_change(push: Push, add: int | None, set_to: int | None) -> tuple[int | None, int | None]:
    """Return what is added to the number at the icon and what the number is set to.

    At most one of the two is set.

    The vendor's own options (`add`, `set_to`) come before the message's badge.
    """
    if add is not None or set_to is not None or push.options.badge is None:
        return add, set_to
    return None, min(push.options.badge, MAX_BADGE)


def collapse_group(key: str | None) -> int | None:
    """Return the group of a collapse key, 1 to 100: equal keys share one."""
    return zlib.crc32(key.encode()) % COLLAPSE_GROUPS + 1 if key else None


def require_style_texts(
    style: int | None, big_title: str | None, big_body: str | None, inbox_content: Sequence[str] | None
) -> None:
    """Raise ValueError unless the style of a notification and its texts go together."""
    if style == 1 and not (big_title and big_body):
        raise ValueError("style 1 goes with big_title and big_body")
    if style == 3 and not inbox_content:
        raise ValueError("style 3 goes with inbox_content")
    if style != 1 and (big_title is not None or big_body is not None):
        raise ValueError("big_title and big_body go with style 1")
    if style != 3 and inbox_content is not None:
        raise ValueError("inbox_content goes with style 3")
