"""Personal messages, and names that break what is not escaped."""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote

from tests.support.adapters.sending_each import requests_by_token
from tests.support.pipeline import Pipeline
from tests.support.sandbox import Sandbox

from pushgate.adapters.topics import summarize_audience
from pushgate.domain.audience import Audience, Everyone
from pushgate.domain.message import Content, Message, Options, Personal
from pushgate.domain.message_id import new_id

NAMES = (
    "Ann",
    'An"n',
    "back\\slash",
    '\\"',
    "two\nlines\tand\x00\x7f",
    "per%cent %s %22 %b",
    "a&b=c+d;e#f?g/h",
    "{{ city }}",
    "</script><b>",
    "\U0001f600 \u00e9\u4e2d\u6587 \u202e",
    "'; DROP TABLE pushes; --",
    '","title":"Other',
    "\u2028line\u2029",
)
"""Names of people who mean no good, or write as they please."""
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def shown(name: str) -> str:
    """A name as terminals show it: control characters are spaces."""
    return _NOT_SHOWN.sub(" ", name.strip()).strip()


def in_address(name: str) -> str:
    """A name as a part of an address."""
    return quote(shown(name), safe="")


async def dispatch_personal(
    pipeline: Pipeline,
    personal: Personal,
    content: Mapping[str, Content],
    audience: Audience | None = None,
    options: Options | None = None,
) -> Message:
    """Store a personal message that is due, and dispatch it."""
    now = pipeline.clock.now()
    message = Message(
        id=new_id(now),
        app="shop",
        content=content,
        default_language=next(iter(content)),
        push_at=now,
        created_at=now,
        audience=summarize_audience(audience or Everyone()),
        options=options or Options(),
        personal=personal,
    )
    await pipeline.stores.messages.put(message, audience=audience)
    await pipeline.dispatch_due()
    return message


def titles(sandbox: Sandbox, vendor: str = "fcm") -> dict[str, str]:
    """The title that each token got from FCM or APNs."""
    found: dict[str, str] = {}
    for text, request in requests_by_token(sandbox, vendor).items():
        body = json.loads(request[2])  # type: ignore[index]  # path, headers and body
        alert = body["message"]["notification"] if vendor == "fcm" else body["aps"]["alert"]
        found[text] = alert["title"]
    return found


def texts_in(value: object) -> set[str]:
    """All texts of a request's body: of JSON, of forms, and of JSON inside of both."""
    if isinstance(value, dict):
        return set().union(*map(texts_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(texts_in, value))
    if not isinstance(value, str):
        return set()
    if value[:1] in ("{", "["):
        try:
            return texts_in(json.loads(value))
        except ValueError:
            return {value}
    return {value} | set().union(*(texts_in(text) for own in parse_qs(value).values() for text in own))
