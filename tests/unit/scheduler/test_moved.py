from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.ranges import by_range
from pushgate.scheduler.moved import Moved

_FORMER = st.integers(0, 200_000)
_NOW = st.integers(200_001, 400_000)
"""A slot is given out once while a message may know it."""


@given(
    st.sets(_FORMER),
    st.dictionaries(_FORMER, _NOW, max_size=8).filter(lambda moves: len({*moves.values()}) == len(moves)),
    st.data(),
)
def test_terminals_are_found_back_by_the_slots_that_they_had(
    stayed: set[int], moves: dict[int, int], data: st.DataObject
) -> None:
    selected, moved = by_range(stayed | moves.keys()), Moved(moves)
    there = moved.follow(selected)
    assert moved.before(there, selected) == selected
    assert moved.stayed(there) == by_range(stayed - moves.keys())
    some = data.draw(st.sets(st.sampled_from(sorted(moves)))) if moves else set()
    assert moved.within(by_range(moves[one] for one in some)) == {one: moves[one] for one in some}
