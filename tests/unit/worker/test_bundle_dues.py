"""Slots come back at whole seconds, and never while Gearman may still know their job."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.worker.bundle_dues import due_s, retry_due_s

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("delay", "seconds"), [(0.0, 1), (0.4, 1), (0.5, 1), (1.0, 1), (1.001, 2), (1.00001, 2), (60.0, 60)]
)
def test_a_delay_is_rounded_up(delay: float, seconds: int) -> None:
    assert due_s(NOW, timedelta(seconds=delay)) == NOW_S + seconds


@given(st.integers(0, 255), st.none() | st.floats(0, 900), st.floats(0, 1, exclude_max=True))
def test_a_retry_waits_at_least_as_long_as_the_vendor_asked_and_never_too_long(
    attempts: int, retry_after: float | None, draw: float
) -> None:
    waited = retry_due_s(NOW, attempts, retry_after, draw) - NOW_S
    # Instants have microseconds.
    assert waited >= max(1, timedelta(seconds=retry_after or 0).total_seconds())
    assert waited <= max(300, (retry_after or 0) * 1.1 + 1)
