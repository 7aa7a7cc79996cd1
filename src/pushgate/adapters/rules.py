"""What the vendors' documents have in common: extras, sizes, times, classes of codes. Pure."""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TypeVar

import msgspec
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from pushgate.adapters.contract import CallFailure, Push, ResponseCode, Verdict
from pushgate.adapters.text_width import width
from pushgate.domain.errors import (
    FieldError,
    PayloadRejected,
    VendorAuthError,
    VendorThrottled,
    VendorUnavailable,
)
from pushgate.domain.message import Category
from pushgate.domain.outcome import Outcome
from pushgate.runtime.validation_text import explain

CALLBACK_KEY = "pushgate"
"""The key in the client's data that holds the callback token."""
URL_KEY = "url"
"""The key in the client's data that holds what a click opens."""
MAX_COLLAPSE_ID = 64
"""Bytes of APNs' collapse id (docs/reference/vendors/apns.md#requests)."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHANGHAI = timezone(timedelta(hours=8))


class Extras(BaseModel):
    """A vendor's own options: strict, so that a slip of the pen is told before anything is sent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Kind = TypeVar("Kind", bound=Extras)
Decoded = TypeVar("Decoded")
Classes = Mapping[Category, Mapping[str, object]]
"""The vendor's own options that name its class of message, by category."""
_NO_CLASSES: Classes = {}


