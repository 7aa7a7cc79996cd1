"""What a receiver answers to an attempt. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum


class AttemptFailure(StrEnum):
    """Why an attempt got no response. The codes are stable: clients match on them."""

    TIMED_OUT = "timed_out"
    ADDRESS_REFUSED = "address_refused"
    NAME_NOT_FOUND = "name_not_found"
    NOT_CONNECTED = "not_connected"
    TLS_FAILED = "tls_failed"
    CONNECTION_LOST = "connection_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one attempt ended: with a status, or with a failure and the words for it."""

    duration: timedelta
    status: int | None = None
    failure: AttemptFailure | None = None
    reason: str = ""
    retry_after: timedelta | None = None
    """How long the receiver asks to wait."""

    @property
    def is_success(self) -> bool:
        """Whether the receiver took the delivery: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


def parse_retry_after(written: str, now: datetime) -> timedelta | None:
    """The delay that Retry-After asks for (RFC 9110, 10.2.3); None for what is no delay."""
    if written.isascii() and written.isdigit():
        return timedelta(seconds=min(int(written[:9]), 10**9))
    try:
        at = parsedate_to_datetime(written)
        return max(timedelta(0), at - now) if at.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None
