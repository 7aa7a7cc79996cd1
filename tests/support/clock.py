"""A clock that tests set."""

from datetime import UTC, datetime, timedelta


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def to_morning(self) -> None:
        """Show the next time that it is nine o'clock, UTC: from New York to Shanghai the day lasts
        for hours from then on. For tests that count by day.
        """
        nine = self.at.replace(hour=9, minute=0, second=0, microsecond=0)
        self.at = nine if nine >= self.at else nine + timedelta(days=1)


class ShiftedClock:
    """The system's clock, shifted."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def set(self, at: datetime) -> None:
        """Show this time now."""
        self.shift = at - datetime.now(UTC)


class Elapsed:
    """Seconds that pass when a test says so, in place of `time.monotonic`."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
