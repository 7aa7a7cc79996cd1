"""When a message to the best hour is due."""

from datetime import datetime, time, timedelta

import pytest

from pushgate.domain.best_hour import BestHour, period_of

SINCE = datetime.fromisoformat("2031-01-01T10:20:00+00:00")
DAY = BestHour(since=SINCE, hours=24, default_zone="UTC")


def test_every_hour_of_the_day_comes_once_within_a_day() -> None:
    instants = DAY.instants()
    assert instants[0] == datetime.fromisoformat("2031-01-01T11:00:00+00:00")
    assert instants[-1] - SINCE < timedelta(days=1)
    assert sorted(DAY.candidates) == list(range(24))
    assert DAY.came_by(instants[2]) == [11, 12, 13]
    assert BestHour(since=instants[0], hours=3, default_zone="UTC").instants() == instants[:3]


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("", "2031-01-02T10:00:00+00:00"),
        ("Europe/Berlin", "2031-01-02T09:00:00+00:00"),
        ("America/New_York", "2031-01-01T15:00:00+00:00"),
        ("Asia/Kathmandu", "2031-01-02T05:00:00+00:00"),  # 04:15 there
        ("Atlantis/Nowhere", "2031-01-02T10:00:00+00:00"),
    ],
)
def test_who_never_clicked_is_due_at_the_fallback(zone: str, at: str) -> None:
    best_hour = BestHour(since=SINCE, hours=24, default_zone="UTC", fallback=time(10))
    assert best_hour.comes_at(zone) == datetime.fromisoformat(at)


def test_a_fallback_is_within_the_window() -> None:
    best_hour = BestHour(since=SINCE, hours=4, default_zone="UTC", fallback=time(10))
    assert best_hour.comes_at("Europe/Berlin") == best_hour.instants()[-1]
    quarter_past = BestHour(since=SINCE, hours=24, default_zone="UTC", fallback=time(10, 15))
    assert quarter_past.comes_at("") == quarter_past.instants()[-1]


def test_without_a_fallback_the_hour_is_that_of_the_app() -> None:
    assert DAY.comes_at("Asia/Tokyo") == DAY.instants()[0]
    of_app = BestHour(since=SINCE, hours=24, default_zone="UTC", app_hour=19)
    assert of_app.comes_at("Asia/Tokyo").hour == 19
    short = BestHour(since=SINCE, hours=2, default_zone="UTC", app_hour=19)
    assert short.comes_at("Asia/Tokyo") == short.instants()[0], "19:00 is not in the window"


def test_periods_have_28_days() -> None:
    assert period_of(SINCE + timedelta(days=28)) == period_of(SINCE) + 1
