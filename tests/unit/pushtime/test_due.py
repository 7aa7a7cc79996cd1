"""Moments: few timers, nobody early, nobody more than 50 ms late."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.pushtime.due import MOMENT, moment, moments

times = st.integers(0, 2**45)


@given(times)
def test_a_moment_is_never_before_the_push_time_and_less_than_50_ms_after(push_at: int) -> None:
    assert 0 <= moment(push_at) - push_at < MOMENT


@given(st.lists(times), times)
def test_every_push_has_a_moment_that_is_not_in_the_past(due: list[int], now: int) -> None:
    found = moments(due, now)
    assert found == sorted(set(found))
    for push_at in due:
        assert max(moment(push_at), now) in found
    assert all(at >= now for at in found)
