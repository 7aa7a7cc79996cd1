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
