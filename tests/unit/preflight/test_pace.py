"""How long pushes take at a vendor's rate."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.app import PushRate
from pushgate.preflight.pace import MIN_MEASURED, Sending, pace_of
from pushgate.preflight.plan import Pace, RateSource

NO_RAMP = timedelta(0)


@pytest.mark.parametrize(
    ("rate", "busiest", "expected"),
    [
        (PushRate(50.0), 0, Pace(50.0, RateSource.SETTINGS)),
        (PushRate(50.0), 600_000, Pace(50.0, RateSource.SETTINGS)),
        (PushRate(), 600_000, Pace(10_000.0, RateSource.MEASURED)),
        (PushRate(), MIN_MEASURED - 1, None),
        (PushRate(), 0, None),
    ],
)
def test_the_rate_of_the_settings_comes_before_a_measured_one(
    rate: PushRate, busiest: int, expected: Pace | None
) -> None:
    assert pace_of(rate, busiest) == expected


@pytest.mark.parametrize(
    ("pushes", "urgent", "seconds"),
    [(0, False, 0.0), (90, False, 0.0), (100, True, 0.0), (1090, False, 10.0), (1100, True, 10.0)],
)
def test_a_full_bucket_is_sent_at_once_and_the_rest_at_the_rate(
    pushes: int, urgent: bool, seconds: float
) -> None:
    sending = Sending(Pace(100.0, RateSource.SETTINGS), NO_RAMP, urgent=urgent)
    assert sending.seconds(pushes) == pytest.approx(seconds)


def test_with_a_ramp_sending_starts_at_a_tenth_of_the_rate() -> None:
    sending = Sending(Pace(100.0, RateSource.SETTINGS), timedelta(minutes=10), urgent=True)
    # Nine minutes at 55 pushes a second on average, after ten at once.
    assert sending.seconds(10 + 540 * 55) == pytest.approx(540)
    assert sending.seconds(10 + 540 * 55 + 1000) == pytest.approx(550)
    assert sending.sent_within(1) == pytest.approx(20, abs=1)


@given(
    st.floats(0.1, 100_000),
    st.sampled_from([NO_RAMP, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1)]),
    st.integers(0, 10_000_000),
    st.booleans(),
    st.sampled_from(RateSource),
)
def test_so_many_are_sent_by_the_time_that_they_take(
    rate: float, ramp: timedelta, pushes: int, urgent: bool, source: RateSource
) -> None:
    sending = Sending(Pace(rate, source), ramp, urgent=urgent)
    seconds = sending.seconds(pushes)
    sent = sending.sent_within(seconds)
    assert sent >= pushes - 1 - pushes * 1e-6
    if seconds:
        assert sent <= pushes + 1 + pushes * 1e-6
