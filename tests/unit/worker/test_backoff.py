"""When to try again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pushgate.worker.backoff import FIRST, LONGEST, backoff, delay

draws = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10_000), draws)
def test_back_off_stays_within_its_bounds(attempt: int, draw: float) -> None:
    assert timedelta(milliseconds=100) <= backoff(attempt, draw) <= LONGEST


def test_back_off_doubles_its_ceiling_until_the_longest() -> None:
    almost_one = 1 - 1e-12
    ceilings = [round(backoff(attempt, almost_one).total_seconds()) for attempt in range(9)]
    assert ceilings == [FIRST.seconds * 2**n for n in range(8)] + [300]


@given(st.integers(0, 100), st.floats(0, 86_400), draws)
def test_what_the_vendor_asks_for_is_never_undercut(attempt: int, asked: float, draw: float) -> None:
    wait = delay(attempt, asked, draw).total_seconds()
    assert wait >= asked - 1e-6
    assert wait <= max(asked * 1.1, backoff(attempt, draw).total_seconds()) + 1e-6


@given(st.integers(0, 100), draws)
def test_without_a_word_of_the_vendor_it_is_back_off(attempt: int, draw: float) -> None:
    assert delay(attempt, None, draw) == backoff(attempt, draw)
