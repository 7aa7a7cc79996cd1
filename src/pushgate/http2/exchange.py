"""What is asked and what comes of it: templates of requests, and the one end that each request has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_RESPONSE = 1024 * 1024
"""Bytes kept of an answer's body, enough to name a thousand long tokens; what comes after them is not read."""
MAX_FAILURE = 64 * 1024
"""The same where only failures are read: what a server says of one request."""
LONGEST_WAIT = timedelta(days=28)
"""The longest that a Retry-After header is taken to ask for: no push lives longer."""


@dataclass(frozen=True, slots=True, eq=False)
class BurstTemplate:
    """What many requests have in common. A request is a template and an *item*: the bytes in which it differs.

    With `in_path` the item ends the path and the body is `before`; with `in_both` what stands before its first space ends
    the path, and what follows is in the body, `before + ... + after`; else the body is `before + item + after`. All are
    POSTs. Header names are in lower case; content-length is added. With `whole`, a 200 comes with its headers and
    body; without, that it came is all that is told of it, which is quicker. `urgent` requests go before all others that
    wait for the same server.
    """

    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    before: bytes = b""
    after: bytes = b""
    in_path: bool = False
    in_both: bool = False
    whole: bool = False
    urgent: bool = False

    def request(self, item: bytes) -> tuple[bytes, bytes]:
        """Path and body of one request."""
        if self.in_path:
            return self.path + item, self.before
        if self.in_both:
            end, _, own = item.partition(b" ")
            return self.path + end, self.before + own + self.after
        return self.path, self.before + item + self.after


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def retry_after(self, now: datetime) -> float | None:
        """Seconds that the Retry-After header asks to wait, a number of seconds or a date (RFC 9110, 10.2.3).

        None for no wait, an instant that is past, and any other text.
        """
        value = self.headers.get("retry-after", "").strip()
        longest = LONGEST_WAIT.total_seconds()
        if value.isascii() and value.isdigit():
            digits = value.lstrip("0")
            seconds = float(digits or 0) if len(digits) < 10 else longest
        else:
            seconds = _until(value, now)
        return min(seconds, longest) if seconds > 0 else None


@dataclass(frozen=True, slots=True)
class NotSent:
    """The server has not processed the request: sending it again cannot double it."""

    cause: str


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request was, or may have been, sent, and no answer came: nobody knows what became of it."""

    cause: str


Result = Response | NotSent | NoResponse
"""Every request comes to exactly one of these."""

TAKEN = Response(200)
"""The answer to all requests that a 200 came for, where nothing else of it is wanted."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long is waited for what, in seconds."""

    answer: float = 10.0
    """From the writing of a request to the end of its answer."""
    connect: float = 5.0
    """For a connection to come about: name, socket, proxy, TLS and the server's settings."""
    busy: float = 5.0
    """Silence, with requests in flight, after which a sign of life (PING) is asked for."""
    idle: float = 30.0
    """The same without requests in flight."""
    ping: float = 5.0
    """For the sign of life to come."""
    unused: float = 600.0
    """After this an unused connection is closed."""


def _until(date: str, now: datetime) -> float:
    """Seconds until an HTTP date, 0 for any other text (RFC 9110, 5.6.7)."""
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return 0.0
    # The oldest of the three forms names no zone, and means UTC.
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
