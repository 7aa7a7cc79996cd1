from hypothesis import given
from hypothesis import strategies as st

from pushgate.console.outcomes import (
    STATES,
    Counts,
    add_counts,
    count_done,
    count_failed,
    law_parts,
    nested_parts,
)


@st.composite
def all_counts(draw: st.DrawFn) -> Counts:
    states = {state: draw(st.integers(0, 50)) for state in STATES}
    receipts = {name: draw(st.integers(0, 60)) for name in ("delivered", "clicked")}
    return {"targeted": sum(states.values()), **states, **receipts}


@given(all_counts())
def test_both_bars_hold_everybody_once(counts: Counts) -> None:
    for parts in (law_parts(counts), nested_parts(counts)):
        assert sum(number for _, number in parts) == counts["targeted"]
        assert all(number >= 0 for _, number in parts)


@given(all_counts(), all_counts())
def test_sums_keep_the_law(one: Counts, other: Counts) -> None:
    both = add_counts([one, other])
    assert both["targeted"] == sum(both[state] for state in STATES)
    assert count_done(both) == count_done(one) + count_done(other)
    assert count_failed(both) <= count_done(both)


def test_accepted_terminals_are_told_apart_by_the_furthest_step() -> None:
    counts = {**dict.fromkeys(STATES, 0), "targeted": 10, "accepted": 10, "delivered": 8, "clicked": 3}
    assert nested_parts(counts)[:3] == [("clicked", 3), ("delivered", 5), ("accepted", 2)]
