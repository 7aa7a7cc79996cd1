"""A terminal's day is that of its time zone."""

from datetime import UTC, date, datetime, time

import pytest

from pushgate.domain.zones import is_within, local_day

NOON = datetime(2027, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "without"),
    [
        ("Pacific/Kiritimati", 3, 3),
        ("Etc/GMT+12", 2, 2),
        ("Asia/Shanghai", 2, 2),
        (None, 2, 3),
        ("No/Such", 2, 3),
        ("../etc/passwd", 2, 3),
    ],
)
def test_a_day_is_that_of_the_zone_or_else_of_the_default(zone: str | None, day: int, without: int) -> None:
    assert local_day(NOON, zone, "Asia/Shanghai") == date(2027, 1, day)
    assert local_day(NOON, zone, "Pacific/Kiritimati") == date(2027, 1, without)


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        ("12:00", "13:00", True),
        ("11:00", "12:00", False),
        ("13:00", "12:01", True),
        ("22:00", "08:00", False),
        ("12:00", "12:00", False),
        ("00:00", "00:00", False),
    ],
)
def test_hours_begin_and_end_at_a_time_of_day(begins: str, ends: str, expected: bool) -> None:
    hours = time.fromisoformat(begins), time.fromisoformat(ends)
    assert is_within(NOON, "UTC", "Asia/Shanghai", *hours) is expected
    assert is_within(NOON, None, "UTC", *hours) is expected
