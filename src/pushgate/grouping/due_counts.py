"""How many terminals are due at each instant of a message that goes out in parts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.family import Family, due_at
from pushgate.grouping.algebra import SlotSet
from pushgate.grouping.best_hours import best_hours, hour_terms
from pushgate.redis.scripts import portions
from pushgate.terminals.term_reader import TermReader
from pushgate.terminals.terms import timezone_term

_MAX_SETS_AT_ONCE = 512
"""Bits of one term in one range that are read in one round trip: 4 MB at most."""


class DueCounts:
    """Counts terminals by the instants at which they are due. All calls raise EngineUnavailable."""

    def __init__(self, terms: TermReader) -> None:
        self._terms = terms

    async def count(
        self, app: App, slots: Sequence[SlotSet], family: Family, lifetime: timedelta
    ) -> Mapping[datetime, int]:
        """How many of the terminals in these slots of each shard are due at each instant, in rising
        order, from when the message was made. Those that are left out, or too late for the time to
        live, are not among them.
        """
        found = Counter[datetime | None]()
        for shard, held in enumerate(slots):
            found += await self._count_shard(app, shard, held, family, lifetime)
        return {at: found[at] for at in sorted(at for at in found if at is not None)}

    async def _count_shard(
        self, app: App, shard: int, held: SlotSet, family: Family, lifetime: timedelta
    ) -> Counter[datetime | None]:
        zones = await self._terms.timezones(app, shard)
        of_zone = {zone: due_at(family, lifetime, zone) for zone in ("", *zones)}
        hours = hour_terms(family.best_hour) if family.best_hour else {}
        terms = [*hours.values(), *map(timezone_term, zones)]
        found = Counter[datetime | None]()
        for numbers in portions(sorted(held), max(1, _MAX_SETS_AT_ONCE // max(1, len(terms)))):
            for number, sets in zip(
                numbers, await self._terms.slice(app, shard, numbers, terms), strict=True
            ):
                left, clicked = held[number], dict(zip(hours, sets, strict=False))
                for at, bits in _by_best_hour(family, clicked).items():
                    found[at] += (bits & left).bit_count()
                    left &= ~bits
                for zone, bits in zip(zones, sets[len(hours) :], strict=True):
                    found[of_zone[zone]] += (bits & left).bit_count()
                    left &= ~bits
                found[of_zone[""]] += left.bit_count()
        return +found


def _by_best_hour(family: Family, clicked: Mapping[tuple[int, int], int]) -> Mapping[datetime, int]:
    """The slots whose best hour is known, by its instant."""
    if family.best_hour is None:
        return {}
    instants = {at.hour: at for at in family.best_hour.instants()}
    found = best_hours(lambda hour, age: clicked[hour, age], family.best_hour.candidates)
    return {instants[hour]: bits for hour, bits in found.items()}
