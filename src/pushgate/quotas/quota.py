"""A vendor's daily quota, and what is known of it. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pushgate.domain.push_class import PushClass

PATIENCE = timedelta(seconds=30)
"""How long a large message's want counts unless it is renewed: schedulers renew it while the
message is being sent.
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """So many pushes of a class that a vendor takes from an app in one of the vendor's days."""

    app: str
    vendor: str
    push_class: PushClass
    limit: int


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota on one day. `used` counts pushes that were accepted or got no readable answer,
    `reserved` those that workers are sending, `wanted` those that wait, by rank of priority.
    """

    limit: int
    used: int = 0
    reserved: int = 0
    refused_at: datetime | None = None
    """When the vendor said that the quota is used up; nothing more is sent that day."""
    wanted: tuple[int, int, int] = field(default=(0, 0, 0))

    @property
    def left(self) -> int:
        """How many pushes may still be sent, before those that wait."""
        return 0 if self.refused_at else max(0, self.limit - self.used - self.reserved)

    def left_for(self, rank: int) -> int:
        """How many pushes of a priority may be sent, without those that higher ones wait for."""
        return max(0, self.left - sum(self.wanted[:rank]))
