"""A terminal's day is that of its time zone."""

from datetime import UTC, date, datetime

import pytest

from pushgate.domain.zones import local_day

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
