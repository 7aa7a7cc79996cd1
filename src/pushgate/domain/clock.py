"""What time it is: the one place that asks the machine, so that tests can say."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant, aware and in UTC."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return datetime.now(UTC)


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch, rounded down, as Redis scores and scripts hold instants."""
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC instant of a count of milliseconds since the epoch."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
