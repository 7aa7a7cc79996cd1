"""When a message that goes out in parts is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Timetable(Protocol):
    """When a message is due in each time zone. All instants are aware UTC."""

    @property
    def since(self) -> datetime:
        """When the timetable was made."""
        ...

    def comes_at(self, zone: str) -> datetime | None:
        """When the message is due in a zone; None where it is left out there. '' is no zone.

        In the best hour that is for terminals of which no click is known.
        """
        ...

    def instants(self) -> Sequence[datetime]:
        """The instants from `since` on at which the message is due in any zone, in rising order."""
        ...

    def earliest(self) -> datetime:
        """The earliest instant, also before `since`, that may be too long ago for the time to
        live.
        """
        ...
