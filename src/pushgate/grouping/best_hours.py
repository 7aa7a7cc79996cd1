"""The best hours of all terminals of a range at once: bit planes, added and compared. Pure.

A plane is a whole number whose bit i is the i-th slot of the range. A number of every slot is a
list of planes, the lowest bit first. `domain.best_hour.best_hour_of` says the same of one terminal.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from pushgate.domain.best_hour import HOURS_A_DAY, WEIGHTS, BestHour
from pushgate.terminals.terms import hour_term

Planes = Sequence[int]


def best_hours(clicked: Callable[[int, int], int], candidates: Sequence[int]) -> Mapping[int, int]:
    """By hour of the day, the slots whose best of the `candidates` is that hour. Slots without a
    click near a candidate are in none.

    `clicked` returns the slots with a click in an hour of the day, in the period of an age.
    """
    weights = {hour: _weight(clicked, hour) for hour in _near(candidates)}
    best: Planes = ()
    of_hour: dict[int, int] = {}
    for hour in sorted(candidates):
        before, own, after = (weights[one % HOURS_A_DAY] for one in (hour - 1, hour, hour + 1))
        score = _add(_add(before, after), (0, *own))
        better = _greater(score, best)
        if better:
            best = _choose(better, score, best)
            of_hour = {other: slots & ~better for other, slots in of_hour.items()}
            of_hour[hour] = better
    return {hour: slots for hour, slots in of_hour.items() if slots}


def hour_terms(best_hour: BestHour) -> Mapping[tuple[int, int], str]:
    """The terms that decide the best hour, by hour of the day and age of the period."""
    return {
        (hour, age): hour_term(hour, best_hour.period - age)
        for hour in _near(best_hour.candidates)
        for age in range(len(WEIGHTS))
    }


def _near(candidates: Sequence[int]) -> Sequence[int]:
    """The hours of the day that count for these: themselves and their neighbours."""
    return sorted({hour % HOURS_A_DAY for one in candidates for hour in (one - 1, one, one + 1)})


def _weight(clicked: Callable[[int, int], int], hour: int) -> Planes:
    """The weighted sum of the clicks in an hour."""
    total: Planes = ()
    for age, weight in enumerate(WEIGHTS):
        if slots := clicked(hour, age):
            total = _add(total, [slots if weight >> place & 1 else 0 for place in range(3)])
    return total


def _add(first: Planes, second: Planes) -> Planes:
    if not first or not second:
        return first or second
    found, carry = list[int](), 0
    for one, other in zip_longest(first, second, fillvalue=0):
        differs = one ^ other
        found.append(differs ^ carry)
        carry = one & other | differs & carry
    return [*found, carry] if carry else found


def _greater(first: Planes, second: Planes) -> int:
    """The slots whose first number is greater."""
    greater = 0
    for one, other in zip_longest(first, second, fillvalue=0):
        # From the lowest bit on: a higher one outweighs all before it.
        greater = one & ~other | greater & ~(one ^ other)
    return greater


def _choose(slots: int, first: Planes, second: Planes) -> Planes:
    """The first number for these slots, the second one for the others."""
    return [other ^ ((one ^ other) & slots) for one, other in zip_longest(first, second, fillvalue=0)]
