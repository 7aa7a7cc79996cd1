"""Instants and milliseconds since the epoch."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.clock import SystemClock, from_ms, to_ms


@given(st.integers(0, 10**13))
def test_milliseconds_come_back_from_their_instant(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds


def test_parts_of_a_millisecond_are_dropped() -> None:
    assert to_ms(from_ms(5) + timedelta(microseconds=999)) == 5


def test_the_machines_clock_is_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().now() > datetime(2024, 1, 1, tzinfo=UTC)
