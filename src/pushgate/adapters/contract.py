"""What every vendor's adapter promises the worker, and what it may ask for.

A verdict on one token is a value; an exception says something about the whole call. Adapters never retry, count,
sleep, touch Redis or log tokens: the worker does what is to be done about an outcome.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Protocol, runtime_checkable
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from pushgate.domain.app import PushRate
from pushgate.domain.clock import Clock
from pushgate.domain.errors import FieldError
from pushgate.domain.message import NOW_OR_NEVER, Category, Content, Options
from pushgate.domain.outcome import Outcome, RefusalScope
from pushgate.http2.bearer import CredentialStore
from pushgate.settings.section import Section


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the vendor said of one token.

    `code` is the vendor's own, or one of ours in lower case with underscores (`timeout`); `reason` says in a few
    words what it means and never holds a token or content. `retry_after` is in seconds. `dead_since` is the
    instant the vendor knows the token to be dead from, where it says so: a terminal registered later stays. `muted`
    says that the vendor knows the user to have turned notifications off.
    """

    outcome: Outcome
    code: str
    reason: str
    retry_after: float | None = None
    dead_since: datetime | None = None
    muted: bool = False
    asked: bool = True
    """Whether the vendor was asked. A verdict without its word says nothing of how the vendor is."""


class CallFailure(Enum):
    """What a code says of the whole call, where it says nothing of one token."""

    AUTH = "auth"
    THROTTLED = "throttled"
    DAY_QUOTA = "day_quota"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """One row of a vendor's table of codes: what the code says of a token, or of the call, and what it means."""

    says: Outcome | CallFailure
    meaning: str
    muted: bool = False
    """Whether it says that the user has turned notifications off."""
    scope: RefusalScope = RefusalScope.APP
    """What it is about, where it is said of the call."""

    @property
    def pauses(self) -> RefusalScope | None:
        """What the code pauses, None where it is said of single tokens or of the message."""
        return self.scope if isinstance(self.says, CallFailure) else None


@dataclass(frozen=True, slots=True)
class Push:
    """What is common to all terminals of one (message, vendor, content language).

    `callback` is the callback token that the client app sends back with receipts and clicks; it travels in the
    client's data under the key `pushgate`. `to_many` pushes must fit what the vendor takes for tokens that stand for many.
    """

    message_id: str
    content: Content
    options: Options
    expires_at: datetime
    callback: str
    to_many: bool = False

    @property
    def due_at(self) -> datetime:
        """When it was to be sent; each attempt tells the same."""
        return self.expires_at - (self.options.ttl or NOW_OR_NEVER)


def _endpoint_url(text: str) -> str:
    parts = urlsplit(text)
    try:
        port = parts.port  # one out of range raises ValueError, too
    except ValueError as error:
        raise ValueError("has no valid port") from error
    if parts.scheme == "https" and parts.hostname and port != 0:
        return text
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"):
        return text
    raise ValueError(
        "must be an https:// address (http:// is for this machine only): credentials travel there"
    )


EndpointUrl = Annotated[str, AfterValidator(_endpoint_url)]
"""Where a vendor is."""


class VendorSettings(Section):
    """What every vendor's section of the configuration takes."""

    ca_file: Path | None = Field(
        default=None, description="PEM file of the CAs to trust instead of the system's"
    )
    proxy: str | None = Field(
        default=None,
        pattern=r"^http://[^\s/]+/?$",
        description="http:// address of a proxy that tunnels all requests (CONNECT)",
    )
    max_connections: int = Field(default=8, ge=1, le=1000)
    rate_limit: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="pushes a second for the app, all workers together; unset = the vendor's quota, 0 = no limit",
    )


class ReportedEvent(Enum):
    """What became of a push on a terminal, as a vendor reports it afterwards."""

    DELIVERED = "delivered"
    CLICKED = "clicked"
    INVALID = "invalid"
    """The token is dead."""
    MUTED = "muted"
    """The user has turned notifications off, or the system keeps them back."""


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """One row of a vendor's table of receipts: what a code of theirs means, and the event it is, None for one that changes
    nothing."""

    event: ReportedEvent | None
    meaning: str


@dataclass(frozen=True, slots=True)
class ReceiptEvent:
    """One event of a vendor's callback: which message, which token, when (None where the vendor does not say)."""

    event: ReportedEvent
    message_id: str
    token: str
    at: datetime | None = None


class InvalidSignature(Exception):
    """A callback that is not the vendor's, or comes a second time; the text says why, without a secret."""


class MissingSignature(InvalidSignature):
    """A callback without any signature, as the test of a vendor's console may be."""


