"""Measures how long the best hours of a million terminals take.

`python -m bench.best_hour [ranges]`

The reference is the plain computation, one terminal after another, of a part of the same terminals.
"""

import sys
import time
from collections.abc import Mapping
from random import Random

from pushgate.domain.best_hour import HOURS_A_DAY, WEIGHTS, best_hour_of
from pushgate.domain.bitmaps import SLOTS_PER_RANGE
from pushgate.grouping.best_hours import best_hours

_RANGES, _SEED, _PLAIN = 4, 3, 4096
_CLICKS_A_PERIOD = 8
_HOURS = range(HOURS_A_DAY)
_MILLION = 1_000_000
Planes = Mapping[tuple[int, int], int]


def _planes(chance: Random) -> Planes:
    """The planes of a range whose terminals click around an hour of their own."""
    planes = {(hour, age): bytearray(SLOTS_PER_RANGE // 8) for hour in _HOURS for age in range(len(WEIGHTS))}
    for slot in range(SLOTS_PER_RANGE):
        own = chance.randrange(HOURS_A_DAY)
        for age in range(len(WEIGHTS)):
            for _ in range(_CLICKS_A_PERIOD):
                hour = round(chance.gauss(own, 2)) % HOURS_A_DAY
                planes[hour, age][slot >> 3] |= 1 << (slot & 7)
    return {key: int.from_bytes(plane, "little") for key, plane in planes.items()}


def _best_hours(planes: Planes) -> Mapping[int, int]:
    return best_hours(lambda hour, age: planes[hour, age], _HOURS)


def main() -> None:
    """Print milliseconds a million terminals, and the ratio to the plain computation."""
    ranges = int(sys.argv[1]) if len(sys.argv) > 1 else _RANGES
    chance = Random(_SEED)  # noqa: S311  # no secret is drawn
    planes = [_planes(chance) for _ in range(ranges)]
    began = time.process_time()
    found = [_best_hours(of_range) for of_range in planes]
    at_once = (time.process_time() - began) / ranges / SLOTS_PER_RANGE
    clicks = [{key: 1 for key, bits in planes[0].items() if bits >> slot & 1} for slot in range(_PLAIN)]
    began = time.process_time()
    plain = [best_hour_of(of_slot, _HOURS) for of_slot in clicks]
    one_by_one = (time.process_time() - began) / _PLAIN
    for slot, best in enumerate(plain):
        assert best is None or found[0][best] >> slot & 1, "both say the same"
    million, of_range = at_once * _MILLION * 1000, at_once * SLOTS_PER_RANGE * 1000
    sys.stdout.write(
        f"{million:.0f} ms a million terminals, {of_range:.1f} ms a range; one after another "
        f"{one_by_one * _MILLION * 1000:,.0f} ms: {one_by_one / at_once:,.0f} times\n"
    )


if __name__ == "__main__":
    main()
