"""How many terminals are due at each instant of a message that goes out in parts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pushgate.domain import bitmaps
from pushgate.domain.app import App
from pushgate.domain.best_hour import BestHour
from pushgate.domain.family import Family, due_at
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.best_hours import best_hours, hour_terms
from pushgate.grouping.local_zones import by_zone
from pushgate.terminals.term_reader import TermReader


class DueCounts:
    """Counts terminals by the instants at which they are due. All calls raise EngineUnavailable."""

    def __init__(self, terms: TermReader) -> None:
        self._terms = terms

    async def count(
        self, app: App, slots: Sequence[SlotSet], family: Family, lifetime: timedelta
    ) -> Mapping[datetime, int]:
        """How many of the terminals in these slots of each shard are due at each instant, in rising
        order, from the creation of the message on. Terminals that are left out, or too late for the
        time to live, do not count.
        """
        found = Counter[datetime | None]()
        for shard, held in enumerate(slots):
            found += await self._count_shard(app, shard, held, family, lifetime)
        return {at: found[at] for at in sorted(at for at in found if at is not None)}

    async def _count_shard(
        self, app: App, shard: int, held: SlotSet, family: Family, lifetime: timedelta
    ) -> Counter[datetime | None]:
        found, left = Counter[datetime | None](), dict(held)
        if family.best_hour:
            found += await self._take_best_hours(app, shard, left, family.best_hour)
        by_instant = await by_zone(
            self._terms, app, shard, left, lambda zone: due_at(family, lifetime, zone or "")
        )
        for at, slots in by_instant.items():
            found[at] += bitmaps.count(slots)
        return +found

    async def _take_best_hours(
        self, app: App, shard: int, left: dict[int, int], best_hour: BestHour
    ) -> Counter[datetime | None]:
        """Take the terminals with a known best hour off `left`; returns how many of them are due at
        each instant.
        """
        terms, instants = hour_terms(best_hour), {at.hour: at for at in best_hour.instants()}
        found = Counter[datetime | None]()
        async for number, sets in self._terms.slices(app, shard, sorted(left), list(terms.values())):
            for hour, bits in _by_hour(best_hour, dict(zip(terms, sets, strict=True))).items():
                found[instants[hour]] += (bits & left[number]).bit_count()
                left[number] &= ~bits
        return found


def _by_hour(best_hour: BestHour, clicked: Mapping[tuple[int, int], int]) -> Mapping[int, int]:
    """The slots of a range whose best hour is known, by that hour."""
    return best_hours(lambda hour, age: clicked[hour, age], best_hour.candidates)
