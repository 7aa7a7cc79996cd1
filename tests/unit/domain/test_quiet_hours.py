"""Pushes are held until quiet hours end where the terminal is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.quiet_hours import LEFT_OUT, MARGIN, QuietTimes, waits_until

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NIGHT = QuietTimes(time(22), time(8), "Asia/Shanghai")
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MORNING = utc("2027-01-16T00:00")
"""When the night of January 15 ends in Shanghai."""


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2027-01-15T14:30", "Asia/Shanghai", "2027-01-16T00:00"),
        ("2027-01-15T14:30", None, "2027-01-16T00:00"),
        ("2027-01-15T14:30", "No/Such", "2027-01-16T00:00"),
        ("2027-01-15T23:59", "Asia/Shanghai", "2027-01-16T00:00"),
        ("2027-01-15T13:45", "Asia/Shanghai", "2027-01-16T00:00"),
        ("2027-01-15T13:44", "Asia/Shanghai", None),
        ("2027-01-16T00:00", "Asia/Shanghai", None),
        ("2027-01-15T14:30", "Europe/Paris", None),
        ("2027-03-27T23:30", "Europe/Paris", "2027-03-28T06:00"),
        ("2027-10-30T23:30", "Europe/Paris", "2027-10-31T07:00"),
    ],
)
def test_the_end_is_that_of_the_terminals_zone(now: str, zone: str | None, until: str | None) -> None:
    assert NIGHT.held_until(utc(now), zone, MARGIN) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        # Clocks in Paris go from 02:00 to 03:00 on March 28 and from 03:00 to 02:00 on October 31.
        (time(2, 30), "2027-03-28T01:00"),
        (time(3, 30), "2027-03-28T01:30"),
    ],
)
def test_an_end_that_clocks_leave_out_is_the_first_instant_after_the_gap(ends: time, until: str) -> None:
    hours = QuietTimes(time(22), ends, "UTC")
    assert hours.held_until(utc("2027-03-28T00:30"), "Europe/Paris", MARGIN) == utc(until)


@pytest.mark.parametrize(
    ("now", "within", "expires_at", "until"),
    [
        ("14:30", MARGIN, MORNING + MINUTE, MORNING),
        ("14:30", MARGIN, MORNING, LEFT_OUT),
        ("14:30", None, MORNING + MINUTE, LEFT_OUT),
        ("13:45", MARGIN, MORNING + MINUTE, MORNING),
        ("13:45", MARGIN, MORNING, None),
        ("13:45", None, MORNING + MINUTE, None),
    ],
)
def test_a_push_waits_only_for_an_end_before_it_expires(
    now: str, within: timedelta | None, expires_at: datetime, until: datetime | None
) -> None:
    assert waits_until([NIGHT], utc(f"2027-01-15T{now}"), None, within, expires_at) == until


def test_hours_that_occur_twice_end_twice() -> None:
    hours = QuietTimes(time(22), time(2, 30), "UTC")
    assert hours.held_until(utc("2027-10-30T23:30"), "Europe/Paris", MARGIN) == utc("2027-10-31T00:30")
    assert hours.held_until(utc("2027-10-31T01:10"), "Europe/Paris", MARGIN) == utc("2027-10-31T01:30")


def test_hours_that_end_when_they_begin_hold_nothing() -> None:
    hours = QuietTimes(time(9), time(9), "UTC")
    assert hours.held_until(utc("2027-01-01T09:00"), None, DAY) is None


@given(
    minutes=st.integers(0, 366 * 1440),
    begins=st.integers(0, 1439),
    ends=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
)
def test_over_a_year_a_push_is_held_to_the_end_and_no_longer(
    minutes: int, begins: int, ends: int, zone: str
) -> None:
    now = utc("2027-01-01T00:00") + minutes * MINUTE
    hours = QuietTimes(time(*divmod(begins, 60)), time(*divmod(ends, 60)), "UTC")
    until = hours.held_until(now, zone, MARGIN)
    quiet = [at for at in _minutes(now, MARGIN) if hours.is_quiet(at, zone)]
    if until is None:
        assert not quiet
        return
    assert quiet
    assert now < until <= quiet[0] + DAY + timedelta(hours=1)
    assert not hours.is_quiet(until, zone)
    if not _changes(zone, quiet[0], until):
        assert all(hours.is_quiet(at, zone) for at in _minutes(quiet[0], until - quiet[0] - MINUTE))


def _minutes(begin: datetime, length: timedelta) -> list[datetime]:
    return [begin + number * MINUTE for number in range(length // MINUTE + 1)]


def _changes(zone: str, begin: datetime, end: datetime) -> bool:
    """Whether clocks are changed in between."""
    info = ZoneInfo(zone)
    return begin.astimezone(info).utcoffset() != end.astimezone(info).utcoffset()
