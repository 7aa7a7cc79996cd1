"""Local times in zones, compared with tables of dates and with a search by the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.local_time import LocalTime, Passed, instant_in

ZONES = sorted(available_timezones())
_MINUTE = timedelta(minutes=1)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2031-01-01T20:00", "Asia/Shanghai", "2031-01-01T12:00"),
        ("2031-01-01T20:00", "America/New_York", "2031-01-02T01:00"),
        ("2031-01-01T20:00", "Pacific/Kiritimati", "2031-01-01T06:00"),
        ("2031-01-01T20:00", "Etc/GMT+12", "2031-01-02T08:00"),
        ("2031-01-01T20:00", "Asia/Kathmandu", "2031-01-01T14:15"),
        # In a gap: the first instant after it.
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:00"),
        ("2027-03-14T02:00", "America/New_York", "2027-03-14T07:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2027-04-30T00:30", "Africa/Cairo", "2027-04-29T22:00"),
        ("2011-12-30T20:00", "Pacific/Apia", "2011-12-30T10:00"),
        # Twice: the first of the two.
        ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30"),
        ("2027-11-07T01:00", "America/New_York", "2027-11-07T05:00"),
        ("2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45"),
    ],
)
def test_known_dates(local: str, zone: str, instant: str) -> None:
    assert instant_in(datetime.fromisoformat(local), zone) == _utc(instant)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../etc/passwd", "Europe/Berlin\x00"])
def test_a_zone_that_is_not_known_has_no_instant(zone: str) -> None:
    assert instant_in(datetime.fromisoformat("2031-01-01T20:00"), zone) is None


def _found_by_the_clock(local: datetime, zone: str) -> datetime:
    """The first minute at which a clock in the zone shows this minute; else the first at which it
    has jumped past it.
    """
    info = ZoneInfo(zone)
    start = local.replace(tzinfo=UTC) - timedelta(hours=40)
    minutes = [start + index * _MINUTE for index in range(80 * 60)]
    shown = [minute.astimezone(info).replace(tzinfo=None, fold=0) for minute in minutes]
    for minute, wall in zip(minutes, shown, strict=True):
        if wall == local:
            return minute
    for index in range(1, len(minutes)):
        if shown[index - 1] < local < shown[index]:
            return minutes[index]
    raise AssertionError("no clock of the zone comes to this time")


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2005-01-01"), datetime.fromisoformat("2036-01-01")).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
)
def test_any_local_time_is_found_as_a_search_by_the_clock_finds_it(zone: str, local: datetime) -> None:
    assert instant_in(local, zone) == _found_by_the_clock(local, zone)


def _changes(zone: str, year: int) -> list[datetime]:
    """The hours of a year, in UTC, within which the offset of a zone changes."""
    info = ZoneInfo(zone)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=index) for index in range(366 * 24)]
    offsets = [hour.astimezone(info).utcoffset() for hour in hours]
    return [hours[index] for index in range(1, len(hours)) if offsets[index] != offsets[index - 1]]


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Beirut",
        "Africa/Casablanca",
        "America/Santiago",
        "Pacific/Chatham",
        "Antarctica/Troll",
        "Asia/Jerusalem",
    ],
)
def test_local_times_around_each_change_of_clocks(zone: str) -> None:
    changes = _changes(zone, 2027)
    assert changes
    for change in changes:
        wall = change.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        for quarter in range(-12, 13):
            local = wall + quarter * timedelta(minutes=15)
            assert instant_in(local, zone) == _found_by_the_clock(local, zone), local


def _local_time(since: str, passed: Passed = Passed.SEND, default_zone: str = "UTC") -> LocalTime:
    return LocalTime(
        local=datetime.fromisoformat("2031-01-01T20:00"),
        default_zone=default_zone,
        since=_utc(since),
        passed=passed,
    )


def test_all_zones_share_about_forty_instants_over_26_hours() -> None:
    instants = _local_time("2030-12-01T00:00").instants()
    assert 37 <= len(instants) <= 42
    assert instants[0] == _utc("2031-01-01T06:00")
    assert instants[-1] == _utc("2031-01-02T08:00")
    assert instants == sorted(set(instants))


def test_zones_that_have_passed_are_pushed_to_at_once() -> None:
    local_time = _local_time("2031-01-01T13:00:30")
    assert local_time.instants()[0] == _utc("2031-01-01T13:00:30")
    assert local_time.comes_at("Asia/Shanghai") == _utc("2031-01-01T12:00")
    assert local_time.passed_zones(["Asia/Shanghai", "Europe/Berlin"]) == ["Asia/Shanghai"]


def test_zones_that_have_passed_are_left_out() -> None:
    local_time = _local_time("2031-01-01T13:00:30", Passed.SKIP)
    assert local_time.comes_at("Asia/Shanghai") is None
    assert local_time.comes_at("Europe/Berlin") == _utc("2031-01-01T19:00")
    assert local_time.instants()[0] > local_time.since


def test_zones_that_have_passed_wait_for_the_next_day() -> None:
    local_time = _local_time("2031-01-01T13:00:30", Passed.TOMORROW)
    assert local_time.comes_at("Asia/Shanghai") == _utc("2031-01-02T12:00")
    assert local_time.comes_at("Europe/Berlin") == _utc("2031-01-01T19:00")
    assert local_time.instants()[-1] == _utc("2031-01-02T13:00")


def test_no_zone_is_pushed_to_at_another_time_of_the_day_where_two_days_have_passed() -> None:
    local_time = _local_time("2031-01-02T06:30", Passed.TOMORROW)
    assert local_time.comes_at("Pacific/Kiritimati") == _utc("2031-01-03T06:00")
    assert local_time.comes_at("Asia/Shanghai") == _utc("2031-01-02T12:00")
    assert local_time.instants()[0] > local_time.since


def test_terminals_without_a_known_zone_are_in_the_default_zone() -> None:
    local_time = _local_time("2030-12-01T00:00", default_zone="Asia/Tokyo")
    assert local_time.comes_at("") == local_time.comes_at("Mars/Olympus") == _utc("2031-01-01T11:00")
