"""What every vendor's adapter promises the worker: a push is prepared once and then sent to tokens,
or together with other pushes, each to a token of its own.

A verdict on one token is a value; an exception is about the whole call. Adapters never retry,
count, sleep, touch Redis or log tokens: the worker acts on the outcomes.
"""

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, Self, runtime_checkable

import msgspec

from pushgate.adapters.receipts import ReceiptParser
from pushgate.domain.errors import FieldError
from pushgate.domain.message import NOW_OR_NEVER, Content, Options
from pushgate.domain.outcome import Outcome, RefusalScope


@dataclass(frozen=True, slots=True)
class Verdict:
    """The vendor's answer for one token.

    `code` is the vendor's own, or one of Pushgate's in lower case with underscores (`timeout`).
    `reason` explains the code in a few words and never holds a token or content. `retry_after` is
    in seconds. `dead_since` is the instant since which the vendor knows that the token is dead, if
    it names one: a terminal that registered later stays. `muted` says that the user has turned
    notifications off.
    """

    outcome: Outcome
    code: str
    reason: str
    retry_after: float | None = None
    dead_since: datetime | None = None
    muted: bool = False
    over_quota: bool = False
    """Whether the vendor took only a part of the call, because the daily quota of the push's class
    had no room for this push.
    """
    vendor_asked: bool = True
    """Whether the vendor was asked.

    A verdict without the vendor says nothing about the state of the vendor.
    """


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A push as it is before rendering: everything that the terminals of one message, vendor and
    content language have in common.

    `callback` is the callback token that the client app sends back with receipts and clicks; it
    travels in the client's data under the key `pushgate`. A push with `to_topic` must fit the
    vendor's limit for topics, which may be lower than its limit for tokens.
    """

    message_id: str
    content: Content
    options: Options
    expires_at: datetime
    callback: str
    to_topic: bool = False
    removes: str = ""
    """The name of a notification that the client app removes. Such a push is silent and brings
    nothing else.
    """

    @property
    def due_at(self) -> datetime:
        """The instant at which the push was due, the same in each attempt."""
        return self.expires_at - (self.options.ttl or NOW_OR_NEVER)


class PushSize(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of a push in every unit that a vendor counts in, computed once for all vendors.

    `id`, `title`, `body` and `url` count characters. `title_width` and `body_width` are at least
    the widths of `text_width`. `data` and `data_characters` are bytes and characters of the
    client's data as JSON.

    `plain` is an upper bound, in bytes of JSON, for the caller's part of any vendor's body.
    `nested` is the same bound for a vendor that takes the client's data as a JSON text inside its
    JSON. `has_text` says that neither title nor body is blank.
    """

    id: int
    title: int
    body: int
    title_width: int
    body_width: int
    url: int
    data: int
    data_characters: int
    plain: int
    nested: int
    has_text: bool


NO_SCOPES: Mapping[RefusalScope, str] = MappingProxyType({})
"""The scopes of a vendor whose refusals always concern the whole app."""


class Rendering(Protocol):
    """A push as all tokens of one kind get it. It can be sent together with other pushes."""

    @property
    def key(self) -> Hashable:
        """The common part of the renderings that one call of `send_each` may send.

        Renderings of one adapter with equal keys may be sent by one call.
        """
        ...

    @property
    def refusal_scopes(self) -> Mapping[RefusalScope, str]:
        """What a refusal of `send_each` may be about, beside the app. Equal for equal keys.

        For a vendor with several hosts, each for terminals of its own, the scopes name the host.
        """
        ...

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each of these renderings to its token; yield indexes into `sends`.

        All have the key of this rendering. Sends of the same object share requests, where the
        vendor takes several tokens per request. Verdicts, errors, `may_continue` and closing are
        those of `Prepared.send`.
        """
        ...


class Prepared(Protocol):
    """One push, or its recall, checked and rendered, ready to be sent to tokens."""

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal of a call with `count` tokens may be about, beside the app.

        Each scope in the vendor's table of codes is present for every push. Its value (the topic,
        channel or class) is empty where the push names none.
        """
        ...

    def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens; yield indexes into `tokens` and the verdict that they share.

        Verdicts come as responses arrive. Each token has at most one; a token without one was not
        accepted. `may_continue` is called as responses arrive: once it returns False, no further
        request begins and those in flight are awaited. Raises VendorUnavailable, VendorThrottled or
        VendorAuthError when the call as a whole failed. Closing the iterator early abandons the
        requests in flight.
        """
        ...


class PreparedPush(Prepared, Protocol):
    """One push, checked and rendered, ready to be sent to tokens alone or with other pushes."""

    def rendering_for(self, token: bytes) -> Rendering:
        """Return the push as this token gets it. The same object for tokens that get the same."""
        ...


@runtime_checkable
class SupportsHosts(Protocol):
    """A prepared push of a vendor with several hosts, each for terminals of its own."""

    def host(self, token: bytes) -> str:
        """Return the name of the token's host. A refusal by one host says nothing of the others."""
        ...


@runtime_checkable
class SupportsBody(Protocol):
    """A rendering that can be shown as the vendor gets it."""

    def body_for(self, token: bytes) -> bytes:
        """Return the body of the request that brings the content to this token. Of a vendor that
        gets the content encrypted, return what is encrypted.
        """
        ...


class QuickCheck(Protocol):
    """Recognizes, in about a microsecond, most pushes in which rendering would find no fault.

    Both methods may return False although True would be right, but never True where False is right.
    """

    def surely_carries(self, push: Push, size: PushSize) -> bool:
        """Whether `prepare` takes the push, and leaves its content whole."""
        ...

    def surely_unwarned(self, push: Push) -> bool:
        """Whether there is nothing to warn of, provided that `prepare` takes the push."""
        ...


class Adapter(Protocol):
    """Sends one app's pushes through one vendor. Opens no connection before its first use."""

    receipt_parser: ReceiptParser | None
    """None for a vendor that sends no receipts."""
    supports_dry_run: bool
    """Whether the vendor itself can check a push without delivering it."""

    @property
    def quick_check(self) -> QuickCheck:
        """What makes rendering needless for a push that is checked before it is stored."""
        ...

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        """Check the vendor's limits and render what all terminals share, once. Does no I/O.

        Raises PayloadRejected when the content or the options break a limit of the vendor.
        """
        ...

    async def check(self) -> bool:
        """Try the credentials without sending a push.

        Returns whether the vendor confirmed them; False where the vendor offers no way to try them
        without a push. Raises VendorError when they do not work.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


@runtime_checkable
class SupportsRecall(Protocol):
    """The adapter of a vendor that can take pushes back."""

    def recall(self, push: Push) -> PreparedPush:
        """Prepare to take the push back; an accepted verdict means that it was taken back.

        Raises PayloadRejected, which says what is missing, where this push cannot be taken back.
        """
        ...


@runtime_checkable
class SupportsRemoval(Protocol):
    """The adapter of a vendor with silent pushes, on which client apps remove a notification."""

    def removal(self, push: Push) -> Push:
        """Return the silent push on which the client app removes the notification of this push.

        Raises PayloadRejected where the push shows none.
        """
        ...


@runtime_checkable
class SupportsWarnings(Protocol):
    """The adapter of a vendor that ignores or changes parts of some pushes."""

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Return what the caller should know before the push is sent, field by field.

        The text does not name the vendor: vendors with the same warning share it.
        """
        ...
