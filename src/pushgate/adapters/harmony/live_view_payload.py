"""Renders a live view: `payload` of push type 7. Pure.

Source: docs/reference/vendors/harmony.md#options
"""

from collections.abc import Mapping

from pushgate.adapters.harmony.live_view import Capsule, Extend, LiveView, Operation
from pushgate.adapters.vendor_json import without_none
from pushgate.domain.message import Content

_OPERATIONS: Mapping[Operation, int] = {"create": 0, "update": 1, "end": 2}


def live_view_payload(live_view: LiveView, content: Content, data: Mapping[str, str]) -> dict[str, object]:
    """Return the payload. A click hands `data` to the app.

    The click opens the content's url, unless the options name another page.
    """
    activity = {
        "notificationData": _notification(live_view, content.url, data),
        "capsuleData": live_view.capsule and _capsule(live_view.capsule),
        "externalData": live_view.external,
    }
    return without_none(
        {
            "activityId": live_view.activity_id,
            "operation": _OPERATIONS[live_view.operation],
            "event": live_view.event,
            "subEvent": live_view.sub_event,
            "status": live_view.status,
            "version": live_view.version,
            "mute": live_view.mute,
            "title": content.title,
            "content": content.body,
            "shareUrl": live_view.share_url,
            "activityData": without_none(activity),
        }
    )


def _notification(live_view: LiveView, url: str | None, data: Mapping[str, str]) -> dict[str, object]:
    uri = live_view.uri or (None if live_view.action else url)
    page = without_none({"action": live_view.action, "uri": uri})
    texts = [
        without_none({"text": part.text, "foregroundColor": part.foreground_color})
        for part in live_view.content_text or ()
    ]
    keywords = without_none({"flightNo": live_view.flight_no, "trainNo": live_view.train_no})
    return without_none(
        {
            "type": live_view.type,
            "contentTitle": live_view.content_title,
            "contentText": texts or None,
            "clickAction": {"actionType": 1 if page else 0, **page, "data": dict(data)},
            "keywords": keywords or None,
            "keepTime": live_view.keep_time,
            "richProgress": live_view.rich_progress,
            "singleTextBlock": live_view.single_text_block,
            "firstTextBlock": live_view.first_text_block,
            "lastTextBlock": live_view.last_text_block,
            "game": live_view.game,
            "extend": live_view.extend and _extend(live_view.extend),
        }
    )


def _extend(extend: Extend) -> dict[str, object]:
    return without_none(
        {
            "type": extend.type,
            "text": extend.text,
            "pic": extend.image,
            "clickAction": _extend_click_action(extend),
        }
    )


def _extend_click_action(extend: Extend) -> dict[str, object]:
    """Return what a click on the part at the side does.

    5 dials, 3 removes the live view, 1 opens a page, 0 opens the app.
    """
    if extend.tel:
        return {"actionType": 5, "data": {"tel": extend.tel}}
    if extend.clear_on_click:
        return {"actionType": 3}
    page = without_none({"action": extend.action, "uri": extend.uri})
    return {"actionType": 1 if page else 0, **page}


def _capsule(capsule: Capsule) -> dict[str, object]:
    return {
        **(capsule.more or {}),
        "type": capsule.type,
        "status": capsule.status,
        "icon": capsule.icon,
    }
