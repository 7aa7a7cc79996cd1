"""Parts of a notification that Huawei Push Kit has on Android and on HarmonyOS. Pure.

Honor has the badge and what a click opens too.

Sources: docs/reference/vendors/huawei.md#options, docs/reference/vendors/harmony.md#options
"""

import zlib
from collections.abc import Sequence

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.contract import Push
from pushgate.adapters.vendor_json import without_none

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


def click_action(push: Push, *, url: str | None, intent: str | None, action: str | None) -> dict[str, object]:
    """Return what a click opens: 1 a page of the app, 2 a web page, 3 the app.

    The vendor's own options (`url`, `intent`, `action`) come before the content's url.
    """
    if action:
        return {"type": 1, **without_none({"intent": intent, "action": action})}
    web, page = click_target(push, url, intent)
    if web:
        return {"type": 2, "url": web}
    return {"type": 1, "intent": intent_uri(page)} if page else {"type": 3}


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
