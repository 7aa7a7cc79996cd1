"""The JSON that callers send. Every bound of the API is here."""

from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    TypeAdapter,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from pushgate.adapters import links
from pushgate.adapters.option_rules import EXACT
from pushgate.adapters.registry import vendors
from pushgate.api.idempotency import KEY_PATTERN, MAX_KEY
from pushgate.api.times import Instant
from pushgate.content.language import MAX_TAG, normalize
from pushgate.domain.message import DEFAULT_TTL, MAX_TTL, Category, Delivery, Priority, TooLong
from pushgate.domain.outcome import State


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    return text


def _trimmed(text: str) -> str:
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    return text


def _language(text: str) -> str:
    return normalize(text)


def _timezone(text: str) -> str:
    if text not in _timezones():
        raise ValueError("is no IANA time zone, such as Asia/Shanghai")
    return text


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


MESSAGE_ID = r"^[0-9a-f]{28}$"
TERMINAL_ID = r"^[A-Za-z0-9._~:@=+\-]{1,128}$"
# Described, and not checked: what is in another form is not there, which is another answer.
MessageIdInPath = Annotated[
    str, Path(description="a message's id", json_schema_extra={"pattern": MESSAGE_ID})
]
TerminalIdInPath = Annotated[
    str, Path(description="a terminal's id", json_schema_extra={"pattern": TERMINAL_ID})
]


def _digits(written: object) -> object:
    if isinstance(written, str) and not (written.isascii() and written.isdecimal() and len(written) < 19):
        raise ValueError("must be a whole number in digits")
    return written


