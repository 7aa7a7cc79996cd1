"""Terminals that have changed their slot since a message selected them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pushgate.domain.bitmaps import difference, intersection, union
from pushgate.domain.ranges import by_range
from pushgate.grouping.moves import has


@dataclass(frozen=True, slots=True)
class Moved:
    """Maps slots by which terminals were selected to the slots that these terminals have now.
    Terminals that are not in it stayed.
    """

    now_at: Mapping[int, int] = field(default_factory=dict)

    def follow(self, selected: Mapping[int, int]) -> dict[int, int]:
        """Where the selected terminals are now, as bits by range."""
        return union(difference(selected, by_range(self.now_at)), by_range(self.now_at.values()))

    def stayed(self, slots: Mapping[int, int]) -> dict[int, int]:
        """Return the present slots whose terminals did not move."""
        return difference(slots, by_range(self.now_at.values()))

    def within(self, slots: Mapping[int, int]) -> dict[int, int]:
        """The terminals that moved to these slots, as `now_at` has them."""
        return {former: now for former, now in self.now_at.items() if has(slots, now)}

    def before(self, slots: Mapping[int, int], selected: Mapping[int, int]) -> dict[int, int]:
        """Return the slots by which these terminals were selected."""
        return union(intersection(slots, selected), by_range(self.within(slots)))