class ReceiptParser(Protocol):
    """How a vendor reports receipts to one app."""

    answer: bytes
    """The JSON with which the vendor wants to be answered."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
        """Check the vendor's signature. Returns what must not come twice, None where there is nothing of the kind.

        Raises InvalidSignature; Unsigned where there is no signature at all.
        """
        ...

    def read(self, body: bytes) -> Sequence[ReceiptEvent]:
        """The events of a callback; those that mean nothing to us, and what is no event, are left out.

        Raises ValueError when the body is not in the vendor's form.
        """
        ...


NO_SCOPES: Mapping[RefusalScope, str] = MappingProxyType({})
"""Of a vendor whose refusals of a call are all about the app."""


class Prepared(Protocol):
    """One push, checked and rendered: what is left is the tokens."""

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal of a call with so many tokens may be about, beside the app: its topic, channel, class.

        A scope that the vendor's table of codes has is here for every push, with an empty value where the push names
        none.
        """
        ...

    def send(
        self, tokens: Sequence[bytes], go_on: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens; yield, as answers arrive, indexes into tokens and the verdict they share.

        Each token has one verdict, unless it was not sent. `go_on` is asked as answers arrive: once it says no, no
        further request begins, and those in flight are waited for. Raises VendorUnavailable, VendorThrottled or
        VendorAuthError when the call as a whole failed. Tokens that have no verdict at the end were not accepted.
        Closing the iterator early gives up what is in flight.
        """
        ...


@runtime_checkable
class SupportsHosts(Protocol):
    """What a push promises beside the rest whose vendor has several hosts, each for terminals of its own."""

    def host(self, token: bytes) -> str:
        """The name of the token's host. A refusal of one host is none of the others."""
        ...


class Adapter(Protocol):
    """Sends one app's pushes through one vendor. Opens no connection before it is first used."""

    inbox: ReceiptParser | None
    """None for a vendor that reports nothing."""
    validates: bool
    """Whether the vendor itself checks a push without delivering it, when a dry run is asked for."""

    def prepare(self, push: Push, now: datetime) -> Prepared:
        """Check the vendor's limits and render what all terminals share, once. Does no I/O.

        Raises PayloadRejected when the content or the options break a limit of the vendor.
        """
        ...

    async def check(self) -> bool:
        """Try the credentials without sending anything.

        Returns whether the vendor confirmed them; False where it offers no way to try them without a push.
        Raises VendorError when they do not work.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


@runtime_checkable
class SupportsRecall(Protocol):
    """What the adapter of a vendor that takes pushes back promises beside the rest."""

    def recall(self, push: Push) -> Prepared:
        """What takes the push back from the terminals it is sent to; an accepted verdict means that it was.

        Raises PayloadRejected, which tells what is missing, where it cannot be.
        """
        ...


@runtime_checkable
class SupportsWarnings(Protocol):
    """Promised by the adapter of a vendor that gives parts of a push another effect than they seem to have."""

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """What the caller should know before the push is sent: the field, and what the vendor makes of it.

        The text does not name the vendor: vendors of which the same is told share one warning, which lists them.
        """
        ...


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """What an adapter may use of the process it runs in.

    `receipts` is the address that pushes name for their receipts, if there is one.
    """

    app: str
    clock: Clock
    credentials: CredentialStore
    receipts: str | None = None


class Feature(StrEnum):
    """What a message can ask for that not every vendor has."""

    IMAGE = "image"
    BADGE = "badge"
    SILENT = "silent"
    PRIORITY = "priority"
    COLLAPSE = "collapse_key"
    DRY_RUN = "own dry run"
    RECALL = "recall"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a vendor takes: characters of title and body, bytes of all together, how long it keeps a push.

    None where there is no limit of that kind but the others. `unit` is what title and body are counted in, where that is
    not characters.
    """

    longest: timedelta
    title: int | None = None
    body: int | None = None
    size: int | None = None
    unit: str = ""


def _none(_token: str) -> str | None:
    """No fault."""
    return None


@dataclass(frozen=True, slots=True)
class Vendor:
    """All that the rest of Pushgate knows of a vendor. Each vendor's module defines one, named VENDOR.

    `open` takes an instance of `settings`; it raises ConfigurationError when a credential cannot be read (a key
    file that is missing or is no key), with faults whose field is relative to the vendor's section.
    `extras` is the model of the message's options for the vendor. `as_token` gives the one form in which a token is kept,
    compared and matched with `token`, whatever spelling a client or the vendor hands out: it changes nothing that the vendor tells
    apart. `fault` says in words why a token that matches is none nevertheless; `form` tells people what a token has to
    be. Tokens that match `many` stand
    for whoever has subscribed: they are no terminal's. `batch` is the most tokens one request takes. `receipts`
    are the codes of its receipts; `max_address` is the most characters that a push may have of where they go, 0
    where that is set in the vendor's console alone. `classes` gives, by category, the vendor's own options that name its
    class of message; no category is missing where there are any.
    """

    name: str
    settings: type[VendorSettings]
    extras: type[BaseModel]
    token: re.Pattern[str]
    batch: int
    codes: Mapping[str, ResponseCode]
    quota: PushRate
    features: frozenset[Feature]
    limits: Limits
    open: Callable[[VendorSettings, AdapterContext], Adapter]
    normalize_token: Callable[[str], str] = str
    fault: Callable[[str], str | None] = _none
    token_hint: str = ""
    topic_pattern: re.Pattern[str] | None = None
    receipts: Mapping[str, ReceiptCode] = field(default_factory=dict)
    max_receipt_url: int = 0
    classes: Mapping[Category, Mapping[str, object]] = field(default_factory=dict)

    @property
    def events(self) -> frozenset[ReportedEvent]:
        """What its receipts may tell of."""
        return frozenset(told.event for told in self.receipts.values() if told.event)
