"""The current time. Only this module asks the machine, so tests can set the time."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime.fromtimestamp(0, UTC)
_MS = timedelta(milliseconds=1)


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return datetime.now(UTC)


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch, rounded down. Redis scores and scripts hold instants so."""
    return (instant - _EPOCH) // _MS


def to_text(instant: datetime) -> str:
    """The text of a UTC instant as callers and readers get it: RFC 3339, to the millisecond."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC instant of a number of milliseconds since the epoch."""
    return _EPOCH + milliseconds * _MS
