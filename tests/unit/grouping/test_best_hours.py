"""Best hours of many terminals at once are those of each terminal alone."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.best_hour import HOURS_A_DAY, WEIGHTS, best_hour_of
from pushgate.grouping.best_hours import best_hours

SLOTS = 12
_clicks = st.dictionaries(
    st.tuples(st.integers(0, HOURS_A_DAY - 1), st.integers(0, len(WEIGHTS) - 1)),
    st.integers(1, (1 << SLOTS) - 1),
    max_size=40,
)
_candidates = st.lists(st.integers(0, HOURS_A_DAY - 1), min_size=1, unique=True)


@given(clicks=_clicks, candidates=_candidates | st.just(list(range(HOURS_A_DAY))))
def test_planes_say_what_each_terminal_says_alone(
    clicks: dict[tuple[int, int], int], candidates: list[int]
) -> None:
    found = best_hours(lambda hour, age: clicks.get((hour, age), 0), candidates)
    for slot in range(SLOTS):
        of_slot = {key: 1 for key, slots in clicks.items() if slots >> slot & 1}
        hours = [hour for hour, slots in found.items() if slots >> slot & 1]
        best = best_hour_of(of_slot, candidates)
        assert hours == ([] if best is None else [best])


def test_newer_clicks_and_those_of_the_hour_itself_weigh_more() -> None:
    every_hour = range(HOURS_A_DAY)
    assert best_hour_of({(20, 0): 1}, every_hour) == 20
    assert best_hour_of({(20, 1): 1, (8, 0): 1}, every_hour) == 8
    assert best_hour_of({(20, 0): 1, (8, 0): 1, (21, 3): 1}, every_hour) == 20
    assert best_hour_of({(23, 0): 1, (1, 0): 1, (0, 3): 1}, every_hour) == 0, "midnight has two neighbours"
    assert best_hour_of({(20, 0): 1}, [21, 22]) == 21, "a neighbour"
    assert best_hour_of({(20, 0): 1}, [2, 3]) is None
