"""Renders pushes for browsers: headers for the push service, and JSON for the service worker. Pure.

Source: docs/reference/vendors/webpush.md#requests
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import collapse_name
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.removal import silent_removal
from pushgate.adapters.text_limits import require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.webpush.encryption import MAX_PLAINTEXT
from pushgate.adapters.webpush.options import WebPushOptions
from pushgate.adapters.webpush.origins import is_microsoft
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode
from pushgate.http2.burst_template import Fields

MAX_TTL = timedelta(days=28)  # docs/reference/vendors/webpush.md#expiry: Mozilla allows 30 days
HEADERS: Fields = (
    (b"content-encoding", b"aes128gcm"),
    (b"content-type", b"application/octet-stream"),
)
"""Headers of all requests, beside the credential."""
_NO_TTL = (b"ttl", b"0")
_URGENCIES = {Priority.HIGH: "high", Priority.NORMAL: "normal", Priority.LOW: "low"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_NOT_ASKED_FOR = (
    "has no effect: a browser may end a subscription whose pushes show nothing; for a site that its "
    "users open often, set options.webpush.remove_on_click to true"
)
_HEADER_OPTIONS = {"urgency", "topic", "remove_on_click"}
_RENAMED_OPTIONS = {"require_interaction", "tag"}


@dataclass(frozen=True, slots=True)
class RenderedPush:
    """What all subscriptions share."""

    headers: Fields
    """Headers in which pushes differ. Those in `HEADERS` are the same for all."""
    plaintext: bytes
    is_removal: bool = False
    """Whether the push removes a notification and shows none."""

    def headers_for(self, origin: str) -> Fields:
        """Return the headers of requests to the push service at `origin`."""
        if _NO_TTL in self.headers and is_microsoft(origin):
            # Without this header Microsoft answers a TTL of 0 with an error.
            return (*self.headers, (b"x-wns-cache-policy", b"no-cache"))
        return self.headers


def render(push: Push, now: datetime) -> RenderedPush:
    """Return the headers and the plaintext that all subscriptions get. Raises PayloadRejected."""
    options = parse_options(push, "webpush", WebPushOptions)
    if not push.removes:
        require_not_silent(push)  # browsers demand that every push shows a notification
    name = collapse_name(push)
    headers = (
        (b"ttl", b"%d" % seconds_to_live(push, now, MAX_TTL)),
        (b"urgency", (options.urgency or _URGENCIES[push.options.priority]).encode()),
        (b"topic", (options.topic or _topic(name)).encode()),
    )
    shown = {"data": client_data(push)} if push.removes else _notification(push, options, name)
    body = require_size(orjson.dumps(without_none(shown)), MAX_PLAINTEXT, "the content as JSON")
    return RenderedPush(headers, body, is_removal=bool(push.removes))


def removal(push: Push) -> Push:
    """Return the push on which the service worker removes the notification of `push`.

    Raises PayloadRejected unless the message asks for it.
    """
    options = parse_options(push, "webpush", WebPushOptions)
    if not options.remove_on_click:
        raise PayloadRejected(FailureCode.UNSUPPORTED, "options.clear_on_click", _NOT_ASKED_FOR)
    return silent_removal(push, options.tag or collapse_name(push))


def _notification(push: Push, options: WebPushOptions, name: str) -> Mapping[str, object]:
    """Return the arguments of the service worker's `showNotification`, and the data of a click."""
    excluded = _HEADER_OPTIONS | _RENAMED_OPTIONS
    return {
        "title": push.content.title,
        "body": push.content.body,
        "image": push.content.image,
        "tag": options.tag or name,
        "requireInteraction": options.require_interaction,
        "app_badge": push.options.badge,
        **options.model_dump(exclude_none=True, exclude=excluded),
        "data": client_data(push),
    }


def _topic(name: str) -> str:
    """Return the name as a topic: 1 to 32 characters of base64url, or else a digest of the name."""
    if _TOPIC.fullmatch(name):
        return name
    return base64.urlsafe_b64encode(hashlib.blake2b(name.encode(), digest_size=24).digest()).decode()
