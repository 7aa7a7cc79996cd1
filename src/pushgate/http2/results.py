"""The result of a request: a response, or the reason why there is none. Values without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_RESPONSE = 1024 * 1024
"""Bytes kept of a response body, enough to name a thousand long tokens. The rest is not read."""
MAX_FAILURE = 64 * 1024
"""The same limit for templates without `full_response`,
where only the body of a failure is read."""
MAX_RETRY_AFTER = timedelta(days=28)
"""The longest wait that a Retry-After header can ask for. No push lives longer."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def retry_after(self, now: datetime) -> float | None:
        """Seconds to wait by the Retry-After header, which
        holds seconds or a date (RFC 9110, 10.2.3).

        None for a wait of zero, an instant in the past, and any other text.
        """
        value = self.headers.get("retry-after", "").strip()
        longest = MAX_RETRY_AFTER.total_seconds()
        if value.isascii() and value.isdigit():
            digits = value.lstrip("0")
            seconds = float(digits or 0) if len(digits) < 10 else longest
        else:
            seconds = _seconds_until(value, now)
        return min(seconds, longest) if seconds > 0 else None


@dataclass(frozen=True, slots=True)
class NotSent:
    """The server has not processed the request, so sending it again cannot duplicate it."""

    cause: str


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request was sent, or may have been, and no response came. Its effect is unknown."""

    cause: str


Result = Response | NotSent | NoResponse
"""Every request has exactly one result."""

OK = Response(200)
"""Stands for all responses 200 to requests that want only the status."""


def _seconds_until(date: str, now: datetime) -> float:
    """Seconds until an HTTP date, 0 for any other text (RFC 9110, 5.6.7)."""
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return 0.0
    # The asctime form names no zone and means UTC.
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
