"""Instants of cron expressions, against tables of dates and a search minute by minute."""

from collections.abc import Iterator, Set
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.series.cron import CronError, check_cron, instants, zone_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YEARS = [datetime(2023, 1, 1, tzinfo=UTC) + n * 14 * DAY for n in range(52)]
ZONES = sorted(
    name
    for name in available_timezones()
    if len({day.astimezone(ZoneInfo(name)).utcoffset() for day in YEARS}) > 1
)
"""Zones whose clocks are changed."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(cron: str, zone: str, after: str, count: int) -> list[str]:
    """Local times, with their offsets, of so many instants."""
    found = islice(instants(cron, zone, at(after)), count)
    return [one.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M %z") for one in found]


TABLE = [
    # A plain day: at 9:30 from Monday to Friday.
    ("30 9 * * 1-5", "Europe/Berlin", "2026-07-03T00:00", ["07-03 09:30 +0200", "07-06 09:30 +0200"]),
    # A time that does not exist is the first instant after the gap.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T00:00",
        ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"],
    ),
    # Two times in one gap are one instant, and so are one in it and the one at its end.
    ("0,15 2,3 29 3 *", "Europe/Berlin", "2026-03-28T12:00", ["03-29 03:00 +0200", "03-29 03:15 +0200"]),
    # A fixed time that occurs twice is the first of the two.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00",
        ["10-25 02:30 +0200", "10-26 02:30 +0100"],
    ),
    # Every n minutes and every hour follow the clock.
    (
        "*/30 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:00",
        ["10-25 02:30 +0200", "10-25 02:00 +0100", "10-25 02:30 +0100", "10-25 03:00 +0100"],
    ),
    ("0 * * * *", "Europe/Berlin", "2026-03-29T00:00", ["03-29 03:00 +0200", "03-29 04:00 +0200"]),
    ("*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["03-30 02:00 +0200", "03-30 02:30 +0200"]),
    # Half an hour at Lord Howe, midnight in Cairo, and a day that Apia left out.
    ("3 */3 * * *", "Australia/Lord_Howe", "2024-10-05T15:00", ["10-06 03:03 +1100", "10-06 06:03 +1100"]),
    ("0 0 * * *", "Africa/Cairo", "2026-04-23T00:00", ["04-24 01:00 +0300", "04-25 00:00 +0300"]),
    ("0 9 * * *", "Pacific/Apia", "2011-12-29T00:00", ["12-29 09:00 -1000", "12-31 00:00 +1400"]),
    # 0 and 7 are Sunday; a day of the month or of the week.
    ("0 9 * * 0", "UTC", "2026-07-03T00:00", ["07-05 09:00 +0000", "07-12 09:00 +0000"]),
    ("0 9 * * 7", "UTC", "2026-07-03T00:00", ["07-05 09:00 +0000", "07-12 09:00 +0000"]),
    ("0 9 13 * fri", "UTC", "2026-07-04T00:00", ["07-10 09:00 +0000", "07-13 09:00 +0000"]),
    ("0 9 29 2 *", "UTC", "2026-07-04T00:00", ["02-29 09:00 +0000"]),
    ("0 9 L * *", "UTC", "2027-02-04T00:00", ["02-28 09:00 +0000"]),
]


@pytest.mark.parametrize(("cron", "zone", "after", "expected"), TABLE)
def test_the_table_of_dates(cron: str, zone: str, after: str, expected: list[str]) -> None:
    assert local(cron, zone, after, len(expected)) == expected


@pytest.mark.parametrize(
    ("cron", "fault"),
    [
        ("", "five fields"),
        ("0 0 9 * * *", "five fields"),
        ("60 9 * * *", "minute"),
        ("0 9 * * mo", "day-of-week"),
        ("0 9 31 2 *", "day-of-month"),
        ("0/0 9 * * *", "minute"),
        ("5-1 9 * * *", "minute"),
        (f"{'0,' * 200}0 9 * * *", "characters"),
    ],
)
def test_what_is_no_expression_is_refused(cron: str, fault: str) -> None:
    with pytest.raises(CronError, match=fault):
        check_cron(cron)


def test_a_zone_is_one_of_the_database() -> None:
    for name in ("Europe/Atlantis", "", "../etc/passwd", "europe/berlin"):
        with pytest.raises(CronError):
            zone_of(name)


@lru_cache
def days_of_change(zone: str) -> list[datetime]:
    """Days from 2018 to 2028 in which the zone's offset changes."""
    found, known = [], ZoneInfo(zone)
    day, end = at("2018-01-01"), at("2028-01-01")
    while day < end:
        if day.astimezone(known).utcoffset() != (day + DAY).astimezone(known).utcoffset():
            found.append(day)
        day += DAY
    return found


def by_search(
    minutes: Set[int], hours: Set[int], zone: str, after: datetime, *, follows: bool
) -> Iterator[datetime]:
    """Instants at which the zone's clock shows one of the times, found minute by minute."""
    known = ZoneInfo(zone)
    shown = after.astimezone(known).replace(tzinfo=None)
    instant, latest = after, shown
    while True:
        instant += MINUTE
        shown = instant.astimezone(known).replace(tzinfo=None)
        if follows:
            if shown.minute in minutes and shown.hour in hours:
                yield instant
            continue
        # The clock passes these times now for the first time: one minute, or all of a gap.
        passed = (latest + MINUTE * n for n in range(1, (shown - latest) // MINUTE + 1))
        if any(time.minute in minutes and time.hour in hours for time in passed):
            yield instant
        latest = max(latest, shown)


@given(
    zone=st.sampled_from(ZONES),
    change=st.integers(0, 40),
    offset=st.integers(0, 1439),
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=3),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=24),
    every=st.sampled_from([None, 1, 7, 15, 20, 30]),
)
def test_the_instants_are_those_of_a_search_by_the_clock(
    zone: str, change: int, offset: int, minutes: set[int], hours: set[int], every: int | None
) -> None:
    days = days_of_change(zone)
    after = days[change % len(days)] - offset * MINUTE
    if every:
        minutes = set(range(0, 60, every))
    fields = f"*/{every}" if every else ",".join(map(str, sorted(minutes)))
    cron = f"{fields} {','.join(map(str, sorted(hours)))} * * *"
    end = after + 2 * DAY
    found = list(takewhile(end.__ge__, instants(cron, zone, after)))
    expected = takewhile(end.__ge__, by_search(minutes, hours, zone, after, follows=every is not None))
    assert found == list(expected)


@given(
    zone=st.sampled_from(ZONES),
    change=st.integers(0, 40),
    offset=st.integers(0, 2880),
    cron=st.sampled_from(["30 2 * * *", "*/20 * * * *", "15 */2 * * *", "0 0 * * *", "30 23,0,1,2 * * 0,6"]),
)
def test_the_instants_are_the_same_wherever_one_begins(
    zone: str, change: int, offset: int, cron: str
) -> None:
    days = days_of_change(zone)
    begin, end = days[change % len(days)] - 2 * DAY, days[change % len(days)] + 3 * DAY
    middle = begin + offset * MINUTE
    whole = list(takewhile(end.__ge__, instants(cron, zone, begin)))
    assert list(takewhile(end.__ge__, instants(cron, zone, middle))) == [one for one in whole if one > middle]
