"""Renders pushes as Xiaomi's forms.

A push goes in; the form without the registration ids comes out. Pure.

Source: docs/reference/vendors/xiaomi.md#requests
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import orjson

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.push_checks import require_no_options, require_recallable
from pushgate.adapters.text_limits import require_length
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.xiaomi.options import DISPLAY_OPTIONS, EXTRA_OPTIONS, XiaomiOptions
from pushgate.adapters.xiaomi.receipts import REQUESTED_RECEIPTS
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

MAX_TITLE = 49  # fewer than 50: docs/reference/vendors/xiaomi.md#limits
MAX_DESCRIPTION = 127  # fewer than 128
MAX_TTL = timedelta(days=14)  # docs/reference/vendors/xiaomi.md#expiry


def render(push: Push, settings: XiaomiSettings, now: datetime, receipt_url: str | None = None) -> bytes:
    """Return the form without the registration ids. Raises PayloadRejected."""
    options = xiaomi_options(push, settings)
    _require_texts(push)
    payload = orjson.dumps(client_data(push))
    require_length(payload, settings.max_payload, "content.data", "bytes")
    silent, content = push.options.silent, push.content
    fields = {
        "restricted_package_name": settings.package,
        "title": None if silent else content.title,
        # Required for silent pushes too, though it is not shown.
        "description": content.body[:MAX_DESCRIPTION].strip() or "-" if silent else content.body,
        "payload": payload,
        "pass_through": str(int(silent)),
        "notify_type": str(-1 if options.notify_type is None else options.notify_type),
        # A notification replaces the one with the same id on the device.
        "notify_id": str(notification_id(push)),
        "time_to_live": str(max(1, seconds_to_live(push, now, MAX_TTL)) * 1000),
        **_extra_fields(push, options, settings),
        **_receipt_fields(push, receipt_url),
        "extra.only_send_once": None if push.options.ttl else "1",
        # The client shows only the first message of a jobkey, should one be sent twice.
        "extra.jobkey": hashlib.blake2b(push.message_id.encode(), digest_size=10).hexdigest(),
    }
    return urlencode(without_none(fields), quote_via=quote).encode()


def render_recall(push: Push, settings: XiaomiSettings) -> bytes:
    """Return the form that takes the push back, without the registration ids.

    Raises PayloadRejected.
    """
    require_recallable(push)
    fields = {"restricted_package_name": settings.package, "notify_id": notification_id(push)}
    return urlencode(fields).encode()


def xiaomi_options(push: Push, settings: XiaomiSettings) -> XiaomiOptions:
    """Return the message's options for Xiaomi.

    Raises PayloadRejected for those without an effect in this push.
    """
    if push.options.silent:
        if settings.region == "china":
            reason = "reaches nobody: in mainland China Xiaomi has delivered no silent push since 2022"
            raise PayloadRejected(FailureCode.UNSUPPORTED, "options.silent", reason)
        require_no_options(push, "xiaomi", sorted(DISPLAY_OPTIONS), "a silent push")
    return parse_options(push, "xiaomi", XiaomiOptions, settings.message_classes())


def channel_of(push: Push, settings: XiaomiSettings) -> str | None:
    """Return the id of the channel that the push goes through, if any."""
    return xiaomi_options(push, settings).channel_id or settings.channel_id


def encode_tokens(tokens: Sequence[bytes]) -> bytes:
    """Return registration ids as they stand in the form."""
    return quote(b",".join(tokens)).encode()


def _require_texts(push: Push) -> None:
    """Raise PayloadRejected for a title or a body that Xiaomi does not take.

    A silent push shows neither.
    """
    if push.options.silent:
        return
    content = push.content
    for field, text, maximum in (
        ("title", content.title, MAX_TITLE),
        ("body", content.body, MAX_DESCRIPTION),
    ):
        require_length(text, maximum, f"content.{field}")
        if not text.strip():
            raise PayloadRejected(FailureCode.BLANK, f"content.{field}", "must not be blank for this vendor")


def _extra_fields(push: Push, options: XiaomiOptions, settings: XiaomiSettings) -> Mapping[str, object]:
    web, page = click_target(push, options.url, options.intent_uri)
    foreground = options.notify_foreground
    return {
        "extra.channel_id": options.channel_id or settings.channel_id,
        "extra.notify_effect": "3" if web else "2" if page else "1",
        "extra.web_uri": web,
        "extra.intent_uri": page and intent_uri(page),
        "extra.notify_foreground": None if foreground is None else str(int(foreground)),
        **{f"extra.{name}": getattr(options, name) for name in EXTRA_OPTIONS},
        **{f"extra.{key}": value for key, value in (options.extra or {}).items()},
    }


def _receipt_fields(push: Push, receipt_url: str | None) -> Mapping[str, object]:
    if not receipt_url:
        return {}
    return {
        "extra.callback": receipt_url,
        "extra.callback.param": push.message_id,
        "extra.callback.type": REQUESTED_RECEIPTS,
    }
