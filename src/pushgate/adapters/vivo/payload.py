"""Renders pushes as vivo's messages. A push goes in; the message without a token comes out. Pure.

Source: docs/reference/vendors/vivo.md#requests
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import orjson

from pushgate.adapters.click_target import click_target, intent_uri
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.push_checks import require_not_silent
from pushgate.adapters.text_limits import require_length, require_width
from pushgate.adapters.vendor_json import quoted_list, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vivo.options import (
    CLASSES,
    MAX_INTENT_URI,
    MAX_WEB_URL,
    SYSTEM_CATEGORIES,
    VivoOptions,
)
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode

Message = Mapping[str, object]
MAX_CUSTOM_DATA = 1024  # docs/reference/vendors/vivo.md#limits, characters of keys and values
MAX_MESSAGE_ID = 40  # characters; a request id has 20 more, and vivo takes 64
_SOUND_AND_VIBRATION = 4


def render(push: Push, settings: VivoSettings, now: datetime) -> dict[str, object]:
    """Return the message that all terminals get. Raises PayloadRejected."""
    options = parse_options(push, "vivo", VivoOptions, CLASSES)
    require_not_silent(push)
    require_length(push.message_id, MAX_MESSAGE_ID, "id")
    require_width(push.content.title, settings.max_title_width, "content.title")
    require_width(push.content.body, settings.max_content_width, "content.body")
    click_fields = _click_fields(push, options)
    data = client_data(push)
    _require_data_size(data)
    category = options.category or settings.category
    fields = {
        "appId": settings.app_id,
        "title": push.content.title,
        "content": push.content.body,
        "notifyType": options.notify_type or _SOUND_AND_VIBRATION,
        "timeToLive": _ttl(push, settings, now),
        "sendOnline": None if push.options.ttl else True,
        **click_fields,
        "networkType": 1 if options.wifi_only else -1,
        "classification": int(category in SYSTEM_CATEGORIES),
        "category": category,
        "clientCustomMap": data,
        "foregroundShow": options.foreground_show,
        settings.badge_field: options.add_badge,
        # A notification replaces the one with the same id on the device.
        "notifyId": notification_id(push),
        "pushMode": int(settings.test_mode),
        "extra": _console_receipts(push, settings),
    }
    return without_none(fields)


def is_system(message: Message) -> bool:
    """Whether a message is a system message; vivo counts operational ones apart."""
    return bool(message["classification"])


def with_receipt_url(message: Message, message_id: str, receipt_url: str | None) -> Message:
    """Return a message for one terminal, which names the address of its receipts.

    Only a push to one terminal may name an address. A message whose receipts go to the console's
    address is returned unchanged.
    """
    if not receipt_url or "extra" in message:
        return message
    return {**message, "extra": {"callback": receipt_url, "callback.param": message_id}}


def without_end(message: Message) -> bytes:
    """Return a message as a JSON object without its closing brace, so that fields can follow."""
    return orjson.dumps(message)[:-1]


def list_request(message: Message, task_id: str) -> bytes:
    """Return the request that sends saved content to a list, up to the tokens."""
    fields = {name: message[name] for name in ("appId", "pushMode")}
    return without_end({**fields, "taskId": task_id}) + b',"regIds":['


def token_encoder(message_id: str, before: bytes, after: bytes) -> Callable[[Sequence[bytes]], bytes]:
    """Return what writes a body: tokens between two of its parts, then the request's id."""

    def encode(tokens: Sequence[bytes]) -> bytes:
        return before + quoted_list(tokens) + after + request_id(message_id, tokens) + b"}"

    return encode


def request_id(message_id: str, tokens: Sequence[bytes]) -> bytes:
    """Return the field with the request's id.

    Equal tokens have equal ids, so that vivo can find repeats.
    """
    digest = hashlib.blake2b(b",".join(tokens), digest_size=10).hexdigest()
    return f',"requestId":"{message_id}{digest}"'.encode()


def _require_data_size(data: Mapping[str, str]) -> None:
    size = sum(len(key) + len(value) for key, value in data.items())
    if size > MAX_CUSTOM_DATA:
        reason = f"has {size} characters, the vendor takes {MAX_CUSTOM_DATA}"
        raise PayloadRejected(FailureCode.TOO_LONG, "content.data", reason)


def _ttl(push: Push, settings: VivoSettings, now: datetime) -> int:
    """Return how long vivo stores the message, in seconds."""
    shortest = settings.shortest_ttl // timedelta(seconds=1)
    return max(shortest, seconds_to_live(push, now, settings.longest_ttl))


def _click_fields(push: Push, options: VivoOptions) -> Mapping[str, object]:
    """A click opens the app, a web page, or an activity by its intent URI."""
    if options.custom:
        return {"skipType": 3, "skipContent": _intent_uri(options.custom, "options.vivo.custom")}
    web, page = click_target(push, options.url, options.page)
    if web:
        require_length(web, MAX_WEB_URL, "options.vivo.url" if options.url else "content.url")
        return {"skipType": 2, "skipContent": web}
    if page:
        field = "options.vivo.page" if options.page else "content.url"
        return {"skipType": 4, "skipContent": _intent_uri(page, field)}
    return {"skipType": 1}


def _intent_uri(link: str, field: str) -> str:
    uri = intent_uri(link)
    require_length(uri, MAX_INTENT_URI, field)
    return uri


def _console_receipts(push: Push, settings: VivoSettings) -> Mapping[str, object] | None:
    """Return what asks for receipts at the address that is set in vivo's console."""
    if not settings.receipt_id:
        return None
    return {"callback.id": settings.receipt_id, "callback.param": push.message_id}