def extras(push: Push, vendor: str, kind: type[Kind], classes: Classes = _NO_CLASSES) -> Kind:
    """The message's options for this vendor, with its class of message by the message's category.

    Raises PayloadRejected that names the first bad one.
    """
    written = push.options.vendors.get(vendor, {})
    if push.options.category and not _names_class(written, classes):
        written = {**written, **classes.get(push.options.category, {})}
    try:
        # As JSON, for that is what the caller wrote: a list is then good where a tuple is wanted.
        return kind.model_validate_json(orjson.dumps(dict(written)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(["options", vendor, *map(str, first["loc"])])
        told = explain(first["type"], first["msg"], first.get("ctx", {}))
        raise PayloadRejected("bad_option", field, told) from error


def _names_class(written: Mapping[str, object], classes: Classes) -> bool:
    """Whether the vendor's own options name a class of message. The category then sets none of them."""
    return any(written.get(name) is not None for options in classes.values() for name in options)


def unclassed(push: Push, vendor: str, classes: Classes) -> list[FieldError]:
    """A warning for a push without a class of message, for a vendor whose default is its marketing class."""
    if push.options.category or _names_class(push.options.vendors.get(vendor, {}), classes):
        return []
    told = "is not set: the push is taken for marketing, which is limited and shown without sound; name a category"
    return [FieldError("options.category", told)]


def without_picture(push: Push) -> list[FieldError]:
    """A warning for a push with a picture, for a vendor that shows none."""
    return (
        [FieldError("content.image", "is not shown: the vendor takes no picture")]
        if push.content.image
        else []
    )


def decoded(raw: bytes | str | msgspec.Raw, kind: type[Decoded], *, strict: bool = True) -> Decoded | None:
    """JSON of a vendor's, None where it is none, is in another form, or is nested beyond reason."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=strict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def is_null(raw: msgspec.Raw) -> bool:
    """Whether a field is null, or was not there."""
    return bytes(raw) == b"null"


def limit(value: str | bytes, most: int, field: str, unit: str = "characters") -> None:
    """Raise PayloadRejected when the value is longer than the vendor takes."""
    if len(value) > most:
        told = f"has {len(value)} {unit}, the vendor takes {most}"
        raise PayloadRejected("too_long", field, told, len(value) - most)


def limit_width(text: str, most: int, field: str) -> None:
    """Raise PayloadRejected when the text is wider than the vendor takes: characters of Chinese, Japanese and Korean count 2."""
    if (wide := width(text)) > most:
        told = f"has a width of {wide}, the vendor takes {most} (a Chinese character counts 2)"
        raise PayloadRejected("too_long", field, told, wide - most, width)


def fits(body: bytes, most: int, what: str) -> bytes:
    """The body, if it is no larger than the vendor takes; else raises PayloadRejected."""
    if len(body) > most:
        told = f"{what} has {len(body)} bytes, the vendor takes {most}"
        raise PayloadRejected("payload_too_large", "content", told, len(body) - most)
    return body


def client_data(push: Push) -> dict[str, str]:
    """The data that goes to the client app, with the callback token, and what a click is to open."""
    url = {URL_KEY: push.content.url} if push.content.url else {}
    return {**url, **push.content.data, CALLBACK_KEY: push.callback}


def click_target(push: Push, web: str | None, page: str | None) -> tuple[str | None, str | None]:
    """What a click opens, on the web or in the app: what the vendor's own options say, else the content's url."""
    url = push.content.url
    if web or page or not url:
        return web, page
    return (url, None) if url.startswith("https://") else (None, url)


def intent_uri(link: str) -> str:
    """A deep link (`shop://sale/1`) in the form of Android's `Intent.toUri(URI_INTENT_SCHEME)`; an intent URI as it is.

    The link holds no `#Intent;` (links.py), so that its fields are those written here.
    """
    scheme, _, rest = link.partition(":")
    return link if scheme == "intent" else f"intent:{rest}#Intent;scheme={scheme};end"


def badge(push: Push, add: int | None, set_to: int | None) -> tuple[int | None, int | None]:
    """What is added to the number at the icon, or what it is set to, at most 99: the vendor's own options come first."""
    if add is not None or set_to is not None or push.options.badge is None:
        return add, set_to
    return None, min(push.options.badge, 99)


def always_shown(push: Push) -> None:
    """Raise PayloadRejected for a silent push: the vendor shows every one."""
    if push.options.silent:
        raise PayloadRejected("unsupported", "options.silent", "is not possible: the vendor shows every push")


def present(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that have a value."""
    return {key: value for key, value in fields.items() if value is not None}


def collapse_group(key: str | None) -> int | None:
    """Huawei's systems have 100 groups of messages that replace each other; equal keys fall into
    one (docs/reference/vendors/huawei.md#limits, docs/reference/vendors/harmony.md#limits).
    """
    return zlib.crc32(key.encode()) % 100 + 1 if key else None


def collapse_name(push: Push) -> str:
    """The name under which the push is shown, so that it replaces what has the same one on the device.

    Pushes with a collapse key share it. Else the message's id is the name: the push replaces itself alone, sent twice.
    """
    return push.options.collapse_key or push.message_id


def notice_id(push: Push) -> int:
    """A number for the same, 1 to 2^31 - 1."""
    return max(1, zlib.crc32(collapse_name(push).encode()) & 0x7FFFFFFF)


def apns_collapse_id(name: str) -> str:
    """A header takes printable ASCII, and this one 64 bytes
    (docs/reference/vendors/apns.md#limits): of other names it is a digest.
    """
    if len(name) <= MAX_COLLAPSE_ID and name.isascii() and name.isprintable() and name == name.strip():
        return name
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def quoted(tokens: Sequence[bytes]) -> bytes:
    """Tokens as they stand in a JSON list: none of them holds what JSON would escape, by their vendor's pattern."""
    return b'"' + b'","'.join(tokens) + b'"'


def seconds_left(push: Push, now: datetime, longest: timedelta) -> int:
    """How long the vendor may keep the message: what is left of its time to live, as far as the vendor allows."""
    if not push.options.ttl:
        return 0
    left = min(push.expires_at - now, longest)
    return max(0, left // timedelta(seconds=1))


def until_midnight_in_shanghai(now: datetime) -> float:
    """Seconds until the vendors' day is over; the exact moment of the reset is not confirmed
    (docs/reference/vendors/index.md#pauses).
    """
    there = now.astimezone(SHANGHAI)
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - there).total_seconds()


def judge(rule: ResponseCode, code: str, now: datetime, retry_after: float | None = None) -> Verdict:
    """What the table says of a code: a verdict on the token, or an error about the whole call, which is raised."""
    if isinstance(rule.says, Outcome):
        return Verdict(rule.says, code, rule.meaning, retry_after)
    match rule.says:
        case CallFailure.THROTTLED:
            raise VendorThrottled(code, rule.meaning, retry_after, rule.scope)
        case CallFailure.DAY_QUOTA:
            # Before its day is over nothing goes, whatever the answer's header says
            # (docs/reference/vendors/index.md#pauses).
            pause = max(retry_after or 0, until_midnight_in_shanghai(now))
            raise VendorThrottled(code, rule.meaning, pause, rule.scope)
        case CallFailure.UNAVAILABLE:
            raise VendorUnavailable(code, rule.meaning, retry_after, rule.scope)
        case CallFailure.AUTH | CallFailure.REFUSED:  # for AUTH, a new credential has been tried by now
            raise VendorAuthError(code, rule.meaning, retry_after, rule.scope)


def at_status(rule: ResponseCode, status: int) -> ResponseCode:
    """The rule of a code that came with this HTTP status: a server in trouble says nothing of tokens."""
    if status >= 500 and isinstance(rule.says, Outcome):
        return ResponseCode(CallFailure.UNAVAILABLE, "the vendor's server is in trouble")
    return rule


def of_list(verdict: Verdict, count: int) -> list[Verdict]:
    """The verdict of a whole list. That all of several tokens died at once is not believed
    (docs/reference/vendors/index.md#tokens).
    """
    if count > 1 and verdict.outcome is Outcome.INVALID:
        verdict = replace(verdict, outcome=Outcome.REJECTED)
    return [verdict] * count


def succeeded(status: int) -> bool:
    """Whether an HTTP status is of the class of successes, which every vendor's code of success comes with."""
    return 200 <= status < 300


def fallback_outcome(status: int) -> Outcome | CallFailure:
    """What an answer means whose code is in no table, by its HTTP status. Never that a token is dead.

    A success that cannot be read may have been accepted. A redirect comes from something between us and the vendor.
    """
    if succeeded(status):
        return Outcome.UNKNOWN
    if status == 429:
        return CallFailure.THROTTLED
    if status == 408:
        return Outcome.RETRY
    if status >= 500:
        return CallFailure.UNAVAILABLE
    return Outcome.REJECTED if status >= 400 else CallFailure.REFUSED


def known_code(code: str) -> str:
    """A vendor's code as it may be logged and counted: anything else than a short word is not repeated."""
    return code if _CODE.fullmatch(code) else "unreadable_code"


def accepted(code: str = "ok") -> Verdict:
    """The vendor took it."""
    return Verdict(Outcome.ACCEPTED, code, "accepted")


def unanswered(cause: str, again_after: float | None = None) -> Verdict:
    """It was sent, and nobody knows what became of it
    (docs/reference/vendors/index.md#duplicates).
    """
    return Verdict(Outcome.UNKNOWN, "no_answer", f"no answer came ({cause})", again_after)
