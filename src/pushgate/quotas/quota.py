"""A vendor's daily quota, and its state on one day. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pushgate.domain.push_class import PushClass

PATIENCE = timedelta(seconds=30)
"""How long a large message's want counts unless it is renewed: schedulers renew it while the
message is being sent.
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many pushes of one class a vendor takes from an app in a day: `limit`. Days are those of
    Asia/Shanghai.
    """

    app: str
    vendor: str
    push_class: PushClass
    limit: int


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A quota on one day, in pushes. `used` were accepted or got no readable answer. Workers are
    sending the `reserved` ones. `wanted` ones wait: of high, normal and low priority.
    """

    limit: int
    used: int = 0
    reserved: int = 0
    refused_at: datetime | None = None
    """When the vendor called the quota used up. From then on nothing is sent that day."""
    wanted: tuple[int, int, int] = field(default=(0, 0, 0))

    @property
    def left(self) -> int:
        """How many pushes the quota has room for, whether or not others wait."""
        return 0 if self.refused_at else max(0, self.limit - self.used - self.reserved)

    def left_for(self, rank: int) -> int:
        """How many pushes of a priority the quota has room for. Room that pushes of higher
        priorities wait for is left to those. `rank` is 0 for high, 1 for normal, 2 for low.
        """
        return max(0, self.left - sum(self.wanted[:rank]))
