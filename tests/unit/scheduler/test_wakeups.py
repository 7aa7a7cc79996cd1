"""Wake-ups: few timers, no push early, none more than 50 ms late."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.scheduler.wakeups import TICK_MS, round_up_to_tick, wakeups

times = st.integers(0, 2**45)


@given(times)
def test_a_tick_ends_at_or_after_the_push_time_and_less_than_50_ms_later(push_at: int) -> None:
    assert 0 <= round_up_to_tick(push_at) - push_at < TICK_MS


@given(st.lists(times), times)
def test_every_push_has_a_wake_up_that_is_not_in_the_past(due: list[int], now: int) -> None:
    found = wakeups(due, now)
    assert found == sorted(set(found))
    for push_at in due:
        assert max(round_up_to_tick(push_at), now) in found
    assert all(at >= now for at in found)
