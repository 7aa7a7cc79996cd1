"""Renders pushes as Meizu's `messageJson`, and signs requests. Pure.

Source: docs/reference/vendors/meizu.md#requests
"""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import orjson

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import collapse_name
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.meizu.options import CLASSES, MeizuOptions
from pushgate.adapters.meizu.receipts import REQUESTED_RECEIPTS
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.text_limits import require_length, require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

MAX_TITLE, MAX_CONTENT = 32, 100  # docs/reference/vendors/meizu.md#limits
MAX_MESSAGE_ID = 64
MAX_TTL = timedelta(hours=72)  # docs/reference/vendors/meizu.md#expiry
_HOUR = 3600


def render(push: Push, settings: MeizuSettings, now: datetime, receipt_url: str | None = None) -> bytes:
    """Return `messageJson`. Raises PayloadRejected."""
    options = parse_options(push, "meizu", MeizuOptions, CLASSES)
    require_not_silent(push)
    content = push.content
    require_length(push.message_id, MAX_MESSAGE_ID, "id")
    require_length(content.title, MAX_TITLE, "content.title")
    require_length(content.body, MAX_CONTENT, "content.body")
    private = _is_private(options, settings)
    left = seconds_to_live(push, now, MAX_TTL)
    message = {
        "noticeBarInfo": {"noticeMsgType": int(private), "title": content.title, "content": content.body},
        "noticeExpandInfo": _expanded(push, options, vip=settings.vip),
        "clickTypeInfo": {**_click(push, options), "parameters": client_data(push)},
        "pushTimeInfo": {"offLine": int(left > 0), "validTime": max(1, -(-left // _HOUR))},
        "advanceInfo": _advance_info(push, options),
        "extra": _receipt_fields(push, receipt_url),
    }
    return require_size(orjson.dumps(without_none(message)), settings.max_message, "the message")


def is_private(push: Push, settings: MeizuSettings) -> bool:
    """Whether the push is of Meizu's private class, not of its public one.

    Raises PayloadRejected.
    """
    return _is_private(parse_options(push, "meizu", MeizuOptions, CLASSES), settings)


def form_encoder(app_id: str, message: bytes, secret: str) -> Callable[[Sequence[bytes]], bytes]:
    """Return what writes the form of a request to push ids, with its signature.

    The signature is an MD5 digest of the parameters in the order of their names, then the secret.
    """
    start = hashlib.md5(f"appId={app_id}messageJson=".encode() + message + b"pushIds=", usedforsecurity=False)

    form = f"appId={app_id}&messageJson={quote(message, safe='')}".encode()

    def encode(tokens: Sequence[bytes]) -> bytes:
        joined = b",".join(tokens)
        digest = start.copy()
        digest.update(joined + secret.encode())
        return form + f"&pushIds={quote(joined, safe='')}&sign={digest.hexdigest()}".encode()

    return encode


def _is_private(options: MeizuOptions, settings: MeizuSettings) -> bool:
    return settings.private if options.private is None else options.private


def _advance_info(push: Push, options: MeizuOptions) -> dict[str, object]:
    sounds = _switches(vibrate=options.vibrate, lights=options.lights, sound=options.sound)
    return {
        **_switches(suspend=options.suspend, clearNoticeBar=options.clear_notice_bar),
        **({"notificationType": sounds} if sounds else {}),
        "notifyKey": f"{zlib.crc32(collapse_name(push).encode()):08x}",
    }


def _switches(**fields: bool | None) -> dict[str, object]:
    return {name: int(value) for name, value in fields.items() if value is not None}


def _expanded(push: Push, options: MeizuOptions, *, vip: bool) -> dict[str, object] | None:
    """Return what an expanded notification shows: a picture or a text.

    Raises PayloadRejected where both are set.
    """
    if vip and push.content.image:
        if options.expanded is not None:
            reason = (
                "has no effect beside content.image, which is shown in its place; leave one of the two out"
            )
            raise PayloadRejected(FailureCode.BAD_OPTION, "options.meizu.expanded", reason)
        return {"noticeExpandType": 2, "noticeExpandImgUrl": push.content.image}
    return {"noticeExpandType": 1, "noticeExpandContent": options.expanded} if options.expanded else None


def _click(push: Push, options: MeizuOptions) -> dict[str, object]:
    """Return what a click opens: an activity, a web page or a URI of the app's own, or the app."""
    if options.activity:
        return {"clickType": 1, "activity": options.activity}
    link = options.url or push.content.url
    return {"clickType": 2, "url": link} if link else {"clickType": 0}


def _receipt_fields(push: Push, receipt_url: str | None) -> dict[str, object] | None:
    if not receipt_url:
        return None
    return {
        "callback": receipt_url,
        "callback.param": push.message_id,
        "callback.type": REQUESTED_RECEIPTS,
    }
