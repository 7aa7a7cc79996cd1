"""Until when a message and all its data are kept. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.domain.message import Envelope, Message


@dataclass(frozen=True, slots=True)
class Retention:
    """How long messages are kept after their time to live has ended, and how long their contents
    are kept; None for the same time.
    """

    period: timedelta
    content_period: timedelta | None = None

    def keep_until(self, message: Message | Envelope) -> datetime:
        """The instant at which Redis forgets the message, its audience and its results."""
        return message.last_push_at + message.lifetime + self.period

    def content_until(self, message: Message | Envelope) -> datetime:
        """The instant at which Redis forgets the message's content."""
        period = self.period if self.content_period is None else min(self.period, self.content_period)
        return message.last_push_at + message.lifetime + period