Digits = BeforeValidator(_digits)
"""For a number in a query: digits and nothing else."""
Text = Annotated[str, AfterValidator(_without_nul)]
Id = Annotated[str, StringConstraints(pattern=TERMINAL_ID)]
User = Annotated[Text, StringConstraints(min_length=1, max_length=256)]
Tag = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Language = Annotated[str, StringConstraints(max_length=MAX_TAG), AfterValidator(_language)]
Url = Annotated[links.WebUrl, StringConstraints(max_length=2048)]
Link = Annotated[links.Link, StringConstraints(max_length=1000)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


Vendor = StrEnum("Vendor", {name.upper(): name for name in vendors()})  # type: ignore[misc]  # one by folder


class _VendorSchema:
    """Describes a text as the name of a vendor. An unknown one is refused elsewhere, with a list of those there are."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(TypeAdapter(Vendor).core_schema)


VendorName = Annotated[str, StringConstraints(max_length=32), _VendorSchema]

VendorInPath = Annotated[str, Path(json_schema_extra={"enum": list(vendors())})]


class Body(BaseModel):
    """JSON as it is: nothing unknown, nothing converted on the quiet."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ContentBody(Body):
    """What is shown, in one language."""

    title: Annotated[Text, StringConstraints(min_length=1, max_length=1000)]
    body: Annotated[Text, StringConstraints(min_length=1, max_length=4000)]
    image: Url | None = Field(default=None, description="address of a picture")
    url: Link | None = Field(
        default=None,
        description="opened on a click: an https:// page or a deep link; where the app itself opens it, it finds it in its data",
    )
    data: dict[
        Annotated[Text, StringConstraints(min_length=1, max_length=128)],
        Annotated[Text, StringConstraints(max_length=4096)],
    ] = Field(
        default_factory=dict, max_length=64, description="goes to the client app as it is; values are strings"
    )


class AddressBody(Body):
    """A terminal given by its push token."""

    vendor: VendorName
    token: Token
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")


class AudienceBody(Body):
    """Who receives it: just one of these. Of a list that may be long only the first bad item is told."""

    all: Annotated[Literal[True], EXACT] | None = Field(default=None, description="every registered terminal")
    terminals: list[Id] | None = Field(
        default=None, min_length=1, fail_fast=True, description="terminal ids; unknown ones are left out"
    )
    users: list[User] | None = Field(
        default=None, min_length=1, fail_fast=True, description="all terminals of these users"
    )
    tokens: list[AddressBody] | None = Field(
        default=None, min_length=1, fail_fast=True, description="push tokens, registered or not"
    )


class OptionsBody(BaseModel):
    """How it is pushed. Every further key is a vendor's name, with that vendor's own options."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    ttl: int = Field(
        default=DEFAULT_TTL // timedelta(seconds=1),
        ge=0,
        le=MAX_TTL // timedelta(seconds=1),
        description="seconds after the push time at which what is still pending expires",
    )
    priority: Priority = Priority.NORMAL
    delivery: Delivery = Field(
        default=Delivery.AT_LEAST_ONCE, description="whether a send whose answer never came is sent again"
    )
    on_too_long: TooLong = Field(
        default=TooLong.REJECT,
        description="content longer than a vendor takes: reject its terminals, refuse the message, or truncate the content",
    )
    silent: bool = Field(
        default=False, description="give the app the data and show nothing, where the vendor has such pushes"
    )
    badge: int | None = Field(
        default=None, ge=0, le=99_999, description="the number at the app's icon, where the vendor sets it"
    )
    category: Category | None = Field(
        default=None,
        description="what the message is about; each vendor's class follows, unless the vendor's own option names one",
    )
    dry_run: bool = Field(
        default=False, description="check everything and deliver nothing; FCM and Huawei check it themselves"
    )
    collapse_key: (
        Annotated[Text, StringConstraints(min_length=1, max_length=64), AfterValidator(_trimmed)] | None
    ) = Field(default=None, description="a later message with the same key replaces this one on the device")


class MessageBody(Body):
    """One push request."""

    content: dict[str, ContentBody] = Field(min_length=1, max_length=100, description="by BCP 47 language")
    default_language: Language | None = Field(
        default=None,
        description="one of content's, for terminals whose language none of them fits; unset = the app's, or the only one",
    )
    push_time: Instant | None = Field(
        default=None,
        description="RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days ahead",
    )
    audience: AudienceBody
    options: OptionsBody = Field(default_factory=OptionsBody)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "content": {
                        "en": {"title": "Sale", "body": "Today only", "data": {"page": "sale"}},
                        "zh-Hans": {"title": "特卖", "body": "仅限今天"},
                    },
                    "default_language": "en",
                    "push_time": "2027-01-01T20:00:00+08:00",
                    "audience": {"all": True},
                    "options": {
                        "ttl": 3600,
                        "priority": "high",
                        "collapse_key": "sale",
                        "apns": {"badge": 1},
                    },
                }
            ]
        }
    )


class ChangeBody(Body):
    """What of a scheduled message is to be other than it was."""

    push_time: Instant | None = Field(
        default=None,
        description="RFC 3339 with offset; past by at most 5 minutes = now; at most 366 days ahead",
    )
    content: dict[str, ContentBody] | None = Field(default=None, min_length=1, max_length=100)
    default_language: Language | None = None


FailedState = Literal[State.INVALID, State.REJECTED, State.EXPIRED]


class RetryBody(Body):
    """Which failures of a message are to be sent again, and for how long."""

    states: list[FailedState] = Field(
        default=[State.REJECTED, State.EXPIRED],
        min_length=1,
        max_length=3,
        description="`invalid` helps where tokens were called dead because the app's credentials were wrong",
    )
    ttl: int | None = Field(
        default=None,
        ge=0,
        le=MAX_TTL // timedelta(seconds=1),
        description="seconds from now at which what is still pending expires; unset = the message's own ttl",
    )


class TerminalBody(Body):
    """A terminal's registration."""

    vendor: VendorName
    token: Token
    language: Language | None = Field(default=None, description="BCP 47; unset = the app's default")
    user: User | None = None
    tags: list[Tag] = Field(default_factory=list, max_length=64)
    timezone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_timezone)] | None = Field(
        default=None, description="IANA name, such as Asia/Shanghai"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"vendor": "apns", "token": "0f" * 32, "language": "zh-Hans", "user": "u-17", "tags": ["vip"]}
            ]
        }
    )


class TerminalChangeBody(Body):
    """What of a terminal is to be other than it was. Null clears; a vendor and a token cannot be cleared."""

    vendor: str = Field(default="", max_length=32)
    token: Token = ""
    language: Language | None = Field(default=None, description="BCP 47; null = the app's default")
    user: User | None = None
    tags: list[Tag] | None = Field(default=None, max_length=64)
    timezone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_timezone)] | None = None


class TerminalLine(TerminalBody):
    """One line of an import: a registration with its id."""

    id: Id


class BatchItem(MessageBody):
    """One push request of a batch."""

    idempotency_key: (
        Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY, pattern=KEY_PATTERN)] | None
    ) = Field(
        default=None,
        description="as the header Idempotency-Key of a single request; unset = made of the batch's key",
    )


class BatchBody(Body):
    """Up to 1,000 push requests."""

    messages: list[BatchItem] = Field(min_length=1, max_length=1000)


class ReceiptBody(Body):
    """A client app's report: `token` is the callback token that came with the push."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    terminal: Annotated[Text, StringConstraints(min_length=1, max_length=4096)] = Field(
        description="the terminal's id, or its push token where the message named it by that"
    )
