"""A day, a time and a zone are an instant; other zones show the same one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pushgate.console.composing.message_form import MomentForm
from pushgate.console.composing.moments import (
    find_zone,
    instant_of,
    normalize,
    offset_text,
    read_moment,
    write_moment,
    zones_elsewhere,
)


def moment(day: str, clock: str, zone: str) -> MomentForm:
    return MomentForm(is_now=False, day=day, clock=clock, zone=zone)


@pytest.mark.parametrize(
    ("form", "push_time"),
    [
        (MomentForm(), None),
        (moment("2026-11-30", "20:00", "Asia/Shanghai"), "2026-11-30T20:00:00+08:00"),
        (moment("2026-07-01", "08:30:15", "Europe/London"), "2026-07-01T08:30:15+01:00"),
        (moment("2026-07-01", "08:30", "+05:45"), "2026-07-01T08:30:00+05:45"),
        (moment("2026-11-30", "20:00", "local"), {"local": "2026-11-30T20:00"}),
        (
            replace(moment("2026-11-30", "20:00", "local"), passed="tomorrow"),
            {"local": "2026-11-30T20:00", "passed": "tomorrow"},
        ),
        (MomentForm(is_now=False, within="24"), {"best_hour_within": "24h"}),
        (
            MomentForm(is_now=False, day="2026-11-30", clock="20:00", within="6", fallback="09:30"),
            {"best_hour_within": "6h", "fallback": "09:30"},
        ),
        (moment("", "", "UTC"), "T"),
        (moment("2026-02-30", "08:30", "UTC"), "2026-02-30T08:30"),
        (moment("2026-07-01", "08:30", "../etc/passwd"), "2026-07-01T08:30"),
    ],
)
def test_a_moment_is_written_with_its_offset(form: MomentForm, push_time: object) -> None:
    assert write_moment(form) == push_time


@pytest.mark.parametrize(
    ("push_time", "zone", "form"),
    [
        ("2026-11-30T20:00:00+08:00", "Asia/Singapore", moment("2026-11-30", "20:00", "Asia/Singapore")),
        ("2026-11-30T20:00:00+08:00", "Europe/Paris", moment("2026-11-30", "20:00", "Asia/Shanghai")),
        ("2026-11-30T20:00:30Z", "UTC", moment("2026-11-30", "20:00:30", "UTC")),
        ("2026-11-30T20:00:00.328578Z", "UTC", moment("2026-11-30", "20:00:00.328", "UTC")),
        ("2026-11-30T20:00:00+05:45", "UTC", moment("2026-11-30", "20:00", "+05:45")),
        (
            {"local": "2026-11-30T20:00", "passed": "skip"},
            "UTC",
            replace(moment("2026-11-30", "20:00", "local"), passed="skip"),
        ),
        (
            {"best_hour_within": "12h", "fallback": "10:00"},
            "UTC",
            MomentForm(is_now=False, within="12", fallback="10:00"),
        ),
        ({"best_hour_within": 12}, "UTC", None),
        ({"local": 17}, "UTC", None),
        ("tomorrow", "UTC", moment("tomorrow", "", "UTC")),
        (None, "UTC", None),
        (17, "UTC", None),
    ],
)
def test_a_push_time_is_read_in_the_readers_zone_where_that_fits(
    push_time: object, zone: str, form: MomentForm | None
) -> None:
    assert read_moment(push_time, zone) == form


def test_an_hour_that_spring_leaves_out_is_shown_as_the_hour_after() -> None:
    instant = instant_of(moment("2026-03-29", "02:30", "Europe/Paris"))
    assert instant is not None
    assert normalize(instant).isoformat() == "2026-03-29T03:30:00+02:00"


def test_other_zones_show_the_instant_each_time_once() -> None:
    instant = datetime(2026, 11, 30, 20, tzinfo=find_zone("Asia/Shanghai"))
    zones = ["Asia/Singapore", "Europe/London", "UTC", "no/where", "America/New_York"]
    assert [(name, local.strftime("%H:%M")) for name, local in zones_elsewhere(instant, zones)] == [
        ("Europe/London", "12:00"),
        ("America/New_York", "07:00"),
    ]


def test_an_offset_is_told() -> None:
    assert offset_text(datetime(2026, 1, 1, tzinfo=UTC)) == "+00:00"
