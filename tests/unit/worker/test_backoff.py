"""When a job comes back."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pushgate.worker.backoff import (
    BASE_DELAY,
    LAST_QUOTA_POLL,
    LONGEST_JITTER,
    MAX_DELAY,
    MIN_RATE_LIMIT_DELAY,
    exponential_backoff,
    job_delay,
    quota_delay,
    retry_delay,
)

draws = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10_000), draws)
def test_back_off_stays_within_its_bounds(attempt: int, draw: float) -> None:
    assert timedelta(milliseconds=100) <= exponential_backoff(attempt, draw) <= MAX_DELAY


def test_back_off_doubles_its_ceiling_until_the_longest() -> None:
    almost_one = 1 - 1e-12
    ceilings = [round(exponential_backoff(attempt, almost_one).total_seconds()) for attempt in range(9)]
    assert ceilings == [BASE_DELAY.seconds * 2**n for n in range(8)] + [300]


@given(st.integers(0, 100), st.floats(0, 86_400), draws)
def test_a_vendors_retry_after_is_never_undercut(attempt: int, asked: float, draw: float) -> None:
    wait = retry_delay(attempt, asked, draw).total_seconds()
    assert wait >= asked - 1e-6
    assert wait <= max(asked + min(asked / 10, 60), exponential_backoff(attempt, draw).total_seconds()) + 1e-6


@given(st.integers(0, 100), draws)
def test_without_a_vendors_retry_after_it_is_back_off(attempt: int, draw: float) -> None:
    assert retry_delay(attempt, None, draw) == exponential_backoff(attempt, draw)


@given(st.integers(0, 100), st.none() | st.floats(0, 3600), st.timedeltas(timedelta(0), MAX_DELAY), draws)
def test_a_job_waits_for_the_longest_of_its_reasons(
    attempt: int, asked: float | None, wait: timedelta, draw: float
) -> None:
    def delay(attempt: int | None, wait: timedelta | None) -> timedelta:
        return job_delay(attempt=attempt, vendor_retry_after=asked, rate_limit_wait=wait, draw=draw)

    assert delay(attempt, None) == retry_delay(attempt, asked, draw)
    assert delay(None, wait) == max(wait, MIN_RATE_LIMIT_DELAY)
    assert delay(attempt, wait) == max(delay(attempt, None), delay(None, wait))


@given(st.integers(0, 100), st.timedeltas(timedelta(0), timedelta(days=1)), draws)
def test_a_job_asks_for_a_quota_again_soon_and_when_the_next_day_has_begun(
    postponements: int, day_left: timedelta, draw: float
) -> None:
    wait = quota_delay(postponements, day_left, draw)
    assert MIN_RATE_LIMIT_DELAY <= wait <= LAST_QUOTA_POLL
    assert wait <= max(day_left + LONGEST_JITTER, MIN_RATE_LIMIT_DELAY)
    assert quota_delay(postponements + 1, timedelta(days=1), draw) >= quota_delay(
        postponements, timedelta(days=1), draw
    )
